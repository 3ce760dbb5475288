/** Saves and loads trained weights, and loads the detector of a run folder. */
import { existsSync } from "fs";
import { join } from "path";
import { checkConfig } from "../detectors/check-config";
import { createDetector } from "../detectors/create-detector";
import type { Detector } from "../detectors/detector";
import { tf } from "../tensor/tensorflow";
import { ZeroRandom } from "../util/random";
import { compactWeights, expandWeights } from "../weights/compact";
import { readSafetensors, writeSafetensors } from "../weights/safetensors";
import { requireFinite, type WeightMap } from "../weights/weight-map";
import { readRunManifest, RUN_FILES, type RunManifest } from "./run-manifest";

/**
 * Writes the trained weights of a detector. Frozen weights are not written, because they are those
 * of the backbone's ImageNet file.
 * @param path of the safetensors file
 * @param options the format
 * @param options.compact writes 8-bit weights, which take a quarter of the space: see
 * `compactWeights`
 * @throws when the file cannot be written
 * @example
 * await saveWeights(detector, "weights.safetensors", { compact: true });
 */
export async function saveWeights(
  detector: Detector,
  path: string,
  { compact = false } = {},
): Promise<void> {
  const weights: WeightMap = new Map();
  for (const [name, variable] of Object.entries(detector.variables())) {
    weights.set(name, { shape: variable.shape, data: await variable.data<"float32">() });
  }
  await writeSafetensors(path, compact ? compactWeights(weights) : weights);
}

/**
 * Loads weights that `saveWeights` wrote into a detector.
 * @throws when a weight is missing, unknown, not finite or of another shape, which means that the
 * weights belong to another configuration
 * @example
 * await loadWeights(detector, "weights.safetensors");
 */
export async function loadWeights(detector: Detector, path: string): Promise<void> {
  const weights = expandWeights(await readSafetensors(path));
  const variables = detector.variables();
  for (const name of weights.keys()) {
    if (!Object.hasOwn(variables, name))
      throw new Error(
        `${path}: holds '${name}', which this configuration's detector does not have`,
      );
  }
  for (const [name, variable] of Object.entries(variables)) {
    const weight = weights.get(name);
    if (!weight)
      throw new Error(`${path}: lacks '${name}', which this configuration's detector has`);
    if (weight.shape.join() !== variable.shape.join()) {
      throw new Error(
        `${path}: '${name}' has the shape [${weight.shape.join(", ")}], but this configuration needs [${variable.shape.join(", ")}]`,
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
 * Creates the detector of a run, with its trained weights. The caller disposes it.
 * @param path the run folder
 * @param which the weights of the last epoch, or of the best validation
 * @throws when the folder holds no run or not these weights, and when another version of this
 * project wrote it with settings that this version does not have
 * @example
 * const { detector, manifest } = await loadRun("../runs/train");
 */
export async function loadRun(
  path: string,
  which: "last" | "best" = "last",
): Promise<{ detector: Detector; manifest: RunManifest }> {
  const manifest = await readRunManifest(path);
  checkConfig(manifest.config, join(path, RUN_FILES.run));
  const weights = join(path, RUN_FILES[which]);
  if (which === "best" && !existsSync(weights))
    throw new Error(
      `${path} has no weights of a best validation: load its last weights, or train with validation images that have boxes`,
    );
  const { config, classNames } = manifest;
  const detector = await createDetector(config, classNames, { random: new ZeroRandom() });
  try {
    await loadWeights(detector, weights);
  } catch (error) {
    detector.dispose();
    throw error;
  }
  return { detector, manifest };
}
