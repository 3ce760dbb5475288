/** What happened in training, as plain data for checkpoints, files and figures. */
import { currentMetrics } from "../metrics/metrics";
import type { StepEvent, TrainingEvent, ValidationEvent } from "./events";

export type StepRecord = Pick<StepEvent, "epoch" | "losses" | "learningRate" | "gradientNorm"> & {
  /** Counts from 1 over all epochs. */
  readonly globalStep: number;
};

/** A validation. Histories of early versions lack intervals and the watched images (`shown`). */
export type ValidationRecord = Pick<ValidationEvent, "epoch" | "metrics"> &
  Partial<Pick<ValidationEvent, "intervals" | "shown">>;

/** Decimal places of a speed. */
const SPEED_PLACES = 1;

/**
 * The history of a training run.
 * @example
 * const history = await loadHistory("../runs/train");
 * await show(figures.losses(history), figures.validationCurves(history));
 */
export class History {
  /**
   * The last step of this session. It shows where training is and how long it will still take.
   * Files do not hold it.
   */
  latest: StepEvent | null = null;

  /** @param speeds images per second at each step; empty in histories of early versions */
  constructor(
    readonly steps: StepRecord[] = [],
    readonly validations: ValidationRecord[] = [],
    readonly speeds: number[] = [],
  ) {}

  /** The plain data that `JSON.stringify` writes. */
  toJSON(): Pick<History, "steps" | "validations" | "speeds"> {
    return { steps: this.steps, validations: this.validations, speeds: this.speeds };
  }

  /** Records a step or a validation. Other events leave the history as it is. */
  add(event: TrainingEvent): void {
    if (event.kind === "step") {
      const { epoch, losses, learningRate, gradientNorm } = event;
      const globalStep = this.steps.length + 1;
      this.latest = event;
      this.speeds.push(Number(event.imagesPerSecond.toFixed(SPEED_PLACES)));
      this.steps.push({ globalStep, epoch, losses, learningRate, gradientNorm });
    } else if (event.kind === "validation") {
      const { epoch, metrics, intervals, shown } = event;
      this.validations.push({ epoch, metrics, intervals, shown });
    }
  }

  /** The mean of each loss term in each epoch. */
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

/** A stored history, with null for each metric that does not exist: see `currentMetrics`. */
export function currentHistory<T extends Partial<Pick<History, "validations">>>(stored: T): T {
  const validations = stored.validations?.map((validation) => ({
    ...validation,
    metrics: currentMetrics(validation.metrics),
  }));
  return validations ? { ...stored, validations } : stored;
}
