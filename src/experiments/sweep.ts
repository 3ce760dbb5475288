/**
 * A sweep: trials with different settings are judged on patient-wise folds, by successive halving.
 * Every training has its folder, so that an interrupted sweep continues where it stopped.
 */
import type { Metrics } from "../metrics/metrics";
import { requireFolds } from "./folds";
import { ranked, survivorCount, type TrialRound, trialScore } from "./sweep-rounds";
import {
  type FailedTraining,
  SweepTrainer,
  type SweepTrainerOptions,
  type SweepTraining,
} from "./sweep-trainer";
import type { SweepTrial } from "./sweep-trials";

/** What is searched, and where the runs go. */
export interface SweepOptions extends SweepTrainerOptions {
  readonly trials: readonly SweepTrial[];
  /** The number of epochs after each round, at which the trials are judged. */
  readonly epochs: readonly number[];
  /** Of the trials of a round, one in `factor` goes on. */
  readonly factor: number;
  /**
   * Runs trainings, for example at the same time in other processes. Default: one after the other.
   * @returns why trainings failed. Those without a result and without a reason were stopped
   */
  readonly train?: (trainings: readonly SweepTraining[]) => Promise<readonly FailedTraining[]>;
  /** Called when a trial is judged on a fold. */
  readonly onResult?: (training: SweepTraining, metrics: Metrics) => void;
  /** Called when a trial has failed. */
  readonly onFailure?: (failed: FailedTraining) => void;
}

/** A trial, and what became of it. */
export interface TrialResult extends SweepTrial {
  /** The metrics on each fold, after each round that it took part in. */
  readonly rounds: readonly (readonly Metrics[])[];
  /** Why it failed; null when it did not. */
  readonly failure: string | null;
}

/** The results so far. */
export interface Sweep {
  /** False when the signal stopped it. */
  readonly isDone: boolean;
  /** The number of epochs after each round. */
  readonly epochs: readonly number[];
  /** From the best trial to the worst. */
  readonly results: readonly TrialResult[];
}

/**
 * Trains and judges the trials. A trial that fails takes no further part.
 * @throws before anything is computed when a fold does not exist, and when the folder holds a run
 * of another sweep
 */
export async function runSweep(options: SweepOptions): Promise<Sweep> {
  const { trials, epochs, factor } = options;
  const folds = requireFolds(options.only, options.folds);
  const trainer = new SweepTrainer(options);
  try {
    for (const trial of trials)
      for (const fold of folds) await trainer.requireSame(trainer.training(trial, fold, epochs[0]));
    let results = trials.map((trial): TrialResult => ({ ...trial, rounds: [], failure: null }));
    let remaining = trials;
    for (const until of epochs) {
      const trainings = remaining.flatMap((trial) =>
        folds.map((fold) => trainer.training(trial, fold, until)),
      );
      const { judged, failed, isDone } = await trainRound(trainer, trainings, options);
      results = results.map((result) => withRound(result, judged, failed));
      if (!isDone) return { isDone, epochs, results: fromBest(results) };
      const best = ranked(judged).slice(0, survivorCount(judged.length, factor));
      remaining = trials.filter(({ number }) => best.some(({ trial }) => trial === number));
    }
    return { isDone: true, epochs, results: fromBest(results) };
  } finally {
    trainer.dispose();
  }
}

/** The best trial: the first that has taken part in all rounds and has not failed. */
export function bestTrial({ isDone, epochs, results }: Sweep): TrialResult | null {
  const [first] = results;
  return isDone && !first.failure && first.rounds.length === epochs.length ? first : null;
}

/** What a round gave. */
interface Round {
  readonly judged: readonly TrialRound[];
  readonly failed: readonly FailedTraining[];
  /** False when trainings were stopped. */
  readonly isDone: boolean;
}

/** Runs the trainings that have no result yet, and judges the trials of which all have one. */
async function trainRound(
  trainer: SweepTrainer,
  trainings: readonly SweepTraining[],
  { train, onResult, onFailure }: SweepOptions,
): Promise<Round> {
  const unfinished: SweepTraining[] = [];
  for (const training of trainings)
    if (!(await trainer.result(training))) unfinished.push(training);
  const failed = await (train ?? ((all) => trainer.trainAll(all)))(unfinished);
  for (const failure of failed) onFailure?.(failure);
  const judged: TrialRound[] = [];
  let isDone = true;
  for (const trial of new Set(trainings.map((training) => training.trial))) {
    const metrics: Metrics[] = [];
    const ofTrial = trainings.filter((training) => training.trial === trial);
    for (const training of ofTrial) {
      const result = await trainer.result(training);
      if (!result) continue;
      metrics.push(result);
      onResult?.(training, result);
    }
    if (metrics.length === ofTrial.length) judged.push({ trial: trial.number, metrics });
    else isDone &&= failed.some(({ training }) => training.trial === trial);
  }
  return { judged, failed, isDone };
}

/** The result of a trial after one more round, if it took part in it. */
function withRound(
  result: TrialResult,
  judged: readonly TrialRound[],
  failed: readonly FailedTraining[],
): TrialResult {
  const round = judged.find(({ trial }) => trial === result.number);
  const failure = failed.find(({ training }) => training.trial.number === result.number);
  return {
    ...result,
    rounds: round ? [...result.rounds, round.metrics] : result.rounds,
    failure: failure?.message ?? result.failure,
  };
}

/**
 * The trials from the best to the worst: those of more rounds first, then by the metrics of their
 * last round. Trials that failed are the last.
 */
function fromBest(results: readonly TrialResult[]): TrialResult[] {
  const place = ({ failure, rounds }: TrialResult) => (failure === null ? rounds.length : -1);
  const score = ({ rounds }: TrialResult) => trialScore(rounds.at(-1) ?? []) ?? -1;
  return [...results].sort(
    (a, b) => place(b) - place(a) || score(b) - score(a) || a.number - b.number,
  );
}
