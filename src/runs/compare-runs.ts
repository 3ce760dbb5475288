/** Evaluates several trained detectors on the same images. */
import { existsSync } from "fs";
import { readdir } from "fs/promises";
import { join } from "path";
import type { Dataset } from "../data/dataset";
import { configProblems } from "../detectors/check-config";
import { detectDataset } from "../inference/detect-dataset";
import type { ProgressOptions } from "../inference/progress-options";
import { computeMetrics, type Metrics } from "../metrics/metrics";
import { type SummaryValues, summaryWithoutThreshold } from "../metrics/summary-metrics";
import type { ImageDetections } from "../types";
import { readRunManifest, type RunManifest } from "./run-manifest";
import { loadRun } from "./run-weights";

export interface ComparedRun {
  /** The run folder. */
  readonly path: string;
  readonly manifest: RunManifest;
  readonly detections: readonly ImageDetections[];
  readonly metrics: Metrics;
  /** The summary metrics that need no score threshold. */
  readonly summary: SummaryValues;
}

/**
 * Finds the run folders directly below a folder that can be compared on `part`: they were trained
 * on images of this data set, with the same classes, and on no image of `part`. Runs that another
 * version of this project wrote with other settings are left out.
 * @param folder may be missing
 * @returns paths, sorted by name
 * @throws when a manifest cannot be read as JSON
 * @example
 * const paths = await runsOn(dataset, test, "../runs");
 */
export async function runsOn(dataset: Dataset, part: Dataset, folder: string): Promise<string[]> {
  const ids = new Set(dataset.images.map(({ id }) => id));
  const evaluated = new Set(part.images.map(({ id }) => id));
  const paths: string[] = [];
  for (const name of existsSync(folder) ? (await readdir(folder)).sort() : []) {
    const path = join(folder, name);
    if (!existsSync(join(path, "run.json"))) continue;
    const { config, images, classNames } = await readRunManifest(path);
    if (configProblems(config).length) continue;
    const isSameData =
      classNames.join() === dataset.classNames.join() && images.train.every((id) => ids.has(id));
    if (isSameData && !images.train.some((id) => evaluated.has(id))) paths.push(path);
  }
  return paths;
}

/**
 * Evaluates the last weights of each run on the images of a part, one run after the other.
 * @param paths run folders
 * @param options progress counts the images of all runs together
 * @throws when a run was trained on some of the images, when a run cannot be loaded, and the
 * signal's reason when the signal is aborted
 * @example
 * await show(comparisonTable(await compareRuns(paths, test)));
 */
export async function compareRuns(
  paths: readonly string[],
  part: Dataset,
  { signal, onProgress }: ProgressOptions = {},
): Promise<ComparedRun[]> {
  const runs: ComparedRun[] = [];
  const images = part.images.length;
  for (const path of paths) {
    signal?.throwIfAborted();
    const { detector, manifest } = await loadRun(path);
    try {
      const trained = new Set(manifest.images.train);
      const count = part.images.filter(({ id }) => trained.has(id)).length;
      if (count)
        throw new Error(
          `${path} was trained on ${count} of these images: its metrics would be too good`,
        );
      const detections = await detectDataset(detector, part, {
        signal,
        onProgress: (done) => onProgress?.(runs.length * images + done, paths.length * images),
      });
      const groundTruths = part.groundTruths();
      const metrics = computeMetrics(groundTruths, detections, manifest.classNames);
      const summary = summaryWithoutThreshold(groundTruths, detections);
      runs.push({ path, manifest, detections, metrics, summary });
    } finally {
      detector.dispose();
    }
  }
  return runs;
}
