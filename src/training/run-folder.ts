/**
 * The folder of one run. It holds checkpoints while the run trains, and after each epoch the
 * configuration, the weights and the history.
 */
import { existsSync } from "fs";
import { rm } from "fs/promises";
import { join } from "path";
import { version as nodeVersion } from "process";
import { patientChoiceText } from "../data/patients/choice";
import type { Metrics } from "../metrics/metrics";
import type { History } from "../runs/history";
import {
  CHECKPOINT_FILES,
  type InitialWeights,
  RUN_FILES,
  type RunManifest,
} from "../runs/run-manifest";
import { saveWeights } from "../runs/run-weights";
import { describeBackend } from "../tensor/tensorflow";
import { writeAtomically } from "../util/atomic-write";
import { makeFolder } from "../util/make-folder";
import { DISCLAIMER } from "../util/disclaimer";
import { lockFolder } from "../util/folder-lock";
import { PROJECT_VERSION } from "../util/version";
import { type Checkpoint, readCheckpoint, type TrainingState, writeCheckpoint } from "./checkpoint";
import { BEST_METRIC, bestMetric } from "./early-stopping";
import { requireFiniteWeights } from "./gradient-step";
import {
  describeDifferences,
  type IdentifiedRun,
  identityOf,
  type RunIdentity,
} from "./run-identity";
import { byProgress } from "./training-position";

/** What a run folder needs of a trainer. */
export interface TrainedRun extends IdentifiedRun {
  readonly history: History;
  readonly epochsDone: number;
  readonly minutes: number;
  /** Everything that a checkpoint contains. */
  state(): TrainingState;
  /** Runs a function while the detector has the averaged weights. */
  withAverage<T>(work: () => T | Promise<T>): Promise<T>;
}

export interface FoundCheckpoint {
  readonly state: TrainingState;
  /** Sentences for the user, such as about a damaged checkpoint. */
  readonly notices: readonly string[];
}

export interface RunFolderOptions {
  /**
   * Number of steps between two checkpoints within an epoch. Null (the default) writes one at the
   * end of each epoch only, and when training is interrupted.
   */
  readonly checkpointEvery?: number | null;
  /** The weights that the training starts from, if they are those of another run. */
  readonly initial?: InitialWeights | null;
}

/**
 * The folder of one run. All its files are written atomically.
 * @example
 * const runFolder = new RunFolder("../runs/mine", "The sample, split by patient.");
 * const trainer = new Trainer({ detector, train, validation, runFolder });
 */
export class RunFolder {
  readonly checkpointEvery: number | null;
  private readonly initial: InitialWeights | null;
  private best: RunManifest["best"] = null;
  /**
   * Index of the checkpoint file that is written next. Null while checkpoints in the folder may
   * belong to another training.
   */
  private next: number | null = null;
  private identity: Promise<RunIdentity> | null = null;

  /**
   * @param path of the folder; it is made when needed
   * @param data where the images came from and how they were split, for `run.json`
   * @param options when checkpoints are written
   */
  constructor(
    readonly path: string,
    private readonly data: string,
    { checkpointEvery = null, initial = null }: RunFolderOptions = {},
  ) {
    this.checkpointEvery = checkpointEvery;
    this.initial = initial;
  }

  /**
   * Finds the checkpoint to go on from. When the newest checkpoint is damaged, it is the one
   * before.
   * @returns null when there are no checkpoints
   * @throws when the checkpoint belongs to another configuration or to other data, and when all
   * checkpoints are damaged
   */
  async findCheckpoint(run: TrainedRun): Promise<FoundCheckpoint | null> {
    const newest = await newestCheckpoint(this.path);
    if (!newest) return null;
    const { index, checkpoint, damaged } = newest;
    const differences = describeDifferences(checkpoint, await this.identityOf(run));
    if (differences.length)
      throw new Error(
        `${join(this.path, CHECKPOINT_FILES[index])} belongs to another training:\n${differences.join("\n")}\nTo train with the settings and data of this one, ${advice(this.path)}`,
      );
    this.next = 1 - index;
    this.best = checkpoint.best;
    const notices = damaged.map((text) => `${text}. The checkpoint before it is complete.`);
    notices.push(...softwareNotices("The checkpoint", checkpoint));
    return { state: checkpoint.state, notices };
  }

  /**
   * Makes the folder and writes a first checkpoint, so that training does not start when the folder
   * cannot be written to.
   * @throws when the folder cannot be written to, and when it holds checkpoints of another training
   */
  async begin(run: TrainedRun): Promise<void> {
    makeFolder(this.path);
    const hasCheckpoints = CHECKPOINT_FILES.some((file) => existsSync(join(this.path, file)));
    if (this.next === null && hasCheckpoints)
      throw new Error(
        `${this.path} holds an unfinished training: go on with it (npm run train -- --resume --out ${this.path}, or trainer.resume() in a notebook), or ${advice(this.path)}`,
      );
    this.next ??= 0;
    await this.saveCheckpoint(run);
  }

  /**
   * Writes a checkpoint in place of the older one.
   * @throws when a weight is not finite, and when the file cannot be written; the newer checkpoint
   * then stays
   */
  async saveCheckpoint(run: TrainedRun): Promise<void> {
    const variables = run.detector.variables();
    requireFiniteWeights(variables);
    const shapes = Object.fromEntries(
      Object.entries(variables).map(([name, { shape }]) => [name, shape] as const),
    );
    const index = this.next ?? 0;
    const checkpoint = {
      ...(await this.identityOf(run)),
      ...this.origin(run),
      best: this.best,
      software: software(),
      state: run.state(),
    };
    await writeCheckpoint(join(this.path, CHECKPOINT_FILES[index]), checkpoint, shapes);
    this.next = 1 - index;
  }

  /**
   * Saves the averaged weights, the configuration and the history after an epoch, then a
   * checkpoint. Saves the weights also as the best ones when the class-agnostic AP is the highest
   * so far.
   * @param metrics of this epoch; null when it was not validated
   * @throws as `saveCheckpoint` does
   */
  async saveEpoch(run: TrainedRun, metrics: Metrics | null): Promise<void> {
    makeFolder(this.path);
    const { detector, history, epochsDone } = run;
    requireFiniteWeights(detector.variables());
    await run.withAverage(async () => {
      await saveWeights(detector, join(this.path, RUN_FILES.last));
      const value = metrics && bestMetric(metrics);
      if (value !== null && (!this.best || value > this.best.value)) {
        this.best = { epoch: epochsDone, metric: BEST_METRIC, value };
        await saveWeights(detector, join(this.path, RUN_FILES.best));
      }
    });
    const manifest: RunManifest = {
      ...(await this.identityOf(run)),
      ...this.origin(run),
      software: software(),
      epochs: epochsDone,
      minutes: run.minutes,
      best: this.best,
    };
    await this.writeJson(RUN_FILES.run, { notice: DISCLAIMER, ...manifest });
    await this.writeJson(RUN_FILES.history, history);
    await this.saveCheckpoint(run);
  }

  /**
   * Locks the folder: see `lockFolder`.
   * @returns releases the lock
   * @throws when another process works in the folder
   */
  async lock(): Promise<() => void> {
    return lockFolder(this.path);
  }

  /** Removes the checkpoints when training is done. */
  async finish(): Promise<void> {
    for (const file of CHECKPOINT_FILES) await rm(join(this.path, file), { force: true });
  }

  /**
   * Writes another result into the folder, atomically.
   * @param file its name
   * @param value anything that `JSON.stringify` accepts
   * @throws when the file cannot be written
   */
  async writeJson(file: string, value: unknown): Promise<void> {
    makeFolder(this.path);
    await writeAtomically(join(this.path, file), `${JSON.stringify(value, null, 2)}\n`);
  }

  private identityOf(run: IdentifiedRun): Promise<RunIdentity> {
    return (this.identity ??= identityOf(run));
  }

  private origin({ train }: IdentifiedRun): Pick<RunManifest, "data" | "source" | "initial"> {
    const { root, patientChoice, formatChoice, channelNames } = train;
    const patients = patientChoice === undefined ? null : patientChoiceText(patientChoice);
    const reading = formatChoice ? { reading: formatChoice } : {};
    const initial = this.initial ? { initial: this.initial } : {};
    const named = channelNames.length ? { channelNames } : {};
    const source = { folder: root, patients, ...reading, ...named };
    return { data: this.data, source, ...initial };
  }
}

export interface NewestCheckpoint {
  /** Index into `CHECKPOINT_FILES`. */
  readonly index: number;
  readonly checkpoint: Checkpoint;
  /** What is wrong with the other files. */
  readonly damaged: readonly string[];
}

/**
 * Finds the checkpoint of a run folder that got furthest.
 * @returns null when there are no checkpoints
 * @throws when there are checkpoints, and all are damaged
 */
export async function newestCheckpoint(folder: string): Promise<NewestCheckpoint | null> {
  const complete: { index: number; checkpoint: Checkpoint }[] = [];
  const damaged: string[] = [];
  for (const [index, file] of CHECKPOINT_FILES.entries()) {
    const path = join(folder, file);
    if (!existsSync(path)) continue;
    try {
      complete.push({ index, checkpoint: await readCheckpoint(path) });
    } catch (error) {
      damaged.push((error as Error).message);
    }
  }
  if (!complete.length) {
    if (damaged.length)
      throw new Error(`${damaged.join("\n")}\nNo complete checkpoint is left: ${advice(folder)}`);
    return null;
  }
  complete.sort((a, b) => byProgress(b.checkpoint.state, a.checkpoint.state));
  return { ...complete[0], damaged };
}

/** What to do instead of going on with a checkpoint. */
function advice(folder: string): string {
  return `name another run folder, or remove ${CHECKPOINT_FILES.join(" and ")} in ${folder}`;
}

/** The versions that decide what a training computes. */
function software(): RunManifest["software"] {
  return { project: PROJECT_VERSION, node: nodeVersion, tensorflow: describeBackend() };
}

/**
 * Sentences about the versions that have changed since a training.
 * @param what the run or the checkpoint, as the subject of the sentences
 * @param recorded the versions of the training; early runs record fewer
 */
export function softwareNotices(
  what: string,
  recorded: Pick<RunManifest, "software">,
): readonly string[] {
  const current = software();
  return Object.entries(recorded.software)
    .filter(([name, version]) => current[name] !== version)
    .map(
      ([name, version]) =>
        `${what} was written under ${version}, but this is ${current[name]}: last digits may differ.`,
    );
}
