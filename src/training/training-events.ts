/** Makes the events of a training run that are more than a step: notices, validations, the end. */
import type { Dataset } from "../data/dataset";
import { apIntervals } from "../metrics/ap-interval";
import { computeMetrics } from "../metrics/metrics";
import type { EndEvent, NoticeEvent, PreparingEvent, ValidationEvent } from "../runs/events";
import type { ImageDetections } from "../types";
import { cellProgress, type ShowProgress } from "../util/running-cell";
import { BEST_METRIC, type BestEpoch } from "./early-stopping";
import { watchedDetections } from "./watched-images";

/** Decimal places of a metric in a sentence. */
const PLACES = 3;

/**
 * What the user has to know about the validation part before training.
 * @returns null when there is nothing to say
 */
export function validationNotice(validation: Dataset | null): NoticeEvent | null {
  if (!validation || validation.boxCount) return null;
  return {
    kind: "notice",
    text:
      `The ${validation.images.length} validation images have no boxes, so that there is no AP: ` +
      "no epoch is saved as the best one, and training does not stop early. " +
      "Choose a validation part with boxes, or train without one.",
  };
}

export interface EpochValidation {
  readonly epoch: number;
  readonly validation: Dataset;
  /** Of all validation images, in pixels of the original images. */
  readonly detections: readonly ImageDetections[];
  readonly classNames: readonly string[];
  /** Seed of the bootstrap. */
  readonly seed: number;
  /** Ids of the watched images. */
  readonly watched: readonly string[];
}

/** Evaluates the validation part after an epoch. */
export function validationEvent(input: EpochValidation): ValidationEvent {
  const { epoch, validation, detections, classNames, seed, watched } = input;
  const groundTruths = validation.groundTruths();
  return {
    kind: "validation",
    epoch,
    metrics: computeMetrics(groundTruths, detections, classNames),
    intervals: apIntervals(groundTruths, detections, { seed }),
    shown: watchedDetections(detections, watched),
  };
}

export interface TrainingEnd {
  /** Number of finished epochs. */
  readonly epoch: number;
  /** Number of epochs of the whole run. */
  readonly epochs: number;
  /** The best epoch when training stopped early, otherwise null. */
  readonly stoppedEarly: BestEpoch | null;
}

/** The last event of a call of `fit`. */
export function endEvent({ epoch, epochs, stoppedEarly }: TrainingEnd): EndEvent {
  if (stoppedEarly) {
    const best = `the ${stoppedEarly.value.toFixed(PLACES)} of epoch ${stoppedEarly.epoch}`;
    const reason = `stopped early: ${BEST_METRIC} has not risen above ${best} since`;
    return { kind: "done", epoch, reason };
  }
  return epoch < epochs
    ? { kind: "stopped", epoch, reason: "it was interrupted; call fit again to go on" }
    : { kind: "done", epoch, reason: `all ${epochs} epochs are done` };
}

/** Does the work of a preparation, and shows its progress in the running cell. */
export async function showPreparation(events: AsyncIterable<PreparingEvent>): Promise<void> {
  const lines = new Map<string, ShowProgress>();
  for await (const { what, done, total } of events) {
    if (!lines.has(what)) lines.set(what, cellProgress(what));
    lines.get(what)!(done, total);
  }
}
