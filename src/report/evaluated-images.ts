/** The images that a run is evaluated on, and how they relate to those it was trained on. */
import { contentHash } from "../data/content-hash";
import type { Dataset } from "../data/dataset";
import { patientOverlap, type PatientOverlap } from "../data/patient-overlap";
import type { RunManifest } from "../runs/run-manifest";
import type { CardPart } from "./model-card";

/** The evaluated images. */
export interface EvaluatedImages {
  readonly images: Dataset;
  /** The images of the data set that were held out in training. */
  readonly validation: Dataset;
  /** Which part of the data set the images are, in words. */
  readonly what: string;
  /** Whether patients of these images were trained on. */
  readonly overlap: PatientOverlap;
  /** Whether all evaluated images were held out in training. */
  readonly isValidation: boolean;
}

/**
 * Chooses the images of a data set to evaluate a run on.
 * @param split a split's name; default: `test`, and without a test split the images that were held
 * out in training
 * @throws when there is no such split, and when none of the held-out images is in the data set
 */
export function evaluatedImages(
  dataset: Dataset,
  manifest: RunManifest,
  split?: string,
): EvaluatedImages {
  const heldOut = new Set(manifest.images.validation);
  const validation = dataset.subset(({ id }) => heldOut.has(id));
  const chosen = split ?? (dataset.splits.includes("test") ? "test" : null);
  const images = chosen === null ? validation : dataset.split(chosen);
  if (!images.images.length)
    throw new Error(
      `none of the images held out in training is in ${dataset.root}: name a split with --split`,
    );
  return {
    images,
    validation,
    what: chosen === null ? "the validation part" : `the split '${chosen}'`,
    overlap: patientOverlap(dataset, images, manifest.images.train),
    isValidation: images.images.every(({ id }) => heldOut.has(id)),
  };
}

/** What the model card says of the training, validation and evaluated images. */
export async function cardParts(
  dataset: Dataset,
  { images, validation }: EvaluatedImages,
  { images: { train, validation: heldOut } }: RunManifest,
): Promise<CardPart[]> {
  const trained = new Set(train);
  const training = dataset.subset(({ id }) => trained.has(id));
  return [
    await cardPart("training", training, train.length),
    await cardPart("validation", validation, heldOut.length),
    await cardPart("judged", images, images.images.length),
  ];
}

/**
 * @param count the number of images in the run; those of another data set are counted, but
 * nothing else is known of them
 */
async function cardPart(
  name: string,
  { images, patients, boxCount }: Dataset,
  count: number,
): Promise<CardPart> {
  const isComplete = images.length === count;
  return {
    name: isComplete ? name : `${name} (${images.length} of ${count} images are in this data set)`,
    images: images.length,
    patients: patients.length,
    boxes: boxCount,
    hash: await contentHash(images),
  };
}
