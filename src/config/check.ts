/**
 * Whether a configuration can be used to train and detect: reports everything that is wrong with
 * it at once, before anything is built.
 */
import { closest, distance } from "fastest-levenshtein";
import { type Constraint, constraintProblems, GENERAL_CONSTRAINTS } from "./constraints";
import { renamedSetting } from "./migrate";
import { type ConfigChoices, configSchema } from "./schema";
import type { Config } from "./types";
import { below, type UnknownName } from "./validators";

/** What the backbones and detectors of the project add to the rules of a configuration. */
export interface ConfigRules extends ConfigChoices {
  readonly constraints: readonly Constraint[];
}

/**
 * What is wrong with a configuration, one sentence each: unknown names, missing settings, wrong
 * types, numbers out of range, and settings that do not go together. Empty when it can be used.
 */
export function problemsByRules(
  config: unknown,
  { constraints, ...choices }: ConfigRules,
): string[] {
  const schema = configSchema(choices);
  const invalid = schema.check(config, "");
  const unknown = schema.unknown(config, "").map(unknownText);
  const together = constraintProblems(
    config as Config,
    [...GENERAL_CONSTRAINTS, ...constraints],
    invalid.map(({ path }) => path),
  );
  return [...unknown, ...[...invalid, ...together].map(({ text }) => text)];
}

/**
 * Checks the names in overrides of a configuration.
 * @param source what the error starts with: the file or function that the overrides come from
 * @throws one error that lists every unknown name, with the setting that was probably meant
 */
export function checkNames(overrides: unknown, source: string): void {
  const anyName = configSchema({ architectures: [], backbones: [] });
  const problems = anyName.unknown(overrides, "").map(unknownText);
  if (problems.length) throw new Error(problemList(`${source}: unknown settings`, problems));
}

/** A title and a list of problems, one problem a line. */
export function problemList(title: string, problems: readonly string[]): string {
  return [`${title}:`, ...problems.map((problem) => `- ${problem}`)].join("\n");
}

/** When more than this part of a name's letters differ, it is another name. */
const SIMILAR = 0.4;

function unknownText({ path, name, known }: UnknownName): string {
  const full = below(path, name);
  const today = renamedSetting(full);
  if (today) return `${full} is called ${below(path, today)} now`;
  const near = closest(name, [...known]);
  if (
    distance(name.toLowerCase(), near.toLowerCase()) <=
    SIMILAR * Math.max(name.length, near.length)
  ) {
    return `${full} is no setting: did you mean ${below(path, near)}?`;
  }
  return `${full} is no setting: ${path ? `those of ${path}` : "those at the top"} are ${known.join(", ")}`;
}
