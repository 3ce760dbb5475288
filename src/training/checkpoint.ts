/**
 * A checkpoint: everything a training run needs to go on, to the bit, from where it was. It is a
 * safetensors file, which can hold nothing that runs: weights, the optimizer's moments and the
 * averaged weights as tensors, all else as text beside them, under one checksum.
 */
import { createHash } from "crypto";
import { readFile } from "fs/promises";
import { type Config, currentConfig } from "../config/index";
import type { RandomState } from "../util/random";
import { formatSafetensors, parseSafetensors, safetensorsMetadata } from "../weights/safetensors";
import type { WeightMap } from "../weights/weight-map";
import { writeAtomically } from "../util/atomic-write";
import type { TrainingPositionState } from "./training-position";
import type { History } from "../runs/history";
import type { OptimizerState } from "./optimizer";
import type { RunManifest } from "../runs/run-manifest";
import type { WeightAverageState } from "./weight-average";

/** Raised when the meaning of what is kept changes. */
const VERSION = 1;

type Values = Readonly<Record<string, Float32Array>>;

/** Where training stands, in plain values. */
export interface TrainingState extends TrainingPositionState {
  readonly minutes: number;
  readonly random: RandomState;
  readonly history: Pick<History, "steps" | "validations" | "speeds">;
  readonly weights: Values;
  readonly optimizer: OptimizerState;
  readonly average: WeightAverageState | null;
}

/** What a run must share with a checkpoint to go on from it. */
export interface RunIdentity {
  readonly config: Config;
  readonly classNames: readonly string[];
  readonly images: RunManifest["images"];
  /** SHA-256 over images and labels of both parts. */
  readonly dataHash: string;
}

export interface Checkpoint extends RunIdentity, Pick<RunManifest, "data" | "source"> {
  readonly state: TrainingState;
  readonly best: RunManifest["best"];
  readonly software: RunManifest["software"];
}

/** The tensors of a checkpoint, by the part of the state they belong to. */
const PARTS = ["weights", "first", "second", "average"] as const;
type Part = (typeof PARTS)[number];

/**
 * Writes a checkpoint whole or not at all. `shapes` of the weights are kept for whoever looks into
 * the file. Throws when it cannot be written.
 */
export async function writeCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const { state, ...rest } = checkpoint;
  const { weights, optimizer, average, ...place } = state;
  const moments = (index: 0 | 1) =>
    Object.fromEntries(
      Object.entries(optimizer.moments).map(([name, both]) => [name, both[index]]),
    );
  const values: Record<Part, Values> = {
    weights,
    first: moments(0),
    second: moments(1),
    average: average?.averages ?? {},
  };
  const tensors: WeightMap = new Map();
  for (const part of PARTS)
    for (const [name, data] of Object.entries(values[part]))
      tensors.set(`${part}/${name}`, { shape: [...shapes[name]], data });
  const text = JSON.stringify({
    version: VERSION,
    ...rest,
    state: { ...place, optimizerSteps: optimizer.step, averageUpdates: average?.updates ?? null },
  });
  await writeAtomically(
    path,
    formatSafetensors(tensors, { checkpoint: text, sha256: checksum(text, tensors) }),
  );
}

/**
 * Reads a checkpoint. Throws, saying how, when it is damaged or of another version of this
 * project.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await readFile(path);
  const tensors = parseSafetensors(bytes, path);
  const { checkpoint: text = "", sha256 } = safetensorsMetadata(bytes, path);
  if (!text || sha256 !== checksum(text, tensors))
    throw new Error(`${path} is damaged: its checksum does not fit`);
  const { version, state, ...rest } = JSON.parse(text) as StoredText;
  if (version !== VERSION)
    throw new Error(
      `${path} was written by another version of this project (format ${version}, not ${VERSION})`,
    );
  const { optimizerSteps, averageUpdates, ...place } = state;
  const part = (wanted: Part): Record<string, Float32Array> =>
    Object.fromEntries(
      [...tensors]
        .filter(([name]) => name.startsWith(`${wanted}/`))
        .map(([name, { data }]) => [name.slice(wanted.length + 1), data]),
    );
  const [first, second] = [part("first"), part("second")];
  return {
    ...rest,
    config: currentConfig(rest.config) as Config,
    state: {
      ...place,
      weights: part("weights"),
      optimizer: {
        step: optimizerSteps,
        moments: Object.fromEntries(
          Object.keys(first).map((name) => [name, [first[name], second[name]] as const]),
        ),
      },
      average:
        averageUpdates === null ? null : { updates: averageUpdates, averages: part("average") },
    },
  };
}

/** The text beside the tensors. */
type StoredText = Omit<Checkpoint, "state"> & {
  readonly version: number;
  readonly state: Omit<TrainingState, "weights" | "optimizer" | "average"> & {
    readonly optimizerSteps: number;
    readonly averageUpdates: number | null;
  };
};

function checksum(text: string, tensors: WeightMap): string {
  const hash = createHash("sha256").update(text);
  for (const name of [...tensors.keys()].sort()) {
    const { data } = tensors.get(name)!;
    hash.update(name).update(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
