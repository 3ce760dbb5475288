/**
 * The same few validation images at every validation, with what was found on them: kept with the
 * history, for a replay of the epochs.
 */
import type { Box, Detection, ImageDetections, ImageRecord } from "../types";

/** Patients of whom an image is kept when nobody chose. */
const PATIENTS = 4;
/**
 * Boxes of an image that are kept, and from which score on: a replay is looked at, figures come
 * from all detections.
 */
const BOXES = 6;
const MIN_SCORE = 0.05;
/** Places after the point that are kept, so that a history stays small. */
const PIXEL_PLACES = 1;
const SCORE_PLACES = 3;

/** The first image with boxes of each of the first patients that have one. */
export function watchedImages(images: readonly ImageRecord[]): string[] {
  const byPatient = new Map<string, string>();
  for (const { id, patient, annotations } of images)
    if (annotations.length && !byPatient.has(patient)) byPatient.set(patient, id);
  return Array.from(byPatient.values()).slice(0, PATIENTS);
}

/** Throws, naming them, when images are not among those that are validated. */
export function requireImages(
  chosen: readonly string[],
  images: readonly ImageRecord[],
): readonly string[] {
  const known = new Set(images.map(({ id }) => id));
  const strange = chosen.filter((id) => !known.has(id));
  if (strange.length) {
    throw new Error(
      `${strange.map((id) => `'${id}'`).join(", ")} cannot be replayed: not among the ${images.length} validation images`,
    );
  }
  return chosen;
}

/**
 * What is kept of the detections of the chosen images, in their order: the few boxes of highest
 * score, rounded.
 */
export function keepWatched(
  detections: readonly ImageDetections[],
  chosen: readonly string[],
): ImageDetections[] {
  const byId = new Map(detections.map((found) => [found.imageId, found.detections]));
  return chosen.map((imageId) => ({
    imageId,
    detections: [...(byId.get(imageId) ?? [])]
      .sort((a, b) => b.score - a.score)
      .filter(({ score }) => score >= MIN_SCORE)
      .slice(0, BOXES)
      .map(({ box, score, classProbabilities, classId }): Detection => ({
        box: box.map((edge) => rounded(edge, PIXEL_PLACES)) as unknown as Box,
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
