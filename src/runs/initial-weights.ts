/** Starts a training from the weights of another run instead of from random ones. */
import { createHash } from "crypto";
import { readFile } from "fs/promises";
import { existsSync } from "fs";
import { join, resolve } from "path";
import { isSameClassList, placesOf } from "../data/class-names";
import type { Detector } from "../detectors/detector";
import { tf } from "../tensor/tensorflow";
import { expandWeights } from "../weights/compact";
import { readSafetensors } from "../weights/safetensors";
import { requireFinite, type WeightTensor } from "../weights/weight-map";
import { type InitialWeights, readRunManifest, RUN_FILES } from "./run-manifest";

/** Names of the weights whose last axis has an entry for each class. */
const CLASS_WEIGHTS = /(^|\/)classes\/(kernel|bias)$/;

/** Names that a sentence lists. */
const MAX_NAMES = 5;

/**
 * The weights of a run as the start of another training, for its `run.json`.
 * @param run the run folder
 * @throws when the folder holds no run, or no weights
 */
export async function initialWeights(run: string): Promise<InitialWeights> {
  const manifest = await readRunManifest(run);
  const file = join(run, RUN_FILES.last);
  if (!existsSync(file))
    throw new Error(`${run} has no ${RUN_FILES.last}: its training has to end first`);
  const { fingerprints, initial } = manifest;
  const earlier = initial ? initial.fingerprints : [];
  return {
    run: resolve(run),
    sha256: createHash("sha256")
      .update(await readFile(file))
      .digest("hex"),
    fingerprints:
      fingerprints && earlier ? Array.from(new Set([...earlier, ...fingerprints.train])) : null,
  };
}

/**
 * Puts the weights of a run into a detector: those of the same name and shape, and of the class
 * layers the entries of the classes of the same name. All other weights stay as they are.
 * @returns sentences that say what was taken and what is fresh
 * @throws when the weights have changed since `initialWeights`, and when none of them fits
 */
export async function startFrom(
  detector: Detector,
  { run, sha256 }: InitialWeights,
): Promise<string> {
  const file = join(run, RUN_FILES.last);
  if (!existsSync(file))
    throw new Error(`${file}, the start of this training, does not exist any more`);
  if (
    createHash("sha256")
      .update(await readFile(file))
      .digest("hex") !== sha256
  )
    throw new Error(`${file} has changed since the training that started from it`);
  const { classNames } = await readRunManifest(run);
  const weights = expandWeights(await readSafetensors(file));
  const variables = Object.entries(detector.variables());
  const hasClassWeights = variables.some(([name]) => CLASS_WEIGHTS.test(name));
  if (!hasClassWeights && !isSameClassList(detector.classNames, classNames))
    throw new Error(
      `${run} has the classes ${classNames.join(", ")}, and this training has ${detector.classNames.join(", ")}: a detector of this preset can start only from a run with the same classes in the same order`,
    );
  const places = placesOf(detector.classNames, classNames);
  const fresh: string[] = [];
  let taken = 0;
  for (const [name, variable] of variables) {
    const weight = weights.get(name);
    weights.delete(name);
    const data = weight && fitted(name, weight, { variable, places, classes: classNames.length });
    if (!data) fresh.push(name);
    else {
      requireFinite(name, { shape: variable.shape, data });
      const value = tf.tensor(data, variable.shape);
      variable.assign(value);
      value.dispose();
      taken++;
    }
  }
  if (!taken)
    throw new Error(
      `${run}: none of its weights fits this configuration: choose the preset that it was trained with`,
    );
  const known = detector.classNames.filter((_, i) => places[i] !== null);
  const unknown = detector.classNames.filter((_, i) => places[i] === null);
  return [
    `Starts from ${run}: ${taken} of ${variables.length} weights are taken${fresh.length ? `, fresh are ${list(fresh)}` : ""}.`,
    ...(hasClassWeights
      ? [`Classes that are taken: ${list(known) || "none"}; fresh: ${list(unknown) || "none"}.`]
      : []),
    ...(weights.size
      ? [
          `${weights.size} weights of that run have no place in this configuration (${list([...weights.keys()])}).`,
        ]
      : []),
  ].join(" ");
}

/** The values of a weight for a variable; null if they do not fit. */
function fitted(
  name: string,
  { shape, data }: WeightTensor,
  options: {
    readonly variable: tf.Variable;
    readonly places: readonly (number | null)[];
    readonly classes: number;
  },
): Float32Array | null {
  const { variable, places, classes } = options;
  // Other classes: their entries would be those of classes with another meaning.
  if (CLASS_WEIGHTS.test(name) && places.every((place) => place === null)) return null;
  if (
    !CLASS_WEIGHTS.test(name) ||
    shape.at(-1) !== classes ||
    variable.shape.at(-1) !== places.length
  )
    return shape.join() === variable.shape.join() ? Float32Array.from(data) : null;
  if (shape.slice(0, -1).join() !== variable.shape.slice(0, -1).join()) return null;
  const values = variable.dataSync<"float32">().slice();
  for (let row = 0; row < values.length / places.length; row++)
    places.forEach((place, i) => {
      if (place !== null) values[row * places.length + i] = data[row * classes + place];
    });
  return values;
}

function list(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
