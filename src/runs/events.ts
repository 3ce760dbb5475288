/**
 * The events that a training run yields while it trains. The display, the commands and the history
 * read them.
 */
import type { APIntervals } from "../metrics/ap-interval";
import type { Metrics } from "../metrics/metrics";
import type { ImageDetections } from "../types";

export type TrainingEvent = NoticeEvent | PreparingEvent | StepEvent | ValidationEvent | EndEvent;

/** Something that the user has to know before training starts. */
export interface NoticeEvent {
  readonly kind: "notice";
  /** Sentences for people to read. */
  readonly text: string;
}

/** Images are being decoded, or frozen features computed. The last event has `done === total`. */
export interface PreparingEvent {
  readonly kind: "preparing";
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

/** One training step is done. */
export interface StepEvent {
  readonly kind: "step";
  /** Epochs and steps count from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Within the epoch. */
  readonly step: number;
  readonly steps: number;
  /** Weighted terms by name, and their sum `total`. */
  readonly losses: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

/** The validation part has been evaluated. */
export interface ValidationEvent {
  readonly kind: "validation";
  readonly epoch: number;
  readonly metrics: Metrics;
  /** From the bootstrap over the patients of the validation part. */
  readonly intervals: APIntervals;
  /** Detections of the watched images: the same few images at every validation. */
  readonly shown: readonly ImageDetections[];
}

/** Training is over, or was interrupted. */
export interface EndEvent {
  readonly kind: "done" | "stopped";
  /** Number of finished epochs. */
  readonly epoch: number;
  readonly reason: string;
}
