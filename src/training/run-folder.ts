/**
 * The folder of one run: checkpoints while it trains, its configuration, weights and history when
 * it has.
 */
import { existsSync } from "fs";
import { mkdir, rm } from "fs/promises";
import { join } from "path";
import { version as nodeVersion } from "process";
import { configDifferences } from "../config/differences";
import { contentHash } from "../data/content-hash";
import type { Dataset } from "../data/dataset";
import { DISCLAIMER } from "../util/disclaimer";
import type { Metrics } from "../metrics/metrics";
import type { Detector } from "../detectors/detector";
import { describeBackend } from "../tensor/tensorflow";
import { writeError, writeAtomically } from "../util/atomic-write";
import { BEST_METRIC, bestMetric } from "./early-stopping";
import {
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
  type RunIdentity,
  type TrainingState,
} from "./checkpoint";
import { byProgress } from "./training-position";
import { requireFiniteWeights } from "./gradient-step";
import type { History } from "../runs/history";
import { RUN_FILES, type RunManifest } from "../runs/run-manifest";
import { saveWeights } from "../runs/run-weights";

/** Written in turns, so that one is sound whatever happens to the other. */
export const CHECKPOINT_FILES = ["checkpoint-0.safetensors", "checkpoint-1.safetensors"] as const;

/** What a run folder needs of a trainer. */
interface Trained {
  readonly detector: Detector;
  readonly history: History;
  readonly epochsDone: number;
  readonly minutes: number;
  readonly train: Dataset;
  readonly validation: Dataset | null;
  state(): TrainingState;
  withAverage<T>(work: () => T | Promise<T>): Promise<T>;
}

export interface FoundCheckpoint {
  readonly state: TrainingState;
  /** What its reader should know, in sentences. */
  readonly notices: readonly string[];
}

export interface RunFolderOptions {
  /**
   * Steps between two checkpoints within an epoch; null (the default) keeps one at the end of each
   * epoch, and when training is stopped.
   */
  readonly checkpointEvery?: number | null;
}

export class RunFolder {
  readonly checkpointEvery: number | null;
  private best: RunManifest["best"] = null;
  /**
   * The checkpoint that is written next; null while those in the folder, if any, may be of another
   * training.
   */
  private next: number | null = null;
  private known: Promise<RunIdentity> | null = null;

  /**
   * @param path made when it does not exist
   * @param data told in `run.json`: where the images came from and how they were parted
   */
  constructor(
    readonly path: string,
    private readonly data: string,
    { checkpointEvery = null }: RunFolderOptions = {},
  ) {
    this.checkpointEvery = checkpointEvery;
  }

  /**
   * The checkpoint to go on from; null when there is none. A damaged one is passed over for the one
   * before. Throws, saying what differs, when it is of another configuration or of other data, and
   * when none is sound.
   */
  async findCheckpoint(trained: Trained): Promise<FoundCheckpoint | null> {
    const newest = await newestCheckpoint(this.path);
    if (!newest) return null;
    const { index, checkpoint, damaged } = newest;
    const differences = describeDifferences(checkpoint, await this.identity(trained));
    if (differences.length)
      throw new Error(
        `${join(this.path, CHECKPOINT_FILES[index])} is of another training:\n${differences.join("\n")}\nTo train as it is here, ${advice(this.path)}`,
      );
    this.next = 1 - index;
    this.best = checkpoint.best;
    const notices = damaged.map((text) => `${text}. The checkpoint before it is sound.`);
    const here = software();
    for (const [name, version] of Object.entries(checkpoint.software))
      if (here[name] !== version)
        notices.push(
          `The checkpoint was written under ${version}, this is ${here[name]}: last digits may differ.`,
        );
    return { state: checkpoint.state, notices };
  }

  /**
   * Makes the folder and writes a first checkpoint, so that a folder that can't be written to stops
   * training before it starts. Throws also when the folder holds checkpoints that this training
   * does not go on from.
   */
  async begin(trained: Trained): Promise<void> {
    await this.makeFolder();
    const unfinished = CHECKPOINT_FILES.some((file) => existsSync(join(this.path, file)));
    if (this.next === null && unfinished)
      throw new Error(
        `${this.path} holds an unfinished training: go on with it (npm run train -- --resume --out ${this.path}, or trainer.resume() in a notebook), or ${advice(this.path)}`,
      );
    this.next ??= 0;
    await this.saveCheckpoint(trained);
  }

  /**
   * Keeps all that is needed to go on from here. Throws when it cannot be written; the checkpoint
   * before it is then still there.
   */
  async saveCheckpoint(trained: Trained): Promise<void> {
    const { detector } = trained;
    requireFiniteWeights(detector.variables());
    const shapes = Object.fromEntries(
      Object.entries(detector.variables()).map(([name, { shape }]) => [name, shape] as const),
    );
    const index = this.next ?? 0;
    const checkpoint = {
      ...(await this.identity(trained)),
      ...this.origin(trained),
      best: this.best,
      software: software(),
      state: trained.state(),
    };
    await writeCheckpoint(join(this.path, CHECKPOINT_FILES[index]), checkpoint, shapes);
    this.next = 1 - index;
  }

  /**
   * Keeps averaged weights, configuration and history after an epoch, also as the best when its
   * class-agnostic AP is; then a checkpoint.
   */
  async saveEpoch(trained: Trained, metrics: Metrics | null): Promise<void> {
    await this.makeFolder();
    const { detector, history, epochsDone } = trained;
    requireFiniteWeights(detector.variables());
    await trained.withAverage(async () => {
      await saveWeights(detector, join(this.path, RUN_FILES.last));
      const value = metrics && bestMetric(metrics);
      if (value !== null && (!this.best || value > this.best.value)) {
        this.best = { epoch: epochsDone, metric: BEST_METRIC, value };
        await saveWeights(detector, join(this.path, RUN_FILES.best));
      }
    });
    const manifest: RunManifest = {
      ...(await this.identity(trained)),
      ...this.origin(trained),
      software: software(),
      epochs: epochsDone,
      minutes: trained.minutes,
      best: this.best,
    };
    await this.writeJson(RUN_FILES.run, { notice: DISCLAIMER, ...manifest });
    await this.writeJson(RUN_FILES.history, history);
    await this.saveCheckpoint(trained);
  }

  /** Removes the checkpoints of a training that is done. */
  async finish(): Promise<void> {
    for (const file of CHECKPOINT_FILES) await rm(join(this.path, file), { force: true });
  }

  /** Writes any further result beside them, whole or not at all. */
  async writeJson(file: string, value: unknown): Promise<void> {
    await this.makeFolder();
    await writeAtomically(join(this.path, file), `${JSON.stringify(value, null, 2)}\n`);
  }

  private async makeFolder(): Promise<void> {
    await mkdir(this.path, { recursive: true }).catch((error: unknown) => {
      throw writeError(this.path, error);
    });
  }

  private identity({ detector, train, validation }: Trained): Promise<RunIdentity> {
    const ids = (part: Dataset | null) => part?.images.map(({ id }) => id) ?? [];
    this.known ??= contentHash([...train.images, ...(validation?.images ?? [])]).then(
      (dataHash) => ({
        config: detector.config,
        classNames: detector.classNames,
        images: { train: ids(train), validation: ids(validation) },
        dataHash,
      }),
    );
    return this.known;
  }

  private origin({
    train: { root, patientPattern, formatChoice },
  }: Trained): Pick<RunManifest, "data" | "source"> {
    const patients = patientPattern?.source ?? null;
    const reading = formatChoice ? { reading: formatChoice } : {};
    return { data: this.data, source: { folder: root, patients, ...reading } };
  }
}

/**
 * The furthest sound checkpoint in a run folder, and what is wrong with the others; null when there
 * is none at all. Throws when there are some and none is sound.
 */
export async function newestCheckpoint(
  folder: string,
): Promise<{ index: number; checkpoint: Checkpoint; damaged: readonly string[] } | null> {
  const sound: { index: number; checkpoint: Checkpoint }[] = [];
  const damaged: string[] = [];
  for (const [index, file] of CHECKPOINT_FILES.entries()) {
    const path = join(folder, file);
    if (!existsSync(path)) continue;
    try {
      sound.push({ index, checkpoint: await readCheckpoint(path) });
    } catch (error) {
      damaged.push((error as Error).message);
    }
  }
  if (!sound.length) {
    if (damaged.length)
      throw new Error(`${damaged.join("\n")}\nNo sound checkpoint is left: ${advice(folder)}`);
    return null;
  }
  sound.sort((a, b) => byProgress(b.checkpoint.state, a.checkpoint.state));
  return { ...sound[0], damaged };
}

function advice(folder: string): string {
  return `name another run folder, or remove ${CHECKPOINT_FILES.join(" and ")} in ${folder}`;
}

function software(): RunManifest["software"] {
  return { node: nodeVersion, tensorflow: describeBackend() };
}

/** In what two trainings differ, in sentences; empty when one can go on as the other. */
function describeDifferences(there: RunIdentity, here: RunIdentity): string[] {
  const sentences = configDifferences([there.config, here.config]).map(
    ({ field, values }) =>
      `${field} is ${values[0] || "not set"} there and ${values[1] || "not set"} here`,
  );
  if (there.classNames.join() !== here.classNames.join())
    sentences.push(
      `the classes are ${there.classNames.join(", ")} there and ${here.classNames.join(", ")} here`,
    );
  for (const part of ["train", "validation"] as const) {
    const [a, b] = [there.images[part], here.images[part]];
    if (a.join("\n") === b.join("\n")) continue;
    const [onlyThere, onlyHere] = [
      a.filter((id) => !b.includes(id)),
      b.filter((id) => !a.includes(id)),
    ];
    const some = [...onlyThere, ...onlyHere].slice(0, 3).join(", ");
    const what = some
      ? `${onlyThere.length} are only there, ${onlyHere.length} only here (${some})`
      : "in other order";
    sentences.push(`the ${part} images are others: ${a.length} there, ${b.length} here; ${what}`);
  }
  if (!sentences.length && there.dataHash !== here.dataHash)
    sentences.push("images or labels have changed since: their SHA-256 is another");
  return sentences;
}
