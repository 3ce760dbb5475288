/** The commands of package.json and their command-line programs, without running them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mock } from "node:test";
import { Command } from "commander";
import { ROOT } from "./run-command";

/** The scripts of package.json by their names. */
export const packageScripts = (
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  }
).scripts;

/** The TypeScript file of a script; null for a script that is not started by scripts/run.mjs. */
export function scriptFile(name: string): string | null {
  const started = /^exec node scripts\/run\.mjs (\S+)/.exec(packageScripts[name]);
  if (!started) return null;
  return `${started[1].includes("/") ? started[1] : `scripts/${started[1]}`}.ts`;
}

/**
 * The program that a command's file defines. The file is loaded, and it stops where it would parse
 * the command line.
 */
export async function programOf(file: string): Promise<Command> {
  const known = programs.get(file);
  if (known) return known;
  const found: Command[] = [];
  const mocks = [
    mock.method(Command.prototype, "parse", function (this: Command) {
      found.push(this);
      throw new Error("the command line is not parsed");
    }),
    mock.method(process, "exit", () => undefined as never),
    mock.method(console, "error", () => undefined),
  ];
  try {
    await import(join(ROOT, file)).catch(() => undefined);
    // The command's `main` handles the error in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    for (const { mock: replaced } of mocks) replaced.restore();
  }
  const [program] = found;
  if (!program) throw new Error(`${file} defines no program`);
  programs.set(file, program);
  return program;
}

/** The programs program so far: a file is loaded only once. */
const programs = new Map<string, Command>();
