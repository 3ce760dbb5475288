/**
 * The space of a sweep: a YAML file that names settings, their values, and how they are searched.
 *
 *     search: random
 *     trials: 9
 *     rounds: 3
 *     settings:
 *       augmentation.copies: [0, 4]
 *       training.weightDecay: { low: 0.00001, high: 0.001, scale: log }
 */
import { readYaml, type YamlFile } from "../config/yaml-file";
import { isRecord } from "../util/record";

/** How settings are chosen from the space: all combinations, or some at random. */
export const SEARCHES = ["grid", "random"] as const;

const SCALES = ["linear", "log"] as const;

/** Numbers from `low` to `high`. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
  /** With `log`, every factor between two numbers is as likely. */
  readonly scale: (typeof SCALES)[number];
}

/** A setting that is varied. */
export interface SpaceSetting {
  /** For example `training.weightDecay`. */
  readonly path: string;
  /** The line of the file that names it. */
  readonly line: number;
  /** Its values, or their range. */
  readonly choice: readonly unknown[] | NumberRange;
}

/** What a sweep searches, and how. */
export interface SweepSpace {
  readonly file: string;
  readonly search: (typeof SEARCHES)[number];
  /** The number of trials of a random search; null for a grid. */
  readonly trials: number | null;
  /** The seed of a random search. */
  readonly seed: number;
  /** After how many rounds of training the trials are judged; 1 is a search without halving. */
  readonly rounds: number;
  /** Of the trials of a round, one in `factor` goes on; so does the number of epochs grow. */
  readonly factor: number;
  readonly settings: readonly SpaceSetting[];
}

/** The most trials of a search, and rounds of a trial: more is a typing error. */
const MAX_TRIALS = 10_000;
const MAX_ROUNDS = 10;
const MAX_FACTOR = 100;

const NAMES = ["search", "trials", "seed", "rounds", "factor", "settings"];
const DEFAULTS = { seed: 1, rounds: 1, factor: 3 };
const RANGE_NAMES = ["low", "high", "scale"];

/**
 * Reads the space of a sweep.
 * @throws with file and line when it is not valid. Whether the settings exist, and whether their
 * values can be used, is checked by `drawTrials`
 */
export function readSweepSpace(file: string): SweepSpace {
  const yaml = readYaml(file);
  const { value } = yaml;
  const fail = failAt(file, yaml);
  if (!isRecord(value)) throw fail([], `the file must hold ${NAMES.join(", ")}`);
  requireNames({ value, names: NAMES, around: [], fail });
  const { search = "grid", settings } = value;
  if (search !== "grid" && search !== "random")
    throw fail(["search"], `search must be ${SEARCHES.join(" or ")}, not '${String(search)}'`);
  const number = (name: string, low: number, high: number, missing: number) => {
    const found = value[name] ?? missing;
    if (Number.isSafeInteger(found) && Number(found) >= low && Number(found) <= high)
      return Number(found);
    throw fail(
      [name],
      `${name} must be a whole number from ${low} to ${high}, not ${JSON.stringify(found)}`,
    );
  };
  if (search === "grid" && value.trials !== undefined)
    throw fail(["trials"], "a grid has no number of trials: it tries all combinations");
  if (search === "random" && value.trials === undefined)
    throw fail(["search"], "a random search needs a number of trials, for example trials: 20");
  if (!isRecord(settings) || !Object.keys(settings).length)
    throw fail(["settings"], "settings must name settings with their values: rpn.samples: [64]");
  return {
    ...{ file, search },
    trials: search === "grid" ? null : number("trials", 1, MAX_TRIALS, 1),
    seed: number("seed", 0, Number.MAX_SAFE_INTEGER, DEFAULTS.seed),
    rounds: number("rounds", 1, MAX_ROUNDS, DEFAULTS.rounds),
    factor: number("factor", 2, MAX_FACTOR, DEFAULTS.factor),
    settings: Object.entries(settings).map(([path, choice]) => ({
      path,
      line: yaml.lineOf("settings", path),
      choice: readChoice({ path, choice, search, fail }),
    })),
  };
}

/** Makes an error that names the file and the line of a member. */
type Fail = (names: readonly string[], text: string) => Error;

function failAt(file: string, yaml: YamlFile): Fail {
  return (names, text) => new Error(`${file}:${yaml.lineOf(...names)}: ${text}`);
}

/** @throws when an object has a member of another name */
function requireNames({
  value,
  names,
  around,
  fail,
}: {
  readonly value: object;
  readonly names: readonly string[];
  readonly around: readonly string[];
  readonly fail: Fail;
}): void {
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw fail([...around, unknown], `unknown name '${unknown}': choose from ${names.join(", ")}`);
}

/** The values of one setting. */
function readChoice({
  path,
  choice,
  search,
  fail,
}: {
  readonly path: string;
  readonly choice: unknown;
  readonly search: SweepSpace["search"];
  readonly fail: Fail;
}): SpaceSetting["choice"] {
  const around = ["settings", path];
  if (Array.isArray(choice) && choice.length) return choice as unknown[];
  const expected =
    "a list of values, such as [1, 2], or for a random search a range, such as { low: 0.1, high: 1, scale: log }";
  if (!isRecord(choice)) throw fail(around, `${path} must be ${expected}`);
  requireNames({ value: choice, names: RANGE_NAMES, around, fail });
  if (search === "grid")
    throw fail(around, `${path} is a range: a grid needs a list of values, such as [1, 2]`);
  const { low, high, scale = "linear" } = choice;
  if (typeof low !== "number" || typeof high !== "number" || !(low < high))
    throw fail(around, `${path} needs a number low and a larger number high`);
  if (scale !== "linear" && scale !== "log")
    throw fail(around, `the scale of ${path} must be ${SCALES.join(" or ")}`);
  if (scale === "log" && low <= 0)
    throw fail(around, `${path} needs a low above 0, because its scale is log`);
  return { low, high, scale };
}
