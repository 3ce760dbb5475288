/** What happened in training, as plain data that goes into a checkpoint and into figures. */
import type { StepEvent, TrainingEvent, ValidationEvent } from "./events";

export type StepRecord = Pick<StepEvent, "epoch" | "losses" | "learningRate" | "gradientNorm"> & {
  /** Counted from 1 over all epochs. */
  readonly globalStep: number;
};

/** Intervals and shown images are not in the histories of early versions. */
export type ValidationRecord = Pick<ValidationEvent, "epoch" | "metrics"> &
  Partial<Pick<ValidationEvent, "intervals" | "shown">>;

/** Places after the point of a speed. */
const SPEED_PLACES = 1;

export class History {
  /**
   * The last step of this session: where training stands and how long it still takes. Not kept in
   * files.
   */
  latest: StepEvent | null = null;

  /** @param speeds images per second at each step; empty where they were not kept */
  constructor(
    readonly steps: StepRecord[] = [],
    readonly validations: ValidationRecord[] = [],
    readonly speeds: number[] = [],
  ) {}

  /** What `JSON.stringify` writes. */
  toJSON(): Pick<History, "steps" | "validations" | "speeds"> {
    return { steps: this.steps, validations: this.validations, speeds: this.speeds };
  }

  /** Takes up what an event tells; events that leave no trace are let pass. */
  add(event: TrainingEvent): void {
    if (event.kind === "step") {
      const { epoch, losses, learningRate, gradientNorm } = event;
      this.latest = event;
      this.speeds.push(Number(event.imagesPerSecond.toFixed(SPEED_PLACES)));
      this.steps.push({ globalStep: this.steps.length + 1, epoch, losses, learningRate, gradientNorm });
    } else if (event.kind === "validation") {
      const { epoch, metrics, intervals, shown } = event;
      this.validations.push({ epoch, metrics, intervals, shown });
    }
  }

  /** The mean of each loss term in each epoch: `[{ epoch, losses }]`. */
  epochs(): { epoch: number; losses: Record<string, number> }[] {
    const byEpoch = new Map<number, StepRecord[]>();
    for (const step of this.steps) {
      if (!byEpoch.has(step.epoch)) byEpoch.set(step.epoch, []);
      byEpoch.get(step.epoch)!.push(step);
    }
    return Array.from(byEpoch, ([epoch, steps]) => ({
      epoch,
      losses: Object.fromEntries(
        Object.keys(steps[0].losses).map((term) => [
          term,
          steps.reduce((sum, step) => sum + step.losses[term], 0) / steps.length,
        ]),
      ),
    }));
  }
}
