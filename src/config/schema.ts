/**
 * What each setting may be: one rule a setting. `Config` says which settings there are; without a
 * rule for each of them this file does not compile.
 */
import {
  byKind,
  fields,
  fourOf,
  listOf,
  number,
  oneOf,
  orNull,
  value,
  whole,
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

const count = whole(1);
const countOrNone = whole(0);
const positive = number("a number above 0", (found) => found > 0);
const notNegative = number("a number from 0 up", (found) => found >= 0);
/** An IoU, a score, a probability. */
const fraction = number("a number from 0 to 1", (found) => found >= 0 && found <= 1);
/** 1 itself would mean that nothing else counts. */
const belowOne = number("a number from 0 to below 1", (found) => found >= 0 && found < 1);
const boxLoss = oneOf("smooth-l1", "giou");

const WHITE = 255;

const data = fields<DataConfig>({
  imageSize: count,
  cropToHead: orNull(
    fields<NonNullable<DataConfig["cropToHead"]>>({
      threshold: number(
        `a grey value from 0 to below ${WHITE}`,
        (found) => found >= 0 && found < WHITE,
      ),
      margin: number("a factor from 1 up", (found) => found >= 1),
    }),
  ),
});

const augmentation = fields<AugmentationConfig>({
  copies: countOrNone,
  flip: fraction,
  scale: notNegative,
  rotation: number("an angle from 0 to 180", (found) => found >= 0 && found <= 180),
  shift: fraction,
  aspect: notNegative,
  brightness: notNegative,
  gamma: notNegative,
});

const backbone = (names: readonly string[]) =>
  fields<BackboneConfig>({
    name: oneOf(...names),
    frozenBlocks: value(
      "'all' or a whole number from 0 up",
      (found) => found === "all" || isCountOrNone(found),
    ),
    lastBlock: orNull(countOrNone),
  });

const neck = fields<NeckConfig>({
  kind: oneOf("none", "fused"),
  channels: countOrNone,
  groups: countOrNone,
});

const anchors = fields<AnchorConfig>({
  sizes: listOf(positive, { atLeast: 1 }),
  ratios: listOf(positive, { atLeast: 1 }),
  placement: oneOf("center", "corner"),
});

const rpn = fields<RpnConfig>({
  channels: count,
  positiveIou: fraction,
  negativeIou: fraction,
  samples: count,
  positiveFraction: fraction,
  boxLoss,
  objectnessWeight: notNegative,
  boxWeight: notNegative,
  proposalsBeforeNms: count,
  proposalsAfterNms: count,
  nmsIou: fraction,
  minScore: fraction,
});

const roi = fields<RoiConfig>({
  kind: oneOf("align", "pool"),
  outputSize: count,
  samplingRatio: countOrNone,
  context: positive,
});

const head = fields<HeadConfig>({
  hidden: listOf(count),
  stages: listOf(
    fields<CascadeStage>({
      foregroundIou: fraction,
      deltaWeights: fourOf(positive),
      lossWeight: notNegative,
    }),
  ),
  samples: count,
  positiveFraction: fraction,
  jitteredGroundTruth: countOrNone,
  boxLoss,
  boxWeight: notNegative,
  foregroundWeight: notNegative,
  classWeight: notNegative,
  labelSmoothing: belowOne,
});

const training = fields<TrainingConfig>({
  epochs: count,
  batchSize: count,
  optimizer: oneOf("adam", "adamw"),
  learningRate: positive,
  backboneLearningRate: notNegative,
  weightDecay: notNegative,
  schedule: byKind<TrainingConfig["schedule"]>({
    cosine: { warmupSteps: countOrNone },
    step: { epochs: count, factor: positive },
  }),
  clipNorm: orNull(positive),
  averageDecay: orNull(belowOne),
  holdOut: whole(2),
  validateEvery: count,
  patience: orNull(count),
});

const inference = fields<InferenceConfig>({
  minScore: fraction,
  nmsIou: fraction,
  softSigma: positive,
  maxDetections: count,
  fusion: oneOf("nms", "soft-nms", "mean-box"),
});

/** Names that a setting may have because the project has a part of that name. */
export interface ConfigChoices {
  readonly architectures: readonly string[];
  readonly backbones: readonly string[];
}

/** The rule of a whole configuration. */
export function configSchema({ architectures, backbones }: ConfigChoices): Rule<Config> {
  return fields<Config>({
    preset: value("a name", (found) => typeof found === "string" && found !== ""),
    architecture: oneOf(...architectures),
    seed: countOrNone,
    backbone: backbone(backbones),
    ...{ data, augmentation, neck, anchors, rpn, roi, head, training, inference },
  });
}

function isCountOrNone(found: unknown): boolean {
  return countOrNone.check(found, "").length === 0;
}
