/** The images that a run is evaluated on, and how they relate to those it was trained on. */
import { contentHash } from "../data/content-hash";
import type { Dataset } from "../data/dataset";
import { patientOverlap, type PatientOverlap } from "../data/patient-overlap";
import { RunImages } from "../data/run-images";
import type { RunManifest } from "../runs/run-manifest";
import type { ImageRecord } from "../types";
import type { CardPart } from "./model-card";

/** The evaluated images. */
export interface EvaluatedImages {
  readonly images: Dataset;
  /** The images of the data set that were held out in training. */
  readonly validation: Dataset;
  /** The images of the data set that were trained on. */
  readonly training: Dataset;
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
export async function evaluatedImages(
  dataset: Dataset,
  manifest: RunManifest,
  split?: string,
): Promise<EvaluatedImages> {
  const run = await RunImages.of(manifest, dataset);
  const isHeldOut = (image: ImageRecord) => run !== null && run.has("validation", image) !== null;
  const validation = dataset.subset(isHeldOut);
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
    overlap: patientOverlap(dataset, images, run),
    isValidation: images.images.every(isHeldOut),
    training: dataset.withImages(
      run?.trainedIn(dataset).filter((image): image is ImageRecord => image !== null) ?? [],
    ),
  };
}

/** What the model card says of the training, validation and evaluated images. */
export async function cardParts(
  { images, validation, training }: EvaluatedImages,
  { images: { train, validation: heldOut } }: RunManifest,
): Promise<CardPart[]> {
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
  { images, patients, arePatientsKnown, boxCount }: Dataset,
  count: number,
): Promise<CardPart> {
  const isComplete = images.length === count;
  return {
    name: isComplete ? name : `${name} (${images.length} of ${count} images are in this data set)`,
    images: images.length,
    patients: arePatientsKnown ? patients.length : null,
    boxes: boxCount,
    hash: await contentHash(images),
  };
}
