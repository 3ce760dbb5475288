/**
 * Cross-validation: trains on patient-wise folds with several seeds. Every run has its folder, so
 * that an interrupted cross-validation continues where it stopped.
 */
import { join } from "path";
import { configure } from "../config/index";
import { contentHash } from "../data/content-hash";
import type { AutoPlan } from "../planning/auto-plan";
import { once } from "../util/once";
import { firstSeed, foldConfig, type FoldConfig, type FoldSettings } from "./fold-configs";
import { type ExperimentOptions, finishedResult, type FoldResult, runFold } from "./fold-run";
import { foldDescription, requireFolds } from "./folds";
import { requireSameFold } from "./same-fold";
import { SharedFeatures } from "./shared-features";

/** The result of one fold with one seed. */
export interface SeedFoldResult {
  readonly seed: number;
  /** Counted from 0. */
  readonly fold: number;
  readonly result: FoldResult;
}

/** What is trained, and where the runs go. */
export interface CrossValidationOptions extends FoldSettings, ExperimentOptions {
  /** The number of seeds, from the configuration's seed on; default: 1. */
  readonly seeds?: number;
  /** Some of the seeds; default: all. The folds stay the same. */
  readonly onlySeeds?: readonly number[];
  /** Reads the results of finished folds, and trains nothing. */
  readonly finishedOnly?: boolean;
  /** Called with the plan of each fold that is trained, before anything is trained. */
  readonly onPlan?: (fold: number, plan: AutoPlan) => void;
  /** Called when a fold is finished, or was read back. */
  readonly onResult?: (result: SeedFoldResult) => void;
}

/** The results so far. */
export interface CrossValidation {
  /** False when a fold is not finished: the signal stopped it, or nothing was to be trained. */
  readonly isDone: boolean;
  readonly results: readonly SeedFoldResult[];
}

/** The seeds of a cross-validation: `count` numbers from `first` on. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The run folder of one fold with one seed. */
export function foldFolder(out: string, seed: number, fold: number): string {
  return join(out, `seed-${seed}-fold-${fold}`);
}

/**
 * Trains and evaluates on patient-wise folds: each patient is held out once for each seed. Only
 * the last epoch is validated. Plans are made once for each fold, and all seeds use them.
 * @throws before anything is computed when a fold does not exist, when there are fewer patients
 * than folds, and when `out` holds a run of another cross-validation
 */
export async function crossValidate(options: CrossValidationOptions): Promise<CrossValidation> {
  const { dataset, folds: count, seeds = 1, onlySeeds, out, finishedOnly = false } = options;
  const numbers = requireFolds(options.only, count).sort((a, b) => a - b);
  const seed = firstSeed(options);
  // The folds do not change with the seed: otherwise seeds could not be compared.
  const folds = dataset.foldsByPatient(count, { seed });
  // The runs of all folds are compared with these settings. With some of the seeds, other processes
  // may be training the other folds at this moment.
  const compared = onlySeeds ? numbers : folds.keys();
  const configs = new Map<number, FoldConfig>();
  for (const number of compared) {
    const config = await foldConfig(options, folds[number]);
    configs.set(number, config);
    if (config.auto && numbers.includes(number)) options.onPlan?.(number, config.auto);
    if (options.signal.aborted) return { isDone: false, results: [] };
  }
  // Every fold consists of the same images.
  const dataHash = once(() => contentHash(dataset.images));
  const runs = (onlySeeds ?? seedsFrom(seed, seeds)).flatMap((seed) =>
    Array.from(configs, ([number, { config, auto }]) => ({
      ...{ seed, number, fold: folds[number], dataHash, auto },
      folder: foldFolder(out, seed, number),
      config: configure(config, { seed }),
      data: foldDescription(dataset, number, count),
    })),
  );
  for (const run of runs) await requireSameFold(run);
  const chosen = runs.filter(({ number }) => numbers.includes(number));
  const results: SeedFoldResult[] = [];
  const features = new SharedFeatures(dataset, options);
  try {
    for (const { seed, number, ...run } of chosen) {
      const result = finishedOnly
        ? await finishedResult({ ...options, ...run })
        : await runFold({
            ...options,
            ...run,
            features: () => features.of(run.config, run.fold),
          });
      if (!result && finishedOnly) continue;
      if (!result) return { isDone: false, results };
      results.push({ seed, fold: number, result });
      options.onResult?.({ seed, fold: number, result });
    }
  } finally {
    features.dispose();
  }
  return { isDone: results.length === chosen.length, results };
}
