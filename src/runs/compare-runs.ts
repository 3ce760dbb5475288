/** Trained detectors side by side, each asked about the same images. */
import { existsSync } from "fs";
import { readdir } from "fs/promises";
import { join } from "path";
import { configProblems } from "../detectors/check-config";
import type { Dataset } from "../data/dataset";
import type { ImageDetections } from "../types";
import { readRunManifest, type RunManifest } from "./run-manifest";
import { loadRun } from "./run-weights";
import { detectDataset } from "../inference/detect-dataset";
import { computeMetrics, Metrics } from "../metrics/metrics";

export interface ComparedRun {
  readonly path: string;
  readonly manifest: RunManifest;
  readonly detections: readonly ImageDetections[];
  readonly metrics: Metrics;
}

/**
 * The run folders directly below a folder that were trained on images of this data set and have
 * never seen `part`, by name; runs of another version of this project are left out. Two data sets
 * are the same here when all training images of the one are in the other, by their ids.
 */
export async function runsOn(dataset: Dataset, part: Dataset, folder: string): Promise<string[]> {
  const ids = new Set(dataset.images.map(({ id }) => id));
  const judged = new Set(part.images.map(({ id }) => id));
  const found: string[] = [];
  for (const name of existsSync(folder) ? (await readdir(folder)).sort() : []) {
    const path = join(folder, name);
    if (!existsSync(join(path, "run.json"))) continue;
    const { config, images, classNames } = await readRunManifest(path);
    if (configProblems(config).length) continue;
    const same = classNames.join() === dataset.classNames.join() && images.train.every((id) => ids.has(id));
    if (same && !images.train.some((id) => judged.has(id))) found.push(path);
  }
  return found;
}

/**
 * Evaluates the last weights of each run on the images of a part, one run after the other. Throws
 * when one saw some of them in training.
 */
export async function compareRuns(paths: readonly string[], part: Dataset): Promise<ComparedRun[]> {
  const compared: ComparedRun[] = [];
  for (const path of paths) {
    const { detector, manifest } = await loadRun(path);
    const trained = new Set(manifest.images.train);
    const seen = part.images.filter(({ id }) => trained.has(id)).length;
    if (seen) throw new Error(`${path} was trained on ${seen} of these images: its figures would be too good`);
    const detections = await detectDataset(detector, part);
    const metrics = computeMetrics(part.groundTruths(), detections, manifest.classNames);
    detector.dispose();
    compared.push({ path, manifest, detections, metrics });
  }
  return compared;
}
