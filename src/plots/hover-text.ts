/** Lines of hover texts that several figures have, and short names for titles. */
import { patientName } from "../data/groups";
import type { Box, ImageRecord } from "../types";
import { round } from "./figure";

/** The last part of a path, which is short enough for a title. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The width and height of a box in pixels of its frame: `31 × 42 pixels`. */
export function sizeText(box: Box): string {
  return `${round(box[2] - box[0], 1)} × ${round(box[3] - box[1], 1)} pixels`;
}

/** Two lines, the file and the patient of an image. */
export function imageLines({ id, patient }: Pick<ImageRecord, "id" | "patient">): string[] {
  return [fileName(id), `patient ${patientName(patient)}`];
}
