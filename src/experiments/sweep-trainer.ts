/** The trainings of a sweep: trials on folds, each in a run folder of its own. */
import { join } from "path";
import { contentHash } from "../data/content-hash";
import type { Metrics } from "../metrics/metrics";
import { withChannels } from "../training/with-channels";
import { once } from "../util/once";
import type { ExperimentOptions, FoldRunOptions } from "./fold-run";
import { foldDescription } from "./folds";
import { type Fold, requireSameFold } from "./same-fold";
import { SharedFeatures } from "./shared-features";
import type { SweepTrial } from "./sweep-trials";
import { judgedWhenAsked, metricsAfter, trainUntil } from "./train-until";

/** One training of a sweep, in one round. */
export interface SweepTraining {
  readonly trial: SweepTrial;
  /** Counted from 0. */
  readonly fold: number;
  /** Epochs after which it stops and is judged. */
  readonly until: number;
  /** The run folder. */
  readonly folder: string;
}

/** A training that failed, for example because its loss became infinite. */
export interface FailedTraining {
  readonly training: SweepTraining;
  readonly message: string;
}

/** The options of an experiment, and the seed that divides the patients into folds. */
export type SweepTrainerOptions = ExperimentOptions & { readonly seed: number };

/** Trains trials on folds, and reads their results back. */
export class SweepTrainer {
  private readonly folds: readonly Fold[];
  private readonly features: SharedFeatures;
  /** Every fold consists of the same images. */
  private readonly dataHash = once(() => contentHash(this.options.dataset.images));

  constructor(private readonly options: SweepTrainerOptions) {
    const { dataset, folds, seed } = options;
    this.folds = dataset.foldsByPatient(folds, { seed });
    this.features = new SharedFeatures(dataset, options);
  }

  /** The training of a trial on a fold, up to a number of epochs. */
  training(trial: SweepTrial, fold: number, until: number): SweepTraining {
    const folder = join(this.options.out, `trial-${trial.number}`, `fold-${fold}`);
    return { trial, fold, until, folder };
  }

  /** @throws when a run folder holds another training; the message says what differs */
  async requireSame(training: SweepTraining): Promise<void> {
    await requireSameFold(this.runOf(training));
  }

  /** The metrics of a training; null when it has not come so far. */
  async result(training: SweepTraining): Promise<Metrics | null> {
    return metricsAfter(this.runOf(training), training.until);
  }

  /**
   * Trains until the epoch at which it is judged.
   * @returns null when the signal stopped it
   * @throws as `trainUntil` does
   */
  async train(training: SweepTraining): Promise<Metrics | null> {
    return trainUntil(this.runOf(training), training.until);
  }

  /**
   * Runs trainings one after the other, until the signal stops them.
   * @returns why trainings failed
   */
  async trainAll(trainings: readonly SweepTraining[]): Promise<FailedTraining[]> {
    const failed: FailedTraining[] = [];
    for (const training of trainings) {
      if (failed.some((other) => other.training.trial === training.trial)) continue;
      try {
        if (!(await this.train(training))) break;
      } catch (error) {
        failed.push({ training, message: (error as Error).message });
      }
    }
    return failed;
  }

  /** Frees the features that the trainings share. */
  dispose(): void {
    this.features.dispose();
  }

  private runOf({ trial, fold: number, folder }: SweepTraining): FoldRunOptions {
    const { dataset, folds } = this.options;
    const config = judgedWhenAsked(withChannels(trial.config, dataset));
    const fold = this.folds[number];
    return {
      ...this.options,
      ...{ folder, config, fold, dataHash: this.dataHash },
      data: foldDescription(dataset, number, folds),
      features: () => this.features.of(config, fold),
    };
  }
}
