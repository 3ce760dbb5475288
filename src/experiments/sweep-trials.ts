/** The trials of a sweep: configurations that are drawn from its space. */
import { isDeepStrictEqual } from "util";
import { checkNames } from "../config/check";
import { type Config, configure, type Overrides } from "../config/index";
import { configProblems } from "../detectors/check-config";
import { Random } from "../util/random";
import { isRecord } from "../util/record";
import type { NumberRange, SpaceSetting, SweepSpace } from "./sweep-space";
import { settingsText, type VariedSettings } from "./sweep-text";

/** One configuration of a sweep. */
export interface SweepTrial {
  /** Counted from 1. */
  readonly number: number;
  readonly settings: VariedSettings;
  /** All settings that replace those of the preset. */
  readonly overrides: Overrides<Config>;
  readonly config: Config;
}

/** What the settings of the space are added to. */
export interface SweepBase {
  readonly preset: Config;
  /** Settings that replace those of the preset in all trials. */
  readonly overrides: Overrides<Config>;
}

/** Settings that the sweep itself decides. */
const DECIDED = ["epochs", "validateEvery", "patience"];
/** Combinations that were drawn before are drawn again, so many times. */
const MAX_DRAWS = 100;
/** Combinations of a grid; more are a typing error. */
const MAX_COMBINATIONS = 10_000;
/** Digits of numbers that are drawn from a range. */
const DIGITS = 4;

/**
 * Draws the trials of a sweep, in the order of their numbers. The same space gives the same trials.
 * @throws with file and line when a setting does not exist or cannot be varied, and when a trial's
 * configuration cannot be used
 */
export function drawTrials(space: SweepSpace, { preset, overrides }: SweepBase): SweepTrial[] {
  for (const setting of space.settings) requireSetting(space.file, setting);
  const combinations = space.search === "grid" ? grid(space) : random(space);
  return combinations.map((settings, i) => {
    const all = Object.entries(settings).reduce(
      (before, [path, value]) => withSetting(before, path.split("."), value),
      overrides as Readonly<Record<string, unknown>>,
    );
    const trial = { number: i + 1, settings, overrides: all, config: configure(preset, all) };
    requireUsable(space, trial);
    return trial;
  });
}

function grid({ file, settings }: SweepSpace): Record<string, unknown>[] {
  const choices = settings.map(({ choice }) => choice as readonly unknown[]);
  const count = choices.reduce((product, { length }) => product * length, 1);
  if (count > MAX_COMBINATIONS)
    throw new Error(
      `${file}:${settings[0].line}: the grid has ${count} combinations: take fewer values, or search: random`,
    );
  return settings.reduce<Record<string, unknown>[]>(
    (before, { path }, i) =>
      before.flatMap((values) => choices[i].map((value) => ({ ...values, [path]: value }))),
    [{}],
  );
}

function random({ settings, seed, trials }: SweepSpace): Record<string, unknown>[] {
  const generator = new Random(seed);
  const drawn: Record<string, unknown>[] = [];
  const draw = () =>
    Object.fromEntries(settings.map(({ path, choice }) => [path, drawValue(generator, choice)]));
  for (let draws = 0; drawn.length < trials! && draws < MAX_DRAWS * trials!; draws++) {
    const values = draw();
    if (!drawn.some((other) => isDeepStrictEqual(other, values))) drawn.push(values);
  }
  return drawn;
}

function drawValue(generator: Random, choice: SpaceSetting["choice"]): unknown {
  if (!isRange(choice)) return choice[generator.integer(choice.length)];
  const { low, high, scale } = choice;
  const value =
    scale === "log"
      ? Math.exp(generator.uniform(Math.log(low), Math.log(high)))
      : generator.uniform(low, high);
  return Math.min(high, Math.max(low, Number(value.toPrecision(DIGITS))));
}

function isRange(choice: SpaceSetting["choice"]): choice is NumberRange {
  return isRecord(choice);
}

/** @throws when there is no such setting, and when the sweep itself decides it */
function requireSetting(file: string, { path, line, choice }: SpaceSetting): void {
  for (const value of isRange(choice) ? [choice.low] : choice) {
    const overrides = withSetting({}, path.split("."), value);
    checkNames(overrides, `${file}:${line}`);
    const { training } = overrides;
    const decided = DECIDED.find((name) => isRecord(training) && Object.hasOwn(training, name));
    if (decided !== undefined)
      throw new Error(
        `${file}:${line}: training.${decided} cannot be varied: the rounds of the sweep decide it, and --epochs`,
      );
  }
}

/** @throws when the configuration of a trial cannot be used */
function requireUsable({ file, settings }: SweepSpace, trial: SweepTrial): void {
  const problems = configProblems(trial.config);
  if (!problems.length) return;
  const cause = settings.find(({ path }) => problems.some((text) => text.startsWith(path)));
  const { line } = cause ?? settings[0];
  const list = problems.map((text) => `- ${text}`).join("\n");
  throw new Error(
    `${file}:${line}: trial ${trial.number} (${settingsText(trial.settings)}) cannot be used:\n${list}`,
  );
}

/** A copy of nested settings in which the one of a path has another value. */
function withSetting(
  settings: Readonly<Record<string, unknown>>,
  [name, ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  if (!rest.length) return { ...settings, [name]: value };
  const inner = settings[name];
  return { ...settings, [name]: withSetting(isRecord(inner) ? inner : {}, rest, value) };
}
