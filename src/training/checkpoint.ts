/**
 * Checkpoints: everything that a training run needs to go on with the same bits. A checkpoint is a
 * safetensors file, so that it cannot contain code. Weights, moments of the optimizer and averaged
 * weights are tensors; everything else is text beside them. One checksum covers both.
 */
import { createHash } from "crypto";
import { type Config, currentConfig } from "../config/index";
import { currentHistory, type History } from "../runs/history";
import { currentBest, type RunManifest } from "../runs/run-manifest";
import { writeAtomically } from "../util/atomic-write";
import type { RandomState } from "../util/random";
import { readRegularFile } from "../util/regular-file";
import { formatSafetensors, parseSafetensors, safetensorsMetadata } from "../weights/safetensors";
import type { WeightMap } from "../weights/weight-map";
import type { OptimizerState } from "./optimizer";
import type { RunIdentity } from "./run-identity";
import type { TrainingPositionState } from "./training-position";
import type { WeightAverageState } from "./weight-average";

/** The version of the format. Raise it when the meaning of the contents changes. */
const VERSION = 1;

type Values = Readonly<Record<string, Float32Array>>;

/** The state of a training run as plain values. */
export interface TrainingState extends TrainingPositionState {
  readonly minutes: number;
  readonly random: RandomState;
  readonly history: Pick<History, "steps" | "validations" | "speeds">;
  readonly weights: Values;
  readonly optimizer: OptimizerState;
  readonly average: WeightAverageState | null;
}

/** The contents of a checkpoint. */
export interface Checkpoint extends RunIdentity, Pick<RunManifest, "data" | "source" | "initial"> {
  readonly state: TrainingState;
  readonly best: RunManifest["best"];
  readonly software: RunManifest["software"];
}

/** The parts of the state that are stored as tensors. */
const PARTS = ["weights", "first", "second", "average"] as const;
type Part = (typeof PARTS)[number];

/**
 * Writes a checkpoint atomically: a reader never finds an incomplete file.
 * @param shapes of the weights, so that the tensors in the file have them
 * @throws when the file cannot be written
 */
export async function writeCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const { state, ...rest } = checkpoint;
  const { weights, optimizer, average, ...plain } = state;
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
    state: { ...plain, optimizerSteps: optimizer.step, averageUpdates: average?.updates ?? null },
  });
  await writeAtomically(
    path,
    formatSafetensors(tensors, { checkpoint: text, sha256: checksum(text, tensors) }),
  );
}

/**
 * Reads a checkpoint.
 * @throws when the file is damaged, and when another version of this project wrote it in another
 * format
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await readRegularFile(path);
  const tensors = parseSafetensors(bytes, path);
  const { checkpoint: text = "", sha256 } = safetensorsMetadata(bytes, path);
  if (!text || sha256 !== checksum(text, tensors))
    throw new Error(`${path} is damaged: its checksum is wrong`);
  const { version, state, ...rest } = JSON.parse(text) as StoredText;
  if (version !== VERSION)
    throw new Error(
      `${path} was written by another version of this project (format ${version}, not ${VERSION})`,
    );
  const { optimizerSteps, averageUpdates, ...plain } = state;
  const tensorsOf = (part: Part): Record<string, Float32Array> =>
    Object.fromEntries(
      [...tensors]
        .filter(([name]) => name.startsWith(`${part}/`))
        .map(([name, { data }]) => [name.slice(part.length + 1), data]),
    );
  const [first, second] = [tensorsOf("first"), tensorsOf("second")];
  return {
    ...rest,
    config: currentConfig(rest.config) as Config,
    best: currentBest(rest.best),
    state: {
      ...plain,
      history: currentHistory(plain.history),
      weights: tensorsOf("weights"),
      optimizer: {
        step: optimizerSteps,
        moments: Object.fromEntries(
          Object.keys(first).map((name) => [name, [first[name], second[name]] as const]),
        ),
      },
      average:
        averageUpdates === null
          ? null
          : { updates: averageUpdates, averages: tensorsOf("average") },
    },
  };
}

/** The text beside the tensors, parsed. */
type StoredText = Omit<Checkpoint, "state"> & {
  readonly version: number;
  readonly state: Omit<TrainingState, "weights" | "optimizer" | "average"> & {
    readonly optimizerSteps: number;
    readonly averageUpdates: number | null;
  };
};

/** SHA-256 over the text and all tensors, sorted by name. */
function checksum(text: string, tensors: WeightMap): string {
  const hash = createHash("sha256").update(text);
  for (const name of [...tensors.keys()].sort()) {
    const { data } = tensors.get(name)!;
    hash.update(name).update(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
