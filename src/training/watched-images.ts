/**
 * Watched images: a few validation images whose detections the history records at every validation,
 * so that a figure can replay the epochs.
 */
import { groupOf } from "../data/groups";
import type { Detection, ImageBox, ImageDetections, ImageRecord } from "../types";

/** By default, one image of each of so many patients is watched. */
const PATIENTS = 4;
/**
 * The number of boxes that are recorded for an image, and their lowest score. The records are for
 * figures only: metrics are computed from all detections.
 */
const BOXES = 6;
const MIN_SCORE = 0.05;
/** Decimal places of the records, so that a history stays small. */
const PIXEL_PLACES = 1;
const SCORE_PLACES = 3;

/**
 * Chooses the watched images: the first image with boxes of each of the first patients that have
 * such an image; of groups of images that are alike where patients are not known.
 * @returns ids of images
 */
export function watchedImages(images: readonly ImageRecord[]): string[] {
  const byPatient = new Map<string, string>();
  for (const image of images) {
    const patient = groupOf(image, image.id);
    if (image.annotations.length && !byPatient.has(patient)) byPatient.set(patient, image.id);
  }
  return Array.from(byPatient.values()).slice(0, PATIENTS);
}

/**
 * Checks that all chosen images are validation images.
 * @param chosen ids of images
 * @returns `chosen`
 * @throws when some images are not validation images; the message names them
 */
export function requireValidationImages(
  chosen: readonly string[],
  images: readonly ImageRecord[],
): readonly string[] {
  const ids = new Set(images.map(({ id }) => id));
  const unknown = chosen.filter((id) => !ids.has(id));
  if (unknown.length) {
    throw new Error(
      `${unknown.map((id) => `'${id}'`).join(", ")} cannot be watched: not among the ${images.length} validation images`,
    );
  }
  return chosen;
}

/**
 * The detections of the watched images: the few boxes of highest score, rounded.
 * @param detections boxes in pixels of the original images
 * @param watched ids of images
 * @returns one entry for each watched image, in the order of `watched`
 */
export function watchedDetections(
  detections: readonly ImageDetections[],
  watched: readonly string[],
): ImageDetections[] {
  const byId = new Map(detections.map((found) => [found.imageId, found.detections]));
  return watched.map((imageId) => ({
    imageId,
    detections: [...(byId.get(imageId) ?? [])]
      .sort((a, b) => b.score - a.score)
      .filter(({ score }) => score >= MIN_SCORE)
      .slice(0, BOXES)
      .map(({ box, score, classProbabilities, classId }): Detection => ({
        box: box.map((edge) => rounded(edge, PIXEL_PLACES)) as unknown as ImageBox,
        score: rounded(score, SCORE_PLACES),
        classProbabilities: classProbabilities.map((probability) =>
          rounded(probability, SCORE_PLACES),
        ),
        classId,
      })),
  }));
}

function rounded(value: number, places: number): number {
  return Number(value.toFixed(places));
}
