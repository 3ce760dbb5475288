/** The named configurations. */
import type { Config } from "./types";
import { configure } from "./configure";

/** The name of the preset that is made for a data set: see `planning/auto-plan.ts`. */
export const AUTO_PRESET = "auto" as const;

/**
 * The settings of the original experiment. The code fixes the bugs of the original, which
 * `docs/original-experiment.md` lists.
 */
const original: Config = {
  preset: "original",
  architecture: "original",
  seed: 1,
  data: {
    imageSize: 224,
    cropToHead: null,
    channels: "grey",
    valueRange: null,
    scanPercentiles: [0.5, 99.5],
  },
  augmentation: {
    copies: 0,
    flip: 0,
    scale: 0,
    rotation: 0,
    shift: 0,
    aspect: 0,
    brightness: 0,
    gamma: 0,
  },
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
    jitteredGroundTruth: 0,
    boxLoss: "smooth-l1",
    boxWeight: 0,
    foregroundWeight: 0,
    classWeight: 0.4,
    labelSmoothing: 0,
    classWeights: null,
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
  inference: {
    minScore: 0.5,
    nmsIou: 0.3,
    softSigma: 0.2,
    maxDetections: 1,
    proposalsBeforeNms: null,
    proposalsAfterNms: null,
    fusion: "mean-box",
  },
};

/**
 * The backbone is frozen, so that its features are computed only once; the rest is trained. This
 * takes a few minutes on two CPU cores.
 */
const standard: Config = {
  preset: "default",
  architecture: "cascade-rcnn",
  seed: 1,
  data: {
    imageSize: 320,
    cropToHead: { threshold: 20, margin: 1.06 },
    channels: "grey",
    valueRange: null,
    scanPercentiles: [0.5, 99.5],
  },
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
    jitteredGroundTruth: 8,
    boxLoss: "giou",
    boxWeight: 2,
    foregroundWeight: 1,
    classWeight: 0.3,
    labelSmoothing: 0.1,
    classWeights: null,
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
  inference: {
    minScore: 0.01,
    nmsIou: 0.5,
    softSigma: 0.2,
    maxDetections: 20,
    proposalsBeforeNms: null,
    proposalsAfterNms: null,
    fusion: "soft-nms",
  },
};

/**
 * The backbone is fine-tuned too, except its first layers, on larger images. This takes less than
 * 15 minutes on two CPU cores for 240 images. The stem and the blocks up to stride 4 respond to
 * edges and textures. They keep their ImageNet weights, which saves most of a step's time. With
 * more epochs the class head only memorizes the training patients. Twice as many proposals as in
 * training find slightly tighter boxes: AP75 rises by 0.018 and AP by 0.005 on held-out patients,
 * and detection takes 1.2 times as long.
 */
const accurate: Config = configure(standard, {
  preset: "accurate",
  data: { imageSize: 384 },
  augmentation: { copies: 7 },
  backbone: { frozenBlocks: 4 },
  anchors: { sizes: [34, 50, 72, 101, 134] },
  training: { epochs: 10, backboneLearningRate: 1.4e-4, holdOut: 10 },
  inference: { proposalsBeforeNms: 400, proposalsAfterNms: 100 },
});

/**
 * The named configurations.
 * @example
 * const config = configure(presets.accurate, { training: { epochs: 5 } });
 */
export const presets = { default: standard, accurate, original } as const;

/** Names of the presets. */
export type PresetName = keyof typeof presets;

/** Names for the options of commands and notebooks. */
export const PRESET_NAMES: readonly string[] = [AUTO_PRESET, ...Object.keys(presets)];

/** Old names of presets, and their current names. */
const RENAMED: Readonly<Record<string, PresetName>> = { seed: "original" };

// An old notebook still finds its preset. A property that is not enumerable does not appear in
// lists of names.
for (const oldName of Object.keys(RENAMED))
  Object.defineProperty(presets, oldName, { get: () => presetByName(oldName) });

/**
 * Returns the preset with the given name. An old name still works; a warning says the current one.
 * @throws with all names when the name is unknown, and for `auto`, which is made for a data set
 */
export function presetByName(name: string): Config {
  const renamed = Object.hasOwn(RENAMED, name) ? RENAMED[name] : null;
  if (renamed) console.warn(`The preset '${name}' was renamed to '${renamed}'.`);
  const currentName = renamed ?? name;
  if (Object.hasOwn(presets, currentName)) return presets[currentName as PresetName];
  if (name === AUTO_PRESET)
    throw new Error(`the preset '${name}' is made for a data set: call planAutomatically(dataset)`);
  throw new Error(`unknown preset '${name}': choose one of ${PRESET_NAMES.join(", ")}`);
}
