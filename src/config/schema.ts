/**
 * The rule for each setting. `Config` defines which settings exist: without a rule for each of
 * them, this file does not compile. The upper limits are far above useful values. They stop a
 * typing error before it fills the memory.
 */
import {
  byKind,
  fields,
  fourOf,
  integer,
  listOf,
  number,
  oneOf,
  orNull,
  value,
  type Rule,
} from "./validators";
import type {
  AnchorConfig,
  AugmentationConfig,
  BackboneConfig,
  CascadeStage,
  Config,
  DataConfig,
  HeadConfig,
  InferenceConfig,
  NeckConfig,
  RoiConfig,
  RpnConfig,
  TrainingConfig,
} from "./types";

/** The largest radiographs and mammograms have about so many pixels per side. */
const MAX_IMAGE_SIZE = 4096;
const MAX_CHANNELS = 4096;
const MAX_HIDDEN_UNITS = 16_384;
const MAX_HIDDEN_LAYERS = 10;
const MAX_STAGES = 10;
const MAX_EPOCHS = 100_000;
const MAX_BATCH_SIZE = 4096;
/** Anchors that are sampled, proposals, RoIs and detections of one image. */
const MAX_BOXES = 20_000;
const MAX_ANCHOR_SIZES = 100;
/** A map of level 10 has one cell for 1024 pixels. */
const MAX_LEVEL = 10;
const MAX_COPIES = 1000;
/** Cells per side of a pooled region. */
const MAX_OUTPUT_SIZE = 32;
const MAX_SAMPLING_RATIO = 16;
const MAX_STEPS = 10_000_000;
const MAX_HELD_OUT = 1000;
const MAX_CLASSES = 1000;
/** The fewest and the most sequences that can be channels: the backbone has three inputs. */
export const SEQUENCE_COUNTS = { least: 2, most: 3 } as const;
/** e^3 is a factor of 20. */
const MAX_EXPONENT = 3;
const MAX_WEIGHT = 1000;
const MAX_RATE = 10;
const MAX_FACTOR = 10;
/** Heights of anchors divided by their widths, or widths by heights. */
export const MAX_RATIO = 100;
/** The largest grey value. */
const WHITE = 255;
const MAX_ANGLE = 180;

const boxesOfImage = integer(1, MAX_BOXES);
const channels = integer(1, MAX_CHANNELS);
const epochs = integer(1, MAX_EPOCHS);
const positive = number("a number above 0", (found) => found > 0);
const lossWeight = between(0, MAX_WEIGHT);
/** Half the width of a range of factors from e^-x to e^x. */
const exponent = between(0, MAX_EXPONENT);
/** A score, a probability, or an IoU for which 0 is useful. */
const fraction = between(0, 1);
/**
 * A fraction for which 0 is not useful. With a threshold of 0, a box that overlaps nothing would
 * count as a match; with a part of 0, no sample would be positive.
 */
const fractionAboveZero = aboveZero(1);
/** 1 would mean that only the other part counts. */
const belowOne = number("a number from 0 to below 1", (found) => found >= 0 && found < 1);
/** Backbones check the upper limit: it is their number of blocks. */
const blockNumber = integer(0);
const boxLoss = oneOf("smooth-l1", "giou");

const data = fields<DataConfig>({
  imageSize: integer(1, MAX_IMAGE_SIZE),
  cropToHead: orNull(
    fields<NonNullable<DataConfig["cropToHead"]>>({
      threshold: number(
        `a grey value from 0 to below ${WHITE}`,
        (found) => found >= 0 && found < WHITE,
      ),
      margin: number(
        `a factor from 1 to ${MAX_FACTOR}`,
        (found) => found >= 1 && found <= MAX_FACTOR,
      ),
    }),
  ),
  channels: value(
    `'grey', 'rgb', or the different names of ${SEQUENCE_COUNTS.least} or ${SEQUENCE_COUNTS.most} sequences`,
    (found) => found === "grey" || found === "rgb" || isNameList(found),
  ),
  valueRange: orNull(value("two rising numbers", isRising)),
  scanPercentiles: value(
    "two rising numbers from 0 to 100",
    (found) => isRising(found) && (found as number[])[0] >= 0 && (found as number[])[1] <= 100,
  ),
});

const augmentation = fields<AugmentationConfig>({
  copies: integer(0, MAX_COPIES),
  flip: fraction,
  scale: exponent,
  rotation: number(`an angle from 0 to ${MAX_ANGLE}`, (found) => found >= 0 && found <= MAX_ANGLE),
  shift: fraction,
  aspect: exponent,
  brightness: exponent,
  gamma: exponent,
});

const backbone = (names: readonly string[]) =>
  fields<BackboneConfig>({
    name: oneOf(...names),
    frozenBlocks: value(
      "'all' or a whole number from 0 up",
      (found) => found === "all" || blockNumber.check(found, "").length === 0,
    ),
    lastBlock: orNull(blockNumber),
  });

const neckLayers = { channels: integer(0, MAX_CHANNELS), groups: integer(0, MAX_CHANNELS) };

const neck = byKind<NeckConfig>({
  none: neckLayers,
  fused: neckLayers,
  pyramid: {
    ...neckLayers,
    levels: listOf(integer(1, MAX_LEVEL), { atLeast: 1, atMost: MAX_LEVEL }),
    canonicalSize: orNull(positive),
  },
});

const anchors = fields<AnchorConfig>({
  sizes: listOf(
    number("a number of pixels from 1 up", (found) => found >= 1),
    {
      atLeast: 1,
      atMost: MAX_ANCHOR_SIZES,
    },
  ),
  ratios: listOf(between(1 / MAX_RATIO, MAX_RATIO), { atLeast: 1, atMost: MAX_ANCHOR_SIZES }),
  placement: oneOf("center", "corner"),
});

const rpn = fields<RpnConfig>({
  channels,
  positiveIou: fractionAboveZero,
  // With 0, no anchor would be background in an image with boxes.
  negativeIou: fractionAboveZero,
  samples: boxesOfImage,
  positiveFraction: fractionAboveZero,
  boxLoss,
  objectnessWeight: lossWeight,
  boxWeight: lossWeight,
  proposalsBeforeNms: boxesOfImage,
  proposalsAfterNms: boxesOfImage,
  nmsIou: fraction,
  minScore: fraction,
});

const roi = fields<RoiConfig>({
  kind: oneOf("align", "pool"),
  outputSize: integer(1, MAX_OUTPUT_SIZE),
  samplingRatio: integer(0, MAX_SAMPLING_RATIO),
  context: aboveZero(MAX_FACTOR),
});

const head = fields<HeadConfig>({
  hidden: listOf(integer(1, MAX_HIDDEN_UNITS), { atMost: MAX_HIDDEN_LAYERS }),
  stages: listOf(
    fields<CascadeStage>({
      foregroundIou: fractionAboveZero,
      deltaWeights: fourOf(aboveZero(MAX_WEIGHT)),
      lossWeight,
    }),
    { atMost: MAX_STAGES },
  ),
  samples: boxesOfImage,
  positiveFraction: fractionAboveZero,
  jitteredGroundTruth: integer(0, MAX_COPIES),
  boxLoss,
  boxWeight: lossWeight,
  foregroundWeight: lossWeight,
  classWeight: lossWeight,
  labelSmoothing: belowOne,
  classWeights: orNull(listOf(aboveZero(MAX_WEIGHT), { atLeast: 1, atMost: MAX_CLASSES })),
});

const training = fields<TrainingConfig>({
  epochs,
  batchSize: integer(1, MAX_BATCH_SIZE),
  optimizer: oneOf("adam", "adamw"),
  learningRate: aboveZero(MAX_RATE),
  backboneLearningRate: between(0, MAX_RATE),
  weightDecay: between(0, MAX_RATE),
  schedule: byKind<TrainingConfig["schedule"]>({
    cosine: { warmupSteps: integer(0, MAX_STEPS) },
    step: { epochs, factor: aboveZero(1) },
  }),
  clipNorm: orNull(positive),
  averageDecay: orNull(belowOne),
  holdOut: integer(2, MAX_HELD_OUT),
  validateEvery: epochs,
  patience: orNull(epochs),
});

const inference = fields<InferenceConfig>({
  minScore: fraction,
  nmsIou: fraction,
  softSigma: positive,
  maxDetections: boxesOfImage,
  proposalsBeforeNms: orNull(boxesOfImage),
  proposalsAfterNms: orNull(boxesOfImage),
  fusion: oneOf("nms", "soft-nms", "mean-box"),
});

/** The names of the parts of the project that a configuration can choose. */
export interface ConfigChoices {
  readonly architectures: readonly string[];
  readonly backbones: readonly string[];
}

/** The rule for a whole configuration. */
export function configSchema({ architectures, backbones }: ConfigChoices): Rule<Config> {
  return fields<Config>({
    preset: value("a name", (found) => typeof found === "string" && found !== ""),
    architecture: oneOf(...architectures),
    seed: integer(0),
    backbone: backbone(backbones),
    ...{ data, augmentation, neck, anchors, rpn, roi, head, training, inference },
  });
}

/** Names of sequences, each once. */
function isNameList(found: unknown): boolean {
  return (
    Array.isArray(found) &&
    found.length >= SEQUENCE_COUNTS.least &&
    found.length <= SEQUENCE_COUNTS.most &&
    found.every((name) => typeof name === "string" && name.trim() !== "") &&
    new Set(found).size === found.length
  );
}

function isRising(found: unknown): boolean {
  if (!Array.isArray(found) || found.length !== 2) return false;
  const [low, high] = found as unknown[];
  return Number.isFinite(low) && Number.isFinite(high) && (low as number) < (high as number);
}

/** A number from `low` to `high`, both included. */
function between(low: number, high: number): Rule<number> {
  return number(`a number from ${low} to ${high}`, (found) => found >= low && found <= high);
}

/** A number above 0 and at most `high`. */
function aboveZero(high: number): Rule<number> {
  return number(`a number above 0 and at most ${high}`, (found) => found > 0 && found <= high);
}
