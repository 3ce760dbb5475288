/** The arguments of a command that say how its data set is read, for the next command. */
import { Command } from "commander";
import { quotedForShell } from "../src/util/quoted-for-shell";
import { withReadingOptions } from "./options";

/** A run repeats these itself. */
const OF_THE_RUN = ["--classes", "--background"];

/**
 * The reading options of a command line, as a shell reads them; without those that a run repeats.
 * @param argv the arguments of the command
 * @returns for example `--plane coronal --every 3`; empty without such options
 */
export function readingArguments(argv: readonly string[]): string {
  const takesValue = new Map(
    withReadingOptions(new Command()).options.map(({ long, required }) => [long, required]),
  );
  const found: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const [name] = argv[i].split("=");
    const required = takesValue.get(name);
    if (required === undefined) continue;
    const isSeparate = required && name === argv[i];
    const parts = isSeparate ? argv.slice(i, i + 2) : [argv[i]];
    if (isSeparate) i++;
    if (!OF_THE_RUN.includes(name)) found.push(...parts.map(quotedForShell));
  }
  return found.join(" ");
}
