/**
 * Detection in any number of images and scans, with results on disk after each of them: the work
 * of `npm run detect`.
 */
import { givenWindow } from "../data/volumes/volume";
import { resultNames } from "../inference/detection-rows";
import { findInputs } from "../inference/find-inputs";
import { inputRange } from "../inference/input-range";
import { readRunManifest } from "../runs/run-manifest";
import { withFolderLock } from "../util/folder-lock";
import {
  type DetectCallbacks,
  detectListed,
  type DetectSettings,
  type ListedResult,
} from "./detect-listed";

/** What is detected in, with which detector, and where the results go. */
export interface DetectOptions extends DetectSettings, DetectCallbacks {
  /** Images, DICOM and NIfTI files, and folders of them. */
  readonly paths: readonly string[];
  /** The folder of the results. */
  readonly out: string;
}

/** How a detection ended. */
export interface DetectResult {
  /** False when the signal stopped it. */
  readonly isComplete: boolean;
  /** The number of boxes, images and slices, in words. */
  readonly summary: string;
  /** The files that hold the results when the detection was stopped. */
  readonly unfinished: string;
  /** Remarks on the scans, one sentence each. */
  readonly notes: readonly string[];
  /** For each file that could not be read: its name and the reason. */
  readonly failed: readonly string[];
  /** Files of image formats that are not read. */
  readonly others: readonly string[];
  /** For each DICOM file without an image: its name and the reason. */
  readonly withoutImage: readonly string[];
}

/**
 * Detects in images and scans and writes detections.json, detections.csv, pictures and pages. A
 * file that cannot be read does not end the work.
 * @throws when a path does not exist, when no image or scan is found, when an option is out of
 * range, when the results would replace files that this command did not write, when another process
 * works in the folder, and when a result cannot be written; the results so far are then in the
 * files that the message names
 */
export async function detectInputs(options: DetectOptions): Promise<DetectResult> {
  return withFolderLock(options.out, () => detectLocked(options));
}

async function detectLocked(options: DetectOptions): Promise<DetectResult> {
  givenWindow(options.volume);
  const { images, scans, others, failed: unlisted } = await findInputs(options.paths);
  const { config } = await readRunManifest(options.weights);
  const { valueRange, notes } = await inputRange(images, config.data.valueRange);
  const result = await detectListed({
    ...options,
    inputs: { images, scans },
    valueRange,
    nameResults: resultNames,
    nothingFound: (reasons) => nothingFound(options.paths, [...unlisted, ...reasons], others),
  });
  return {
    ...result,
    notes: allNotes(notes, result),
    failed: [...unlisted, ...result.failed],
    others,
  };
}

/** Remarks on the range of values, on test-time augmentation and on the scans. */
export function allNotes(
  rangeNotes: readonly string[],
  { testTimeAugmentation, notes }: Pick<ListedResult, "testTimeAugmentation" | "notes">,
): string[] {
  return [...rangeNotes, ...(testTimeAugmentation ? [testTimeAugmentation] : []), ...notes];
}

/** The error that there is nothing to detect in, and why. */
export function nothingFound(
  paths: readonly string[],
  reasons: readonly string[],
  others: readonly string[],
): Error {
  const lines = [`${paths.join(", ")}: no image and no scan can be read`, ...reasons];
  if (others.length) lines.push(`formats that are not read: ${others.join(", ")}`);
  return new Error(lines.join("\n"));
}
