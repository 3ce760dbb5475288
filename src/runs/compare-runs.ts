/** Evaluates several trained detectors on the same images. */
import { existsSync } from "fs";
import { readdir } from "fs/promises";
import { join } from "path";
import type { Dataset } from "../data/dataset";
import { matchClasses } from "../data/match-classes";
import { patientOverlap } from "../data/patient-overlap";
import { RunImages } from "../data/run-images";
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
  /** Whether the detector was trained on these images or patients, and what its classes mean. */
  readonly notes: readonly string[];
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
  const paths: string[] = [];
  for (const name of existsSync(folder) ? (await readdir(folder)).sort() : []) {
    const path = join(folder, name);
    if (!existsSync(join(path, "run.json"))) continue;
    const manifest = await readRunManifest(path);
    const { config, classNames } = manifest;
    if (configProblems(config).length) continue;
    if (classNames.join() !== dataset.classNames.join()) continue;
    const run = await RunImages.of(manifest, dataset);
    const isSameData = run?.trainedIn(dataset).every((image) => image !== null);
    if (isSameData && !part.images.some((image) => run!.has("train", image))) paths.push(path);
  }
  return paths;
}

/** How runs are compared. */
export interface CompareOptions extends ProgressOptions {
  /**
   * The data set that the part belongs to: the patients of its training images are compared with
   * those of the part.
   */
  readonly dataset?: Dataset;
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
  { dataset = part, signal, onProgress }: CompareOptions = {},
): Promise<ComparedRun[]> {
  const runs: ComparedRun[] = [];
  const images = part.images.length;
  for (const path of paths) {
    signal?.throwIfAborted();
    const { detector, manifest } = await loadRun(path);
    try {
      const run = await RunImages.of(manifest, dataset);
      const count = part.images.filter((image) => run?.has("train", image)).length;
      if (count)
        throw new Error(
          `${path} was trained on ${count} of these images: its metrics would be too good`,
        );
      const detections = await detectDataset(detector, part, {
        signal,
        onProgress: (done) => onProgress?.(runs.length * images + done, paths.length * images),
      });
      const matched = matchClasses(part, {
        classNames: manifest.classNames,
        changes: manifest.source?.reading,
      });
      const { classNames } = matched.dataset;
      const groundTruths = matched.dataset.groundTruths();
      const classAware = matched.isClassAware(matched.dataset);
      const classesNote = matched.note(matched.dataset);
      const metrics = computeMetrics(groundTruths, detections, classNames, { classAware });
      const summary = summaryWithoutThreshold(groundTruths, detections, { classAware });
      const notes = [
        patientOverlap(dataset, part, run).text,
        ...(classesNote === null ? [] : [classesNote]),
      ];
      runs.push({ path, manifest, detections, metrics, summary, notes });
    } finally {
      detector.dispose();
    }
  }
  return runs;
}
