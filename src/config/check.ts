/**
 * Checks whether a configuration can be used to train and detect. All problems are reported at
 * once, before anything is built.
 */
import { closest, distance } from "fastest-levenshtein";
import { type Constraint, constraintProblems, GENERAL_CONSTRAINTS } from "./constraints";
import { renamedSetting } from "./migrate";
import { type ConfigChoices, configSchema } from "./schema";
import type { Config } from "./types";
import { settingPath, type UnknownName } from "./validators";

/** The rules that backbones and detectors add to the general rules of a configuration. */
export interface ConfigRules extends ConfigChoices {
  readonly constraints: readonly Constraint[];
}

/**
 * Returns what is wrong with a configuration, one sentence each: unknown names, missing settings,
 * wrong types, numbers out of range, and settings that contradict each other. The list is empty
 * when the configuration can be used.
 */
export function problemsByRules(
  config: unknown,
  { constraints, ...choices }: ConfigRules,
): string[] {
  const schema = configSchema(choices);
  const invalid = schema.check(config, "");
  const unknown = schema.unknown(config, "").map(describeUnknown);
  const contradictions = constraintProblems(
    config as Config,
    [...GENERAL_CONSTRAINTS, ...constraints],
    invalid.map(({ path }) => path),
  );
  return [...unknown, ...[...invalid, ...contradictions].map(({ text }) => text)];
}

/**
 * Checks a configuration by the given rules.
 * @param source the start of the error message: the file or function that the configuration comes
 * from
 * @returns the configuration itself
 * @throws one error that lists all problems, each with its path
 */
export function requireUsable(config: unknown, source: string, rules: ConfigRules): Config {
  const problems = problemsByRules(config, rules);
  if (problems.length)
    throw new Error(problemList(`${source}: the configuration cannot be used`, problems));
  return config as Config;
}

/**
 * Checks the names in overrides of a configuration.
 * @param source the start of the error message: the file or function that the overrides come from
 * @throws one error that lists every unknown name, each with the setting that was probably meant
 */
export function checkNames(overrides: unknown, source: string): void {
  // The names of the settings do not depend on the choices.
  const schema = configSchema({ architectures: [], backbones: [] });
  const problems = schema.unknown(overrides, "").map(describeUnknown);
  if (problems.length) throw new Error(problemList(`${source}: unknown settings`, problems));
}

/** A title and a list of problems, one problem per line. */
function problemList(title: string, problems: readonly string[]): string {
  return [`${title}:`, ...problems.map((problem) => `- ${problem}`)].join("\n");
}

/**
 * Two names are similar when at most this fraction of their letters differs. Only a similar name is
 * proposed for an unknown one.
 */
const SIMILAR = 0.4;

function describeUnknown({ path, name, known }: UnknownName): string {
  const setting = settingPath(path, name);
  const currentName = renamedSetting(setting);
  if (currentName) return `${setting} was renamed to ${settingPath(path, currentName)}`;
  const nearest = closest(name, [...known]);
  const changes = distance(name.toLowerCase(), nearest.toLowerCase());
  if (changes <= SIMILAR * Math.max(name.length, nearest.length))
    return `${setting} is not a setting: did you mean ${settingPath(path, nearest)}?`;
  const group = path ? `the settings of ${path}` : "the settings at the top";
  return `${setting} is not a setting: ${group} are ${known.join(", ")}`;
}
