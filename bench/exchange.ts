/**
 * The folder that both sides of a case use: it has their common inputs and receives their results,
 * which are then compared.
 */
import { readFile, writeFile } from "fs/promises";
import { join } from "path";
import type { Config } from "../src/config/index";
import { tf } from "../src/tensor/tensorflow";
import { readSafetensors, writeSafetensors } from "../src/weights/safetensors";
import type { WeightMap } from "../src/weights/weight-map";
import type { Kind } from "./cases";

/** The contents of setup.json. Each kind of case adds its own members. */
export interface Setup {
  readonly kind: Kind;
  readonly warmUps: number;
  readonly batch: number;
  readonly config: Config;
  readonly classNames: readonly string[];
}

/** The names of the files. */
export const EXCHANGED = {
  setup: "setup.json",
  weights: "weights.safetensors",
  inputs: "inputs.safetensors",
  ours: "ours.safetensors",
  reference: "reference.safetensors",
} as const;

/** Writes setup.json. */
export async function writeSetup<T extends Setup>(folder: string, setup: T): Promise<void> {
  await writeFile(join(folder, EXCHANGED.setup), JSON.stringify(setup));
}

/**
 * Reads setup.json.
 * @typeParam T the members that the kind adds
 */
export async function readSetup<T = object>(folder: string): Promise<Setup & T> {
  return JSON.parse(await readFile(join(folder, EXCHANGED.setup), "utf8")) as Setup & T;
}

/** Writes tensors by name and disposes them. */
export async function writeTensors(
  folder: string,
  file: "inputs" | "ours",
  tensors: Readonly<Record<string, tf.Tensor>>,
): Promise<void> {
  const weights: WeightMap = new Map();
  for (const [name, tensor] of Object.entries(tensors)) {
    const data = await tensor.data();
    weights.set(name, { shape: tensor.shape, data: Float32Array.from(data) });
    tensor.dispose();
  }
  await writeSafetensors(join(folder, EXCHANGED[file]), weights);
}

/** Reads tensors by name. */
export function readTensors(
  folder: string,
  file: "inputs" | "ours" | "reference" | "weights",
): Promise<WeightMap> {
  return readSafetensors(join(folder, EXCHANGED[file]));
}
