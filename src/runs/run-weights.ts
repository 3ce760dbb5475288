/** Trained weights to files and back, and the detector that a run folder holds. */
import { join } from "path";
import { checkConfig } from "../detectors/check-config";
import { createDetector } from "../detectors/create-detector";
import type { Detector } from "../detectors/detector";
import { tf } from "../tensor/tensorflow";
import { compactWeights, expandWeights } from "../weights/compact";
import { readSafetensors, writeSafetensors } from "../weights/safetensors";
import { requireFinite, type WeightMap } from "../weights/weight-map";
import { readRunManifest, RUN_FILES, type RunManifest } from "./run-manifest";

/**
 * Writes a detector's trained weights; the frozen ones are everybody's and stay where they are.
 * @param options.compact in a quarter of the space, as `compactWeights` has it
 */
export async function saveWeights(detector: Detector, path: string, { compact = false } = {}): Promise<void> {
  const weights: WeightMap = new Map();
  for (const [name, variable] of Object.entries(detector.variables())) {
    weights.set(name, { shape: variable.shape, data: await variable.data<"float32">() });
  }
  await writeSafetensors(path, compact ? compactWeights(weights) : weights);
}

/**
 * Puts weights of `saveWeights` into a detector. Throws, naming the weight, when they belong to
 * another configuration.
 */
export async function loadWeights(detector: Detector, path: string): Promise<void> {
  const weights = expandWeights(await readSafetensors(path));
  const variables = detector.variables();
  for (const name of weights.keys()) {
    if (!Object.hasOwn(variables, name))
      throw new Error(`${path}: holds '${name}', which this configuration's detector does not have`);
  }
  for (const [name, variable] of Object.entries(variables)) {
    const weight = weights.get(name);
    if (!weight) throw new Error(`${path}: lacks '${name}', which this configuration's detector has`);
    if (weight.shape.join() !== variable.shape.join()) {
      throw new Error(
        `${path}: '${name}' is [${weight.shape.join(", ")}], the configuration wants [${variable.shape.join(", ")}]`,
      );
    }
    try {
      requireFinite(name, weight);
    } catch (error) {
      throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
    }
    const value = tf.tensor(weight.data, variable.shape);
    variable.assign(value);
    value.dispose();
  }
}

/**
 * The detector of a run, with the weights of its last epoch or of its best validation; the caller
 * disposes it. Throws when the run was made by a version of this project with another
 * configuration, since its figures could not be had again.
 */
export async function loadRun(
  path: string,
  which: "last" | "best" = "last",
): Promise<{ detector: Detector; manifest: RunManifest }> {
  const manifest = await readRunManifest(path);
  checkConfig(manifest.config, join(path, RUN_FILES.run));
  const detector = await createDetector(manifest.config, manifest.classNames);
  await loadWeights(detector, join(path, RUN_FILES[which]));
  return { detector, manifest };
}
