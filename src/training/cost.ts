/** Estimates what training would cost on this machine, from measurements on a few images. */
import { withAvailableBackbone } from "../backbones/available-backbone";
import { type Config, presets } from "../config/index";
import type { Dataset } from "../data/dataset";
import { createDetector } from "../detectors/create-detector";
import type { Detector } from "../detectors/detector";
import { detectorByArchitecture } from "../detectors/registry";
import type { ProgressOptions } from "../inference/progress-options";
import { cellProgress } from "../util/running-cell";
import { FeatureCache } from "./feature-cache";
import { Trainer } from "./trainer";

/** The features of so many images are measured, or of a whole batch when it is larger. */
const MEASURED_IMAGES = 8;

/**
 * Number of measured steps. One step before them is not measured: the first of anything prepares
 * what later ones use again.
 */
const MEASURED_STEPS = 3;

const BYTES_A_MEGABYTE = 1e6;
const MILLISECONDS_A_SECOND = 1000;
const SECONDS_A_MINUTE = 60;

export interface TrainingCost {
  /** Number of trained weights. */
  readonly trainedWeights: number;
  readonly epochs: number;
  /** Size of the frozen features of all images and of their augmented copies. */
  readonly featureMegabytes: number;
  /** Time for the frozen blocks of one image, in seconds. */
  readonly imageSeconds: number;
  readonly stepSeconds: number;
  /** Features and steps together, without validation. */
  readonly minutes: number;
}

/**
 * Estimates what it would cost to train a configuration on a data set. Leaves no tensors behind,
 * also when it throws.
 * @param dataset any number of images above 0
 * @param options progress counts images and steps
 * @throws when the weights of the backbone are not available, when there are no images, when an
 * image cannot be decoded, and the signal's reason when the signal is aborted
 * @example
 * const { minutes, stepSeconds } = await measureCost(presets.default, train);
 */
export async function measureCost(
  config: Config,
  dataset: Dataset,
  options: ProgressOptions = {},
): Promise<TrainingCost> {
  options.signal?.throwIfAborted();
  if (!dataset.images.length) throw new Error("measureCost: there are no images");
  const detector = await createDetector(config, dataset.classNames);
  const { batchSize, epochs } = config.training;
  const few = firstImages(dataset, Math.max(MEASURED_IMAGES, batchSize));
  const features = FeatureCache.open(detector, few);
  try {
    const { imageSeconds, imageBytes, stepSeconds } = await measure({
      detector,
      few,
      features,
      options,
    });
    const variants = dataset.images.length * (1 + config.augmentation.copies);
    const steps = epochs * Math.ceil(dataset.images.length / batchSize);
    const variables = Object.values(detector.variables());
    return {
      trainedWeights: variables.reduce((sum, { size }) => sum + size, 0),
      epochs,
      featureMegabytes: (imageBytes * variants) / BYTES_A_MEGABYTE,
      imageSeconds,
      stepSeconds,
      minutes: (variants * imageSeconds + steps * stepSeconds) / SECONDS_A_MINUTE,
    };
  } finally {
    features.dispose();
    detector.dispose();
  }
}

interface Measured {
  readonly detector: Detector;
  readonly few: Dataset;
  /** Still empty. */
  readonly features: FeatureCache;
  readonly options: ProgressOptions;
}

interface Measurements {
  /** Seconds and bytes that the features of one image take. */
  readonly imageSeconds: number;
  readonly imageBytes: number;
  readonly stepSeconds: number;
}

async function measure({ detector, few, features, options }: Measured): Promise<Measurements> {
  const { signal, onProgress } = options;
  const images = few.images.length;
  const allSteps = 1 + MEASURED_STEPS;
  const total = 2 * images + allSteps;
  const report = (done: number) => {
    signal?.throwIfAborted();
    onProgress?.(done, total);
  };
  // The unchanged images prepare what their augmented copies use again. Only the copies are
  // measured.
  for await (const { done } of features.fill(0, "")) report(done);
  const start = performance.now();
  for await (const { done } of features.fill(1, "")) report(done);
  const imageSeconds = secondsSince(start) / images;
  const imageBytes = features.bytes / (2 * images);

  const batch = firstImages(few, detector.config.training.batchSize);
  const trainer = new Trainer({ detector, train: batch, features, allowNoBoxes: true });
  try {
    const ends: number[] = [];
    for await (const { kind } of trainer.fit({ epochs: allSteps })) {
      if (kind !== "step") continue;
      ends.push(performance.now());
      report(2 * images + ends.length);
    }
    const stepSeconds = (ends[MEASURED_STEPS] - ends[0]) / MILLISECONDS_A_SECOND / MEASURED_STEPS;
    return { imageSeconds, imageBytes, stepSeconds };
  } finally {
    trainer.dispose();
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / MILLISECONDS_A_SECOND;
}

/** A preset, and what training it would cost. */
export interface PresetCost {
  readonly preset: string;
  /** The backbone, its frozen part, and whether it replaces one that is not available. */
  readonly backbone: string;
  readonly cost: TrainingCost;
}

/**
 * Estimates what it would cost to train each preset on a data set. A preset that cannot learn the
 * number of classes is left out. A backbone whose weights are not available is replaced by the
 * installed one.
 * @param options progress counts presets
 * @throws as `measureCost` does
 * @example
 * await show(presetTable(await presetCosts(train)));
 */
export async function presetCosts(
  dataset: Dataset,
  { signal, onProgress = cellProgress("presets measured") }: ProgressOptions = {},
): Promise<PresetCost[]> {
  const learnable = Object.entries(presets).filter(([, { architecture }]) => {
    const { classCount } = detectorByArchitecture(architecture);
    return classCount === undefined || dataset.classNames.length === classCount;
  });
  const costs: PresetCost[] = [];
  for (const [name, preset] of learnable) {
    const { config, notice } = await withAvailableBackbone(preset);
    const replaced = notice ? `, in place of ${preset.backbone.name}` : "";
    const backbone = `${config.backbone.name}, ${frozenPart(config)}${replaced}`;
    costs.push({ preset: name, backbone, cost: await measureCost(config, dataset, { signal }) });
    onProgress(costs.length, learnable.length);
  }
  return costs;
}

function frozenPart({ backbone: { frozenBlocks } }: Config): string {
  return frozenBlocks === "all"
    ? "all frozen"
    : `fine-tuned except for the first ${frozenBlocks} blocks`;
}

function firstImages(dataset: Dataset, count: number): Dataset {
  const ids = new Set(dataset.images.slice(0, count).map(({ id }) => id));
  return dataset.subset(({ id }) => ids.has(id));
}
