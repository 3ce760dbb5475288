/** Whether a configuration can be trained and detected with: everything that is wrong with it at once, before anything is built. */
import { closest, distance } from "fastest-levenshtein";
import { combinationProblems } from "./constraints";
import { below, type UnknownName } from "./validators";
import { CONFIG_RULE } from "./schema";
import type { Config } from "./types";

/**
 * The configuration, after a look at every setting: names that there are none of, missing ones, wrong types, numbers out of range, and
 * settings that do not go together. Throws one error that lists all of it, each by its path.
 * @param source what the error begins with: the file it was read from
 */
export function checkConfig(config: unknown, source: string): Config {
  const problems = configProblems(config);
  if (problems.length) throw new Error(listed(`${source}: the configuration cannot be used`, problems));
  return config as Config;
}

/** What is wrong with a configuration, a sentence each; empty when it can be used. */
export function configProblems(config: unknown): string[] {
  const wrong = CONFIG_RULE.check(config, "");
  const unknown = CONFIG_RULE.unknown(config, "").map(unknownText);
  const together = combinationProblems(config as Config, wrong.map(({ path }) => path)); // prettier-ignore
  return [...unknown, ...[...wrong, ...together].map(({ text }) => text)];
}

/** Throws one error that lists every name in overrides that is no setting's, with the one that was probably meant. */
export function checkNames(overrides: unknown, source: string): void {
  const problems = CONFIG_RULE.unknown(overrides, "").map(unknownText);
  if (problems.length) throw new Error(listed(`${source}: there are no such settings`, problems));
}

function listed(title: string, problems: readonly string[]): string {
  return [`${title}:`, ...problems.map((problem) => `- ${problem}`)].join("\n");
}

/** More letters than this part of a name changed, and it is another name. */
const SIMILAR = 0.4;

function unknownText({ path, name, known }: UnknownName): string {
  const own = below(path, name);
  const near = closest(name, [...known]);
  if (distance(name.toLowerCase(), near.toLowerCase()) <= SIMILAR * Math.max(name.length, near.length)) {
    return `${own} is no setting: did you mean ${below(path, near)}?`;
  }
  return `${own} is no setting: ${path ? `those of ${path}` : "those at the top"} are ${known.join(", ")}`;
}
