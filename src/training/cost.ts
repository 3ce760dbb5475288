/**
 * What training would cost on this machine, measured on a few images before the real thing is
 * started.
 */
import { Config, presets } from "../config/index";
import type { Dataset } from "../data/dataset";
import { withAvailableBackbone } from "../backbones/available-backbone";
import { createDetector } from "../detectors/create-detector";
import { detectorByArchitecture } from "../detectors/registry";
import { FeatureCache } from "./feature-cache";
import { Trainer } from "./trainer";

/**
 * Images whose features are timed, after as many that are not: the first of anything sets up what
 * later ones use again.
 */
const TIMED_IMAGES = 8;

/** Steps that are timed, after one that is not. */
const TIMED_STEPS = 3;

export interface TrainingCost {
  /** Numbers that training moves. */
  readonly trainedWeights: number;
  readonly epochs: number;
  /** The frozen features of all images and of their augmented copies, in memory. */
  readonly featureMegabytes: number;
  readonly stepSeconds: number;
  /** Features and steps together, without validation. */
  readonly minutes: number;
}

/**
 * Measures what training a configuration on a data set would cost. Throws when the backbone's
 * weights cannot be had.
 */
export async function measureCost(config: Config, dataset: Dataset): Promise<TrainingCost> {
  const few = firstImages(dataset, TIMED_IMAGES);
  const detector = await createDetector(config, dataset.classNames);
  const features = FeatureCache.open(detector, few);
  const ends: number[] = [];
  for await (const _ of features.fill(1, "")) ends.push(performance.now());
  const featureSeconds = (ends[ends.length - 1] - ends[0]) / 1000 / few.images.length;

  const { batchSize, epochs } = config.training;
  const trainer = new Trainer({ detector, train: firstImages(few, batchSize), features });
  const steps: number[] = [];
  for await (const { kind } of trainer.fit({ epochs: 1 + TIMED_STEPS }))
    if (kind === "step") steps.push(performance.now());
  const stepSeconds = (steps[steps.length - 1] - steps[0]) / 1000 / (steps.length - 1);

  const variables = Object.values(detector.variables());
  const variants = dataset.images.length * (1 + config.augmentation.copies);
  const allSteps = epochs * Math.ceil(dataset.images.length / batchSize);
  const cost = {
    trainedWeights: variables.reduce((sum, { size }) => sum + size, 0),
    epochs,
    featureMegabytes: ((features.bytes / (2 * few.images.length)) * variants) / 1e6,
    stepSeconds,
    minutes: (variants * featureSeconds + allSteps * stepSeconds) / 60,
  };
  trainer.dispose();
  features.dispose();
  detector.dispose();
  return cost;
}

/** A preset with what training it costs. */
export interface PresetCost {
  readonly preset: string;
  /** What is frozen, and what stands in for a backbone whose weights are not available. */
  readonly backbone: string;
  readonly cost: TrainingCost;
}

/**
 * Measures what training each preset on a data set would cost. A preset that cannot learn the
 * number of classes is left out. A backbone whose weights are not available is replaced by the one
 * that is installed.
 */
export async function presetCosts(dataset: Dataset): Promise<PresetCost[]> {
  const costs: PresetCost[] = [];
  for (const [name, preset] of Object.entries(presets)) {
    const { classCount } = detectorByArchitecture(preset.architecture);
    if (classCount !== undefined && dataset.classNames.length !== classCount) continue;
    const { config, notice } = await withAvailableBackbone(preset);
    const replaced = notice ? `, in place of ${preset.backbone.name}` : "";
    const backbone = `${config.backbone.name}, ${frozenPart(config)}${replaced}`;
    costs.push({ preset: name, backbone, cost: await measureCost(config, dataset) });
  }
  return costs;
}

function frozenPart({ backbone: { frozenBlocks } }: Config): string {
  return frozenBlocks === "all"
    ? "all frozen"
    : `fine-tuned but for the first ${frozenBlocks} blocks`;
}

function firstImages(dataset: Dataset, count: number): Dataset {
  const ids = new Set(dataset.images.slice(0, count).map(({ id }) => id));
  return dataset.subset(({ id }) => ids.has(id));
}
