/**
 * What a training run tells while it runs: `fit` yields these, and the display, the commands and
 * the history read them.
 */
import type { APIntervals } from "../metrics/ap-interval";
import type { Metrics } from "../metrics/metrics";
import type { ImageDetections } from "../types";

export type TrainingEvent = PreparingEvent | StepEvent | ValidationEvent | EndEvent;

/** Images being decoded, or frozen features being computed. */
export interface PreparingEvent {
  readonly kind: "preparing";
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

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
  readonly gradientNorm: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

export interface ValidationEvent {
  readonly kind: "validation";
  readonly epoch: number;
  readonly metrics: Metrics;
  /** By the bootstrap over the validation part's patients. */
  readonly intervals: APIntervals;
  /**
   * What was found on the same few images at every validation; boxes in pixels of the original
   * images.
   */
  readonly shown: readonly ImageDetections[];
}

export interface EndEvent {
  readonly kind: "done" | "stopped";
  /** Epochs that were finished. */
  readonly epoch: number;
  readonly reason: string;
}
