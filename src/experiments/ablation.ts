/**
 * The ablation: what each choice of the presets contributes, on patient-wise folds. A row is a
 * preset with one choice changed, trained with the same seed on the same folds. Every run has its
 * folder, so that an interrupted ablation continues where it stopped.
 */
import { existsSync } from "fs";
import { join } from "path";
import { configure } from "../config/index";
import { contentHash } from "../data/content-hash";
import { createDetector } from "../detectors/create-detector";
import { meanBoxDetections } from "../metrics/mean-box-detections";
import { computeMetrics, type Metrics } from "../metrics/metrics";
import { RUN_FILES } from "../runs/run-manifest";
import { loadWeights } from "../runs/run-weights";
import type { FeatureCache } from "../training/feature-cache";
import { withChannels } from "../training/with-channels";
import { Trainer } from "../training/trainer";
import { OutputFolder } from "../util/output-folder";
import { ABLATION_ROWS, type AblationRow } from "./ablation-rows";
import { type AblationResult, ablationTable } from "./ablation-table";
import { PATIENTS_UNKNOWN } from "../data/patients/assign-patients";
import { withFolderLock } from "../util/folder-lock";
import { once } from "../util/once";
import {
  type ExperimentOptions,
  finishedResult,
  requireTrainedFold,
  runFold,
  validatedOnce,
} from "./fold-run";
import { foldDescription, requireFolds } from "./folds";
import { type Fold, requireSameFold } from "./same-fold";
import { SharedFeatures } from "./shared-features";

/** The file with the table. */
export const ABLATION_TABLE = "ablation.md";

/** What is trained, and where the runs and the table go. */
export interface AblationOptions extends ExperimentOptions {
  /** Default: all. */
  readonly rows?: readonly AblationRow[];
  /** Number of epochs of every row; default: that of its preset. */
  readonly epochs?: number;
  /**
   * Only trains rows: those that evaluate the weights of other rows are left out, and no table is
   * written. Several processes can then train different rows or folds in one folder.
   */
  readonly trainOnly?: boolean;
  /** Reads the results of finished trainings, and trains nothing. */
  readonly finishedOnly?: boolean;
  /** Called when a row is finished on a fold, or was read back. */
  readonly onResult?: (result: AblationResult) => void;
}

/** The results so far. */
export interface Ablation {
  /** False when a training is not finished: the signal stopped it, or nothing was to be trained. */
  readonly isDone: boolean;
  readonly results: readonly AblationResult[];
  /** As Markdown. */
  readonly table: string;
}

/**
 * Trains and evaluates every row on every fold, and writes the table.
 * @throws before anything is computed when a fold does not exist, when a row needs the weights of
 * a row that is neither chosen nor trained, when the folder has an `ablation.md` that this command
 * did not write, when it holds a run of another ablation, and when another process works there
 */
export async function runAblation(options: AblationOptions): Promise<Ablation> {
  return options.trainOnly ? runRows(options) : withFolderLock(options.out, () => runRows(options));
}

/** One training of an ablation. */
export interface AblationTraining {
  readonly row: string;
  readonly fold: number;
  /** The run folder. */
  readonly folder: string;
  readonly isFinished: boolean;
}

/**
 * The trainings of an ablation, without the rows that evaluate the weights of other rows.
 * @throws as `runAblation` does
 */
export async function ablationTrainings(options: AblationOptions): Promise<AblationTraining[]> {
  const { out, folds, rows = ABLATION_ROWS } = options;
  const numbers = requireFolds(options.only, folds);
  const { results } = await runAblation({ ...options, trainOnly: true, finishedOnly: true });
  const trained = rows.filter(({ weightsOf }) => weightsOf === undefined);
  return pairs(trained, numbers).map(([row, fold]) => ({
    ...{ row: row.name, fold, folder: runFolder(out, row, fold) },
    isFinished: results.some((result) => result.row === row.name && result.fold === fold),
  }));
}

async function runRows(options: AblationOptions): Promise<Ablation> {
  const { dataset, folds: count, out, signal, trainOnly = false, finishedOnly = false } = options;
  const numbers = requireFolds(options.only, count);
  const chosen = options.rows ?? ABLATION_ROWS;
  requireWeights(chosen, numbers, out);
  const rows = chosen
    .filter(({ weightsOf }) => !trainOnly || weightsOf === undefined)
    .map((row) => ({
      ...row,
      config: validatedOnce(
        withChannels(configure(row.config, { training: { epochs: options.epochs } }), dataset),
      ),
    }));
  const output = await OutputFolder.open(out, "ablation");
  await output.requireReplaceable([ABLATION_TABLE]);
  const folds = dataset.foldsByPatient(count, { seed: ABLATION_ROWS[0].config.seed });
  const dataHash = once(() => contentHash(dataset.images));
  const runs = pairs(rows, numbers).map(([row, number]) => ({
    ...{ row, number, dataHash },
    folder: runFolder(out, row, number),
    config: row.config,
    fold: folds[number],
    data: foldDescription(dataset, number, count),
  }));
  for (const run of runs) if (run.row.weightsOf === undefined) await requireSameFold(run);
  const results: AblationResult[] = [];
  const features = new SharedFeatures(dataset, options);
  let isDone = true;
  try {
    for (const { row, number: fold, ...run } of runs) {
      const fullRun = {
        ...options,
        ...run,
        features: () => features.of(row.config, run.fold),
      };
      const metrics = await rowMetrics(row, fullRun, finishedOnly);
      isDone &&= metrics !== null && !signal.aborted;
      if (!metrics && finishedOnly) continue;
      if (!metrics) break;
      results.push({ row: row.name, fold, metrics });
      options.onResult?.({ row: row.name, fold, metrics });
    }
  } finally {
    features.dispose();
  }
  const warning = dataset.arePatientsKnown ? "" : `\n${PATIENTS_UNKNOWN}\n`;
  const table = `${ablationTable(results)}${warning}`;
  if (results.length && !trainOnly) await output.write(ABLATION_TABLE, table);
  return { isDone, results, table };
}

type RowRun = Parameters<typeof runFold>[0];

/** Null when the signal stopped it, and when it is not finished and nothing is to be trained. */
async function rowMetrics(
  row: AblationRow,
  run: RowRun,
  finishedOnly: boolean,
): Promise<Metrics | null> {
  if (row.weightsOf === undefined) return finishedOnly ? finishedResult(run) : runFold(run);
  if (finishedOnly && !existsSync(join(run.folder, RUN_FILES.run))) return null;
  await requireTrainedFold(run);
  const features = await run.features();
  return run.signal.aborted ? null : evaluateRow(row, run.folder, run.fold, features);
}

/** Evaluates the trained weights of another row with this row's inference. */
async function evaluateRow(
  row: AblationRow,
  folder: string,
  { train, validation }: Fold,
  features: FeatureCache,
): Promise<Metrics> {
  const detector = await createDetector(row.config, validation.classNames);
  await loadWeights(detector, join(folder, RUN_FILES.last));
  const trainer = new Trainer({ detector, train, validation, features });
  const found = await trainer.detectValidation();
  const detections =
    row.meanBoxScore === undefined
      ? found
      : meanBoxDetections(found, { scoreThreshold: row.meanBoxScore });
  trainer.dispose();
  detector.dispose();
  return computeMetrics(validation.groundTruths(), detections, validation.classNames);
}

/** @throws when a row needs weights that are neither there nor trained before it */
function requireWeights(rows: readonly AblationRow[], folds: readonly number[], out: string): void {
  rows.forEach((row, i) => {
    const { name, weightsOf } = row;
    if (weightsOf === undefined || rows.slice(0, i).some((other) => other.name === weightsOf))
      return;
    if (!folds.every((fold) => existsSync(join(runFolder(out, row, fold), RUN_FILES.last))))
      throw new Error(
        `the row '${name}' evaluates the weights of the row '${weightsOf}': choose that row too`,
      );
  });
}

function pairs<A, B>(first: readonly A[], second: readonly B[]): [A, B][] {
  return first.flatMap((a) => second.map((b): [A, B] => [a, b]));
}

function runFolder(out: string, { name, weightsOf }: AblationRow, fold: number): string {
  const row = (weightsOf ?? name).replace(/[^a-z0-9]+/gi, "-").toLowerCase();
  return join(out, row, `fold-${fold}`);
}
