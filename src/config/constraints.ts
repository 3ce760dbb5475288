/**
 * Settings that are valid one by one, but not together: what they ask for would fail far from here,
 * or would silently not be done. The rules here hold for every detector. Backbones and detectors
 * add rules of their own (`backbones/constraints.ts`, `detectors/<name>/constraints.ts`).
 */
import type { Config } from "./types";
import type { Problem } from "./validators";

/** A rule about several settings together. */
export interface Constraint {
  /**
   * Paths of the settings that the rule reads. The first is the one to change. The rule is skipped
   * while one of them is invalid by itself.
   */
  readonly settings: readonly string[];
  /**
   * What is wrong and what to do, as the end of a sentence that starts with the first path; null
   * when nothing is wrong.
   */
  readonly problem: (config: Config) => string | null;
}

/** The first of two numbers must not be above the second. */
function ordered(
  low: string,
  high: string,
  numbers: (config: Config) => readonly [number, number],
): Constraint {
  return {
    settings: [low, high],
    problem(config) {
      const [lower, upper] = numbers(config);
      return lower > upper ? `is ${lower}: it must not be above ${high}, which is ${upper}` : null;
    },
  };
}

/** Rules that hold for every backbone and every detector. */
export const GENERAL_CONSTRAINTS: readonly Constraint[] = [
  ordered("rpn.negativeIou", "rpn.positiveIou", ({ rpn }) => [rpn.negativeIou, rpn.positiveIou]),
  ordered("rpn.proposalsAfterNms", "rpn.proposalsBeforeNms", ({ rpn }) => [
    rpn.proposalsAfterNms,
    rpn.proposalsBeforeNms,
  ]),
  {
    settings: ["neck.groups", "neck.channels", "neck.kind"],
    problem: ({ neck: { kind, channels, groups } }) =>
      kind === "fused" && (channels === 0 || groups === 0 || channels % groups !== 0)
        ? `is ${groups}: it must be at least 1 and divide neck.channels, which is ${channels}`
        : null,
  },
  {
    settings: ["roi.samplingRatio", "roi.kind"],
    problem: ({ roi }) =>
      roi.kind === "align" && roi.samplingRatio === 0
        ? "is 0: 'align' needs at least 1 sample in each cell"
        : null,
  },
  {
    settings: ["roi.context", "roi.kind"],
    problem: ({ roi }) =>
      roi.kind === "pool" && roi.context !== 1 ? `is ${roi.context}: 'pool' allows only 1` : null,
  },
];

/**
 * The rules that a configuration breaks.
 * @param invalid paths of the settings that are invalid by themselves; rules that read them are
 * skipped
 */
export function constraintProblems(
  config: Config,
  constraints: readonly Constraint[],
  invalid: readonly string[],
): Problem[] {
  const isInvalid = (setting: string) =>
    invalid.some((path) => isWithin(path, setting) || isWithin(setting, path));
  return constraints.flatMap(({ settings, problem }) => {
    if (settings.some(isInvalid)) return [];
    const text = problem(config);
    return text === null ? [] : [{ path: settings[0], text: `${settings[0]} ${text}` }];
  });
}

/** Whether a path is the group itself, or lies below it. */
function isWithin(path: string, group: string): boolean {
  return (
    group === "" || path === group || path.startsWith(`${group}.`) || path.startsWith(`${group}[`)
  );
}
