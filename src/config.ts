/** Everything that can be set, in one typed, serialisable object; every run saves it beside its results. */

export interface Config {
  /** The preset it came from, for people to read. */
  readonly preset: string;
  /** `original` is the experiment this project re-does; `modern` everything since. */
  readonly architecture: "modern" | "original";
  /** Same seed, data and thread count: same run. */
  readonly seed: number;
  readonly data: DataConfig;
  readonly augmentation: AugmentationConfig;
  readonly backbone: BackboneConfig;
  readonly neck: NeckConfig;
  readonly anchors: AnchorConfig;
  readonly rpn: RpnConfig;
  readonly roi: RoiConfig;
  readonly head: HeadConfig;
  readonly training: TrainingConfig;
  readonly inference: InferenceConfig;
}

export interface DataConfig {
  /** Side of the network's square input in pixels. */
  readonly imageSize: number;
  /**
   * Crop to the square around the head before scaling: null, or the grey value above which a pixel counts as head and the
   * factor by which the square is widened. It spends the network's pixels on the head, and hides the field of view, from
   * which a class can be guessed.
   */
  readonly foregroundCrop: { readonly threshold: number; readonly margin: number } | null;
}

/** Each image is moved by a random affine map and its grey values are changed; ranges are symmetric around no change. */
export interface AugmentationConfig {
  /** Augmented copies of each image whose frozen features are cached beside the unchanged ones; 0 turns augmentation off. */
  readonly copies: number;
  /** Probability of a left-right flip. */
  readonly flip: number;
  /** Zoom by e^±scale. */
  readonly scale: number;
  /** Degrees. */
  readonly rotation: number;
  /** Fraction of the image's side. */
  readonly shift: number;
  /** Width against height by e^±aspect. */
  readonly aspect: number;
  /** Grey values times e^±brightness. */
  readonly brightness: number;
  /** Grey values, as fractions of white, to the power e^±gamma. */
  readonly gamma: number;
}

export interface BackboneConfig {
  readonly name: "efficientnet-lite0" | "resnet50";
  /** `all`, or how many of the backbone's blocks (the stem is the first) keep their ImageNet weights. */
  readonly frozenBlocks: "all" | number;
  /** The last block that runs; null runs all. */
  readonly lastBlock: number | null;
}

export interface NeckConfig {
  /** `none` uses the coarsest level as it is; `fused` adds all levels, scaled up, to one map at the finest stride. */
  readonly kind: "none" | "fused";
  readonly channels: number;
  /** Groups of the group normalisation. */
  readonly groups: number;
}

export interface AnchorConfig {
  /** Square roots of the anchors' areas in pixels. */
  readonly sizes: readonly number[];
  /** Heights divided by widths. */
  readonly ratios: readonly number[];
  /** Where in its cell an anchor's centre lies. */
  readonly placement: "center" | "corner";
}

export interface RpnConfig {
  /** Channels of the 3x3 convolution. */
  readonly channels: number;
  /** An anchor whose IoU with a truth box is at least this is positive; so is the best anchor of every box. */
  readonly positiveIou: number;
  /** An anchor whose IoU with every truth box is below this is negative. */
  readonly negativeIou: number;
  /** Anchors an image that the loss sees. */
  readonly samples: number;
  /** At most this part of them is positive. */
  readonly positiveFraction: number;
  readonly boxLoss: "smooth-l1" | "giou";
  readonly objectnessWeight: number;
  readonly boxWeight: number;
  /** Proposals kept by score before NMS, and after it. */
  readonly proposalsBeforeNms: number;
  readonly proposalsAfterNms: number;
  readonly nmsIou: number;
  /** Objectness below which there is no proposal, in [0, 1]. */
  readonly minScore: number;
}

export interface RoiConfig {
  readonly kind: "align" | "pool";
  /** Cells a side. */
  readonly outputSize: number;
  /** Samples a cell along each axis (align only). */
  readonly samplingRatio: number;
  /** Sides of the region that is pooled over the roi's own: above 1 the head also sees what lies around (align only). */
  readonly context: number;
}

/** One stage of the cascade: each refines the boxes of the one before and asks for tighter ones. */
export interface CascadeStage {
  /** A roi whose IoU with a truth box is at least this is foreground. */
  readonly foregroundIou: number;
  /** What the deltas x, y and width, height are multiplied by (the inverse of their expected spread). */
  readonly deltaWeights: readonly [number, number, number, number];
  readonly lossWeight: number;
}

export interface HeadConfig {
  /** Units of the fully connected layers. */
  readonly hidden: readonly number[];
  readonly stages: readonly CascadeStage[];
  /** Rois an image that the loss sees. */
  readonly samples: number;
  readonly positiveFraction: number;
  /** Randomly moved copies of each truth box added to the proposals, so that the head sees positives from the first step. */
  readonly jitteredTruth: number;
  readonly boxLoss: "smooth-l1" | "giou";
  readonly boxWeight: number;
  readonly foregroundWeight: number;
  /** What the score of a foreground roi is to be: 1, or the IoU that its refined box has, so that of two boxes the tighter ranks first. */
  readonly foregroundTarget: "one" | "iou";
  readonly classWeight: number;
  readonly labelSmoothing: number;
}

export interface TrainingConfig {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: "adam" | "adamw";
  readonly learningRate: number;
  /** Rate of the backbone's trained blocks. */
  readonly backboneLearningRate: number;
  /** `adam` adds it to the gradient (L2), `adamw` takes it off the weights. */
  readonly weightDecay: number;
  readonly schedule:
    | { readonly kind: "cosine"; readonly warmupSteps: number }
    | { readonly kind: "step"; readonly epochs: number; readonly factor: number };
  /** Gradients whose global norm is above this are scaled down to it; null leaves them. */
  readonly clipNorm: number | null;
  /** Decay of the moving average of the weights, which validation and detection use; null uses the weights themselves. */
  readonly averageDecay: number | null;
  /** Where a data set has no validation split, one of so many of its training patients is held out for it. */
  readonly holdOut: number;
  /** Epochs between two evaluations on the validation part (the last epoch always has one). */
  readonly validateEvery: number;
  /** Ends training after so many validations in a row without a better class-agnostic AP; null never does. */
  readonly patience: number | null;
}

export interface InferenceConfig {
  /** Detections below this score are dropped. */
  readonly minScore: number;
  /** Boxes that overlap by more than this are one (`nms`, `weighted-boxes` and `mean-box`). */
  readonly nmsIou: number;
  /** Width of the Gaussian by which a box loses score to a better one that it overlaps (`soft-nms`). */
  readonly softSigma: number;
  /** A box's class probabilities are the mean over all boxes that overlap it by at least this, weighted by score; null keeps its own. */
  readonly classVoteIou: number | null;
  readonly maxDetections: number;
  /**
   * What becomes of boxes that overlap: `nms` drops them, `soft-nms` lowers their scores, `weighted-boxes` averages them;
   * `mean-box` averages what NMS kept into one box with the most frequent class, as the original did (preset `seed` only).
   */
  readonly fusion: "nms" | "soft-nms" | "weighted-boxes" | "mean-box";
}

/** The original experiment's numbers; what was wrong with it is put right elsewhere and listed in the README. */
const seed: Config = {
  preset: "seed",
  architecture: "original",
  seed: 1,
  data: { imageSize: 224, foregroundCrop: null },
  augmentation: { copies: 0, flip: 0, scale: 0, rotation: 0, shift: 0, aspect: 0, brightness: 0, gamma: 0 },
  backbone: { name: "resnet50", frozenBlocks: "all", lastBlock: null },
  neck: { kind: "none", channels: 0, groups: 0 },
  anchors: { sizes: [32, 36, 56, 64, 72, 128], ratios: [0.5, 1, 2], placement: "corner" },
  rpn: {
    channels: 512,
    positiveIou: 0.5,
    negativeIou: 0.1,
    samples: 6,
    positiveFraction: 0.5,
    boxLoss: "smooth-l1",
    objectnessWeight: 0.2,
    boxWeight: 0.4,
    proposalsBeforeNms: 882,
    proposalsAfterNms: 882,
    nmsIou: 0.3,
    minScore: 0.5,
  },
  roi: { kind: "pool", outputSize: 5, samplingRatio: 0, context: 1 },
  head: {
    hidden: [1024, 512],
    stages: [],
    samples: 6,
    positiveFraction: 0.5,
    jitteredTruth: 0,
    boxLoss: "smooth-l1",
    boxWeight: 0,
    foregroundWeight: 0,
    foregroundTarget: "one",
    classWeight: 0.4,
    labelSmoothing: 0,
  },
  training: {
    epochs: 10,
    batchSize: 1,
    optimizer: "adam",
    learningRate: 8e-7,
    backboneLearningRate: 0,
    weightDecay: 0.1,
    schedule: { kind: "step", epochs: 4, factor: 0.1 },
    clipNorm: null,
    averageDecay: null,
    holdOut: 5,
    validateEvery: 1,
    patience: null,
  },
  inference: { minScore: 0.5, nmsIou: 0.3, softSigma: 0.2, classVoteIou: null, maxDetections: 1, fusion: "mean-box" },
};

/** Frozen ImageNet features, computed once; everything after them is trained. A few minutes on two CPU cores. */
const standard: Config = {
  preset: "default",
  architecture: "modern",
  seed: 1,
  data: { imageSize: 320, foregroundCrop: { threshold: 20, margin: 1.06 } },
  augmentation: {
    copies: 5,
    flip: 0.5,
    scale: 0.2,
    rotation: 15,
    shift: 0.06,
    aspect: 0.08,
    brightness: 0.25,
    gamma: 0.25,
  },
  backbone: { name: "efficientnet-lite0", frozenBlocks: "all", lastBlock: null },
  neck: { kind: "fused", channels: 96, groups: 8 },
  anchors: { sizes: [28, 42, 60, 84, 112], ratios: [0.75, 1.33], placement: "center" },
  rpn: {
    channels: 96,
    positiveIou: 0.6,
    negativeIou: 0.3,
    samples: 128,
    positiveFraction: 0.5,
    boxLoss: "giou",
    objectnessWeight: 1,
    boxWeight: 1,
    proposalsBeforeNms: 200,
    proposalsAfterNms: 50,
    nmsIou: 0.7,
    minScore: 0,
  },
  roi: { kind: "align", outputSize: 7, samplingRatio: 2, context: 1.4 },
  head: {
    hidden: [256, 256],
    stages: [
      { foregroundIou: 0.5, deltaWeights: [10, 10, 5, 5], lossWeight: 1 },
      { foregroundIou: 0.6, deltaWeights: [20, 20, 10, 10], lossWeight: 0.5 },
    ],
    samples: 32,
    positiveFraction: 0.34,
    jitteredTruth: 8,
    boxLoss: "giou",
    boxWeight: 2,
    foregroundWeight: 1,
    foregroundTarget: "one",
    classWeight: 0.3,
    labelSmoothing: 0.1,
  },
  training: {
    epochs: 14,
    batchSize: 4,
    optimizer: "adamw",
    learningRate: 7e-4,
    backboneLearningRate: 0,
    weightDecay: 0.02,
    schedule: { kind: "cosine", warmupSteps: 60 },
    clipNorm: 10,
    averageDecay: 0.99,
    holdOut: 5,
    validateEvery: 1,
    patience: null,
  },
  inference: { minScore: 0.01, nmsIou: 0.5, softSigma: 0.2, classVoteIou: 0.5, maxDetections: 20, fusion: "soft-nms" },
};

/**
 * All but the backbone's first layers are fine-tuned, on larger images: under 15 minutes on two CPU cores for 240 images. The stem and
 * the blocks up to stride 4 tell edges and textures; they stay ImageNet's, and most of a step's cost with them. More epochs only teach
 * the class by heart.
 */
const accurate: Config = configure(standard, {
  preset: "accurate",
  data: { imageSize: 384 },
  augmentation: { copies: 7 },
  backbone: { frozenBlocks: 4 },
  anchors: { sizes: [34, 50, 72, 101, 134] },
  training: { epochs: 10, backboneLearningRate: 1.4e-4, holdOut: 10 },
});

export const presets = { default: standard, accurate, seed } as const;

export type PresetName = keyof typeof presets;

/** A part of T at any depth; arrays are replaced whole. */
export type Overrides<T> = T extends readonly unknown[] ? T : { readonly [K in keyof T]?: Overrides<T[K]> };

/** A copy of `config` with some of its fields replaced: `configure(presets.default, { training: { epochs: 5 } })`. */
export function configure(config: Config, overrides: Overrides<Config>): Config {
  return merge(config, overrides) as Config;
}

/** The fields, as in `roi.context`, that a configuration read from a file lacks: it was written by another version of this project. */
export function missingFields(config: Config): string[] {
  return missing(presetByName(config.preset), config, "");
}

function missing(expected: unknown, found: unknown, path: string): string[] {
  if (!isRecord(expected)) return found === undefined ? [path] : [];
  if (!isRecord(found)) return found === null ? [] : [path];
  return Object.entries(expected).flatMap(([key, value]) => missing(value, found[key], path ? `${path}.${key}` : key));
}

function merge(base: unknown, changes: unknown): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined) merged[key] = merge(base[key], value);
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The preset of that name; throws with the names there are. */
export function presetByName(name: string): Config {
  if (Object.prototype.hasOwnProperty.call(presets, name)) return presets[name as PresetName];
  throw new Error(`there is no preset '${name}': choose one of ${Object.keys(presets).join(", ")}`);
}
