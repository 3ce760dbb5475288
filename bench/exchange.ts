/**
 * The folder in which both sides of a case find the same inputs, and leave their results to be
 * compared.
 */
import { readFile, writeFile } from "fs/promises";
import { join } from "path";
import type { Config } from "../src/config/index";
import { tf } from "../src/tensor/tensorflow";
import { readSafetensors, writeSafetensors } from "../src/weights/safetensors";
import type { WeightMap } from "../src/weights/weight-map";
import type { Kind } from "./cases";

/** What both sides read; a kind adds what it needs. */
export interface Setup {
  readonly kind: Kind;
  readonly warmUps: number;
  readonly batch: number;
  readonly config: Config;
  readonly classNames: readonly string[];
}

export const EXCHANGED = {
  setup: "setup.json",
  weights: "weights.safetensors",
  inputs: "inputs.safetensors",
  ours: "ours.safetensors",
  reference: "reference.safetensors",
} as const;

export async function writeSetup<T extends Setup>(folder: string, setup: T): Promise<void> {
  await writeFile(join(folder, EXCHANGED.setup), JSON.stringify(setup));
}

/** @typeParam T what the kind adds */
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

export function readTensors(
  folder: string,
  file: "inputs" | "ours" | "reference" | "weights",
): Promise<WeightMap> {
  return readSafetensors(join(folder, EXCHANGED[file]));
}
