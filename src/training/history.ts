/** What happened in training, as plain data that goes into a checkpoint and into figures. */
import type { StepEvent, TrainingEvent, ValidationEvent } from "./events";

export type StepRecord = Pick<StepEvent, "epoch" | "losses" | "learningRate" | "gradientNorm"> & {
  /** Counted from 1 over all epochs. */
  readonly globalStep: number;
};

export type ValidationRecord = Pick<ValidationEvent, "epoch" | "metrics">;

export class History {
  constructor(
    readonly steps: StepRecord[] = [],
    readonly validations: ValidationRecord[] = [],
  ) {}

  /** Takes up what an event tells; events that leave no trace are let pass. */
  add(event: TrainingEvent): void {
    if (event.kind === "step") {
      const { epoch, losses, learningRate, gradientNorm } = event;
      this.steps.push({ globalStep: this.steps.length + 1, epoch, losses, learningRate, gradientNorm });
    } else if (event.kind === "validation") {
      this.validations.push({ epoch: event.epoch, metrics: event.metrics });
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
