/** What a training is: its configuration and its images, for a new, a resumed or a repeated run. */
import { existsSync } from "fs";
import { join, resolve } from "path";
import { withAvailableBackbone } from "../backbones/available-backbone";
import { type Config, configure } from "../config/index";
import { contentHash } from "../data/content-hash";
import type { Dataset } from "../data/dataset";
import { RunImages } from "../data/run-images";
import type { AutoPlan } from "../planning/auto-plan";
import { PLAN_FILE } from "../planning/plan-file";
import { initialWeights } from "../runs/initial-weights";
import { type InitialWeights, readRunManifest, RUN_FILES } from "../runs/run-manifest";
import { readRegularFile } from "../util/regular-file";
import { openRunData } from "./open-run-data";
import { newestCheckpoint } from "./run-folder";
import { VALIDATION_METRICS } from "./train-run";
import { withChannels } from "./with-channels";

/** A configuration and the images to train it on. */
export interface TrainingPlan {
  readonly config: Config;
  /** The data set that both parts come from. */
  readonly dataset: Dataset;
  readonly train: Dataset;
  /** Null when nothing is validated. */
  readonly validation: Dataset | null;
  /** Where the images come from and how they were divided, in words. */
  readonly data: string;
  /** The weights of another run that the training starts from; null for random ones. */
  readonly initial: InitialWeights | null;
  /** The plan of the preset `auto` that made the configuration; null for other configurations. */
  readonly auto: AutoPlan | null;
  /** What differs from the configuration that was asked for, in words; null when nothing does. */
  readonly notice: string | null;
}

/** Options of `planTraining`. */
export interface NewTrainingOptions {
  readonly useAll?: boolean;
  readonly init?: string;
  readonly auto?: AutoPlan | null;
}

/**
 * The plan of a new training.
 * @param options.useAll trains on all images but those of a test split, and validates on none
 * @param options.init the folder of a run whose weights the training starts from
 * @param options.auto the plan that made the configuration, if one did
 * @throws when the weights of that run cannot be used
 */
export async function planTraining(
  dataset: Dataset,
  config: Config,
  { useAll = false, init, auto = null }: NewTrainingOptions = {},
): Promise<TrainingPlan> {
  const available = await withAvailableBackbone(withChannels(config, dataset));
  const parts = useAll ? allImages(dataset) : dataset.partition(available.config);
  const data = `${dataset.name}. ${parts.description}`;
  if (init === undefined) return { ...available, auto, dataset, ...parts, data, initial: null };
  const leak = await trainedBefore(init, parts.validation, dataset);
  const notices = [available.notice, leak].filter((text) => text !== null);
  return {
    ...available,
    auto,
    dataset,
    ...parts,
    data: `${data} Started from the weights of ${init}.`,
    notice: notices.length ? notices.join("\n") : null,
    initial: await initialWeights(init),
  };
}

/**
 * The plan of the unfinished training in a run folder.
 * @param run the run folder
 * @param folder the data set's folder; default: the folder that the run names
 * @throws when the folder holds no unfinished training, and as `openRunData` does
 */
export async function planResumed(run: string, folder?: string): Promise<TrainingPlan> {
  const newest = await newestCheckpoint(run);
  if (!newest)
    throw new Error(
      `${run} holds no unfinished run${existsSync(join(run, RUN_FILES.run)) ? `: its run is finished. To train on, use --from ${run} --more-epochs NUMBER --out NEW` : ""}`,
    );
  const { config, data, initial = null } = newest.checkpoint;
  const auto = await readPlan(run);
  const parts = await openRunData(newest.checkpoint, folder);
  return { config, data, auto, notice: null, initial, ...parts };
}

/**
 * The plan of a training that repeats a run: the same configuration, images and seed.
 * @param run the run folder of the run
 * @param out the run folder of the repetition
 * @param folder the data set's folder; default: the folder that the run names
 * @throws when both folders are the same, when images or labels have changed since, and as
 * `openRunData` does
 */
export async function planRepeated(
  run: string,
  out: string,
  folder?: string,
): Promise<TrainingPlan> {
  if (resolve(out) === resolve(run))
    throw new Error(`${out} is the run itself: name another --out`);
  const manifest = await readRunManifest(run);
  const parts = await openRunData(manifest, folder);
  const hash = await contentHash([...parts.train.images, ...(parts.validation?.images ?? [])]);
  if (manifest.dataHash && hash !== manifest.dataHash)
    throw new Error(
      `images or labels in ${parts.dataset.root} have changed since ${run} was trained: it cannot be repeated`,
    );
  const { config, data, initial = null } = manifest;
  return { config, data, auto: await readPlan(run), notice: null, initial, ...parts };
}

/**
 * The plan of a training that goes on with a finished run as a new run: the same images, seed and
 * settings, with a new optimizer and a new schedule of the learning rate.
 * @param epochs number of further epochs
 * @throws as `planRepeated` does
 */
export async function planMoreEpochs(
  run: string,
  out: string,
  { epochs, folder }: { readonly epochs: number; readonly folder?: string },
): Promise<TrainingPlan> {
  if (await newestCheckpoint(run))
    throw new Error(
      `${run} holds an unfinished training: finish it first, with npm run train -- --resume --out ${run}`,
    );
  const plan = await planRepeated(run, out, folder);
  const { epochs: before } = await readRunManifest(run);
  return {
    ...plan,
    config: configure(plan.config, { training: { epochs } }),
    // It planned another number of epochs.
    auto: null,
    data: `${plan.data} Goes on with ${run} after its ${before} epochs.`,
    initial: await initialWeights(run),
  };
}

/**
 * The plan in a run folder; null if it has none.
 * @throws when the file cannot be read as JSON
 */
async function readPlan(run: string): Promise<AutoPlan | null> {
  const file = join(run, PLAN_FILE);
  if (!existsSync(file)) return null;
  try {
    return JSON.parse((await readRegularFile(file)).toString("utf8")) as AutoPlan;
  } catch (error) {
    throw new Error(
      `${file} cannot be read as JSON (${(error as Error).message}): remove it, the run does not need it`,
      { cause: error },
    );
  }
}

/** What to know of validation images that the first weights were trained on; null if none were. */
async function trainedBefore(
  run: string,
  validation: Dataset | null,
  dataset: Dataset,
): Promise<string | null> {
  if (!validation) return null;
  const images = await RunImages.of(await readRunManifest(run), dataset);
  if (!images?.isComplete)
    return `It is not known which images ${run} was trained on: validation metrics are too good if it was trained on validation images.`;
  const count = validation.images.filter((image) => images.has("train", image)).length;
  return count
    ? `${run} was trained on ${count} of the ${validation.images.length} validation images: the validation metrics are too good.`
    : null;
}

/**
 * Checks that a new training in a folder would replace no file. Checkpoints of an unfinished
 * training are checked by `RunFolder.begin`.
 * @throws with the name of the file that would be replaced
 */
export function requireNoRun(out: string): void {
  if (existsSync(join(out, RUN_FILES.run)))
    throw new Error(
      `${out} holds a run: name another --out, or remove it (an unfinished one can be resumed with --resume; a finished one goes on as a new run with --from ${out} --more-epochs NUMBER)`,
    );
  const replaced = [...Object.values(RUN_FILES), VALIDATION_METRICS].find((name) =>
    existsSync(join(out, name)),
  );
  if (replaced !== undefined)
    throw new Error(
      `${out} holds a file ${replaced}, which the training would replace: name another --out, or move the file away`,
    );
}

function allImages(dataset: Dataset): { train: Dataset; validation: null; description: string } {
  return {
    train: dataset.withoutTest(),
    validation: null,
    description: "All images but a test split's were trained on.",
  };
}
