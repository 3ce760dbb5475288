/**
 * Rules about several settings together. Each setting can be valid by itself, and the combination
 * can still fail late, or silently do nothing. The rules here hold for every detector. Backbones
 * and detectors add their own (`backbones/constraints.ts`, `detectors/<name>/constraints.ts`).
 */
import type { Config } from "./types";
import type { Problem } from "./validators";

/** A rule about several settings together. */
export interface Constraint {
  /**
   * Paths of the settings that the rule reads. The first one is the setting to change. The rule is
   * skipped while one of the settings is invalid by itself.
   */
  readonly settings: readonly string[];
  /**
   * Returns what is wrong and what to do, as the end of a sentence that starts with the first path;
   * null when nothing is wrong.
   */
  readonly problem: (config: Config) => string | null;
}

/**
 * Most pixels of a batch. The largest feature maps of the backbones have 24 numbers for each pixel
 * of the input, and TensorFlow's kernels count the elements of a tensor with 32 bits.
 */
const MAX_BATCH_PIXELS = 2 ** 26;

/**
 * Largest size of an anchor, in sides of the network's input. A larger anchor overlaps every
 * ground-truth box with an IoU below 0.25.
 */
const MAX_ANCHOR_SIZE = 2;

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

/** The number of samples and the fraction of positives in it, by group of settings. */
export function atLeastOnePositive(group: "rpn" | "head"): Constraint {
  return {
    settings: [`${group}.samples`, `${group}.positiveFraction`],
    problem(config) {
      const { samples, positiveFraction } = config[group];
      return Math.floor(samples * positiveFraction) < 1
        ? `is ${samples}: with ${group}.positiveFraction ${positiveFraction} no sample would be positive; raise one of them`
        : null;
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
  atLeastOnePositive("rpn"),
  {
    settings: ["training.batchSize", "data.imageSize"],
    problem({ training: { batchSize }, data: { imageSize } }) {
      const most = Math.floor(MAX_BATCH_PIXELS / imageSize ** 2);
      return batchSize > most
        ? `is ${batchSize}: with data.imageSize ${imageSize} a batch can have at most ${most} images`
        : null;
    },
  },
  {
    settings: ["anchors.sizes", "data.imageSize"],
    problem({ anchors: { sizes }, data: { imageSize } }) {
      const largest = Math.max(...sizes);
      return largest > MAX_ANCHOR_SIZE * imageSize
        ? `has ${largest}: an anchor may be at most ${MAX_ANCHOR_SIZE} times as large as data.imageSize, which is ${imageSize}`
        : null;
    },
  },
  {
    settings: ["neck.groups", "neck.channels", "neck.kind"],
    problem: ({ neck: { kind, channels, groups } }) =>
      kind === "fused" && (channels === 0 || groups === 0 || channels % groups !== 0)
        ? `is ${groups}: it must be at least 1 and divide neck.channels, which is ${channels}`
        : null,
  },
  {
    settings: ["neck.groups", "neck.channels", "neck.kind"],
    problem: ({ neck: { kind, channels, groups } }) =>
      kind === "pyramid" && (channels === 0 || (groups !== 0 && channels % groups !== 0))
        ? `is ${groups}: it must be 0 or divide neck.channels, which is ${channels} and must be above 0`
        : null,
  },
  {
    settings: ["neck.levels", "neck.kind"],
    problem: ({ neck }) =>
      neck.kind === "pyramid" && neck.levels.some((level, i) => level !== neck.levels[0] + i)
        ? `is [${neck.levels.join(", ")}]: it must be rising numbers without a gap, for example [3, 4, 5]`
        : null,
  },
  {
    settings: ["anchors.sizes", "neck.levels", "neck.kind"],
    problem({ neck, anchors: { sizes } }) {
      if (neck.kind !== "pyramid" || sizes.length % neck.levels.length === 0) return null;
      return `has ${sizes.length} sizes: they are divided evenly among the ${neck.levels.length} levels of neck.levels, so write ${neck.levels.length} sizes or a multiple of that`;
    },
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
 * Returns the rules that a configuration breaks.
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

/** Whether a path is the path of the group, or of a setting in it. */
function isWithin(path: string, group: string): boolean {
  return (
    group === "" || path === group || path.startsWith(`${group}.`) || path.startsWith(`${group}[`)
  );
}
