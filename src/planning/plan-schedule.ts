/** Plans the training: batch size, epochs and augmented copies, by the data and the time. */
import { presets } from "../config/index";
import type { PlanDraft } from "./plan-draft";
import type { BackboneUse } from "./plan-input";
import type { TrainingStatistics } from "./training-statistics";

/** Time that a plan may take without `--minutes`. */
export const DEFAULT_MINUTES = 30;

/** What a training costs on a machine. */
export interface TrainingSpeed {
  /** Time for the frozen blocks of one image, in seconds. */
  readonly imageSeconds: number;
  /** Time for one step, in seconds. */
  readonly stepSeconds: number;
}

/**
 * Assumed times of one image of 320 pixels, in seconds: those of two slow processor cores. They
 * replace a measurement, so that the plan does not depend on the machine.
 */
const ASSUMED = {
  frozen: { image: 0.03, step: 0.06 },
  fineTuning: { image: 0.015, step: 0.2 },
} as const;
const ASSUMED_SIZE = 320;

/** Factor for the neck and the region proposal network of a pyramid (see the bench). */
const PYRAMID_FACTOR = { frozen: 1.9, fineTuning: 1.3 } as const;

/** Factor for validations and everything else that is not measured. */
const OVERHEAD = 1.15;

/**
 * Epochs for the number of images that the presets were tuned on. Fewer images need more epochs,
 * though fewer steps: the number grows with the fourth root. More images need as many: of 14 epochs
 * on 787 images, the first 11 improved the detector (docs/ablation.md).
 */
const TUNED_IMAGES = 265;
const EPOCHS_POWER = 0.25;
const TUNED_EPOCHS = {
  frozen: presets.default.training.epochs,
  fineTuning: presets.accurate.training.epochs,
} as const;
const MAX_EPOCHS = 60;

/** The heads start from random weights: fewer steps are not enough, however few images there are. */
const MIN_STEPS = 400;

/** With less time, this fraction of the epochs is enough before anything else is reduced. */
const ENOUGH_EPOCHS = 0.75;

/** Less than this is not planned, even if it takes more than the given time. */
const FEWEST_EPOCHS = 3;
const FEWEST_COPIES = 2;

/** From this number of images on, a step has the larger batch. */
const MANY_IMAGES = 1000;
const BATCH = { few: 4, many: 8 } as const;

/** The warm-up takes at most this fraction of the steps. */
const MAX_WARMUP = 0.1;

/** The averaged weights remember at most this fraction of the steps. */
const MAX_MEMORY = 0.2;

const SECONDS_A_MINUTE = 60;

/** A plan's estimate of the time. */
export interface TimeEstimate {
  readonly minutes: number;
  /** Whether the speed was measured on this machine, or assumed. */
  readonly isMeasured: boolean;
}

/** Plans the batch size, and the learning rate that belongs to it. */
export function planBatch(draft: PlanDraft, { images }: TrainingStatistics): void {
  const batchSize = images >= MANY_IMAGES ? BATCH.many : BATCH.few;
  const { learningRate } = presets.default.training;
  const factor = Math.sqrt(batchSize / BATCH.few);
  draft.choose(
    "batch size",
    { training: { batchSize, learningRate: Number((learningRate * factor).toPrecision(2)) } },
    `${images} images: ${batchSize} in a step make ${Math.ceil(images / batchSize)} steps an epoch. The learning rate grows with the square root of the batch size.`,
  );
}

/** The speed of a draft: the measured one, or an assumed one. */
export function speedOf(
  { config }: PlanDraft,
  use: BackboneUse,
  measured: TrainingSpeed | null,
): TrainingSpeed {
  if (measured) return measured;
  const { data, neck, training } = config;
  const pixels = (data.imageSize / ASSUMED_SIZE) ** 2;
  const { image, step } = ASSUMED[use];
  const neckFactor = neck.kind === "pyramid" ? PYRAMID_FACTOR[use] : 1;
  return {
    imageSeconds: image * pixels,
    stepSeconds: step * pixels * neckFactor * training.batchSize,
  };
}

/** The minutes that some epochs and copies take. */
export function minutesOf(
  images: number,
  { epochs, copies, batchSize }: Readonly<Record<"epochs" | "copies" | "batchSize", number>>,
  { imageSeconds, stepSeconds }: TrainingSpeed,
): number {
  const features = images * (1 + copies) * imageSeconds;
  const steps = epochs * Math.ceil(images / batchSize) * stepSeconds;
  return (OVERHEAD * (features + steps)) / SECONDS_A_MINUTE;
}

/** The number of epochs for an amount of data. */
export function epochsFor(images: number, batchSize: number, use: BackboneUse): number {
  const byImages = Math.round(
    TUNED_EPOCHS[use] * Math.max(1, TUNED_IMAGES / images) ** EPOCHS_POWER,
  );
  const bySteps = Math.ceil(MIN_STEPS / Math.ceil(images / batchSize));
  return Math.min(MAX_EPOCHS, Math.max(byImages, bySteps));
}

/** The smallest number of epochs that is enough. */
export function enoughEpochs(wanted: number): number {
  return Math.ceil(ENOUGH_EPOCHS * wanted);
}

/** Options of `planSchedule`. */
export interface ScheduleOptions {
  readonly use: BackboneUse;
  readonly speed: TrainingSpeed;
  readonly isMeasured: boolean;
  /** Time that training may take. */
  readonly budget: number;
}

/** Plans copies, epochs, warm-up and averaging. Returns the estimated time. */
export function planSchedule(
  draft: PlanDraft,
  { images, groups, arePatientsKnown }: TrainingStatistics,
  { use, speed, isMeasured, budget }: ScheduleOptions,
): TimeEstimate {
  const { batchSize } = draft.config.training;
  const minutes = (epochs: number, copies: number) =>
    minutesOf(images, { epochs, copies, batchSize }, speed);
  const { copies: tunedCopies } = draft.config.augmentation;
  const wanted = epochsFor(images, batchSize, use);
  let copies = tunedCopies;
  let epochs = wanted;
  while (minutes(epochs, copies) > budget && epochs > enoughEpochs(wanted)) epochs--;
  while (minutes(epochs, copies) > budget && copies > FEWEST_COPIES) copies--;
  while (minutes(epochs, copies) > budget && epochs > FEWEST_EPOCHS) epochs--;
  draft.choose(
    "augmented copies",
    { augmentation: { copies } },
    `The frozen features of ${copies} changed copies of each image are computed once${copies < tunedCopies ? `; ${tunedCopies} would take more than ${budget} minutes` : ""}.`,
  );
  const estimate = minutes(epochs, copies);
  const over =
    estimate > budget ? `, more than the ${budget} that are given: fewer are not useful` : "";
  draft.choose(
    "epochs",
    { training: { epochs } },
    `${images} images need ${wanted} epochs${epochs < wanted ? `; there is time for ${epochs}` : ""}: about ${Math.ceil(estimate)} minutes ${isMeasured ? "on this machine" : "on two slow processor cores"}${over}.`,
  );
  const steps = draft.config.training.epochs * Math.ceil(images / batchSize);
  planAveraging(draft, steps);
  const { holdOut } = draft.config.training;
  draft.choose(
    "validation part",
    { training: { holdOut } },
    `${groups} ${arePatientsKnown ? "patients" : "groups of images that are alike"} to train on: one in ${holdOut} is held out, unless the data set has a validation split.`,
  );
  return {
    minutes: minutes(draft.config.training.epochs, draft.config.augmentation.copies),
    isMeasured,
  };
}

function planAveraging(draft: PlanDraft, steps: number): void {
  const { warmupSteps } = presets.default.training.schedule as { warmupSteps: number };
  const warmup = Math.min(warmupSteps, Math.floor(MAX_WARMUP * steps));
  const tuned = presets.default.training.averageDecay!;
  const decay = Math.min(tuned, 1 - 1 / Math.max(2, MAX_MEMORY * steps));
  draft.choose(
    "warm-up and averaging",
    {
      training: {
        schedule: { kind: "cosine", warmupSteps: warmup },
        averageDecay: Number(decay.toFixed(3)),
      },
    },
    `${steps} steps: ${warmup} of them raise the learning rate, and the averaged weights remember about ${Math.round(1 / (1 - decay))}.`,
  );
}
