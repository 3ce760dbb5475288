/**
 * Detection in any number of images and scans, with results on disk after each of them: the work
 * of `npm run detect`.
 */
import { sequencesOf } from "../data/channels";
import type { FailedFile } from "../data/volumes/dicom";
import { givenWindow, type Volume, type VolumeOptions } from "../data/volumes/volume";
import { openVolumes } from "../data/volumes/open-volumes";
import type { Detector } from "../detectors/detector";
import { AugmentedDetector } from "../inference/augmented-detector";
import { detectFiles, type FileDetections } from "../inference/detect-dataset";
import { aboveScore, detectVolume } from "../inference/detect-volume";
import { resultNames } from "../inference/detection-rows";
import { findInputs } from "../inference/find-inputs";
import { inputRange } from "../inference/input-range";
import { openSequences } from "../inference/find-sequences";
import type { RunManifest } from "../runs/run-manifest";
import { loadRun } from "../runs/run-weights";
import type { ValueRange } from "../types";
import { withFolderLock } from "../util/folder-lock";
import { DetectionOutput } from "./detection-output";

/** What is detected in, with which detector, and where the results go. */
export interface DetectOptions {
  /** Images, DICOM and NIfTI files, and folders of them. */
  readonly paths: readonly string[];
  /** The run folder of the detector. */
  readonly weights: string;
  /** Detects with test-time augmentation; the default is false. See `AugmentedDetector`. */
  readonly augment?: boolean;
  /** The folder of the results. */
  readonly out: string;
  /** Boxes of a lower score are left out; in [0, 1]. */
  readonly minScore: number;
  /** Whether pictures with the boxes are drawn. */
  readonly pictures: boolean;
  /** Whether every scan gets an HTML page. */
  readonly html: boolean;
  /** How scans are opened. */
  readonly volume: VolumeOptions;
  /** Stops after the image or scan that is being processed. */
  readonly signal?: AbortSignal;
  /** Called with the number of images, or of slices of a scan, that are done. */
  readonly onProgress?: (what: string, done: number, total: number) => void;
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
  const { detector: loaded, manifest } = await loadRun(options.weights);
  const augmented = options.augment ? new AugmentedDetector(loaded) : null;
  const detector = augmented ?? loaded;
  const opened = await openScans(scans, manifest, options.volume);
  const { volumes, withoutImage } = opened;
  const unread = [...unlisted, ...opened.failed];
  if (!images.length && !volumes.length)
    throw new Error(nothingFound(options.paths, [...unread, ...withoutImage], others));
  const { valueRange, notes: rangeNotes } = await inputRange(
    images,
    manifest.config.data.valueRange,
  );
  const names = resultNames([...images, ...volumes.map(({ name }) => name)]);
  const imageNames = names.slice(0, images.length);
  const namedVolumes = volumes.map((volume, i) => ({ volume, name: names[images.length + i] }));
  const output = await DetectionOutput.open(
    {
      ...options,
      valueRange,
      classNames: manifest.classNames,
      testTimeAugmentation: augmented?.text ?? null,
    },
    { imageNames, volumes: namedVolumes },
  );
  output.notes.push(...rangeNotes, ...(augmented ? [augmented.text] : []));
  const work = {
    ...options,
    valueRange,
    detector,
    output,
    failed: unread,
  };
  let isComplete = false;
  try {
    await detectInImages(work, images, imageNames);
    await detectInVolumes(work, namedVolumes);
    isComplete = !options.signal?.aborted;
    if (isComplete) await output.finish();
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\n${output.summary} until then: ${output.unfinished}`,
      { cause: error },
    );
  } finally {
    detector.dispose();
  }
  const { summary, unfinished, notes } = output;
  return { isComplete, summary, unfinished, notes, failed: work.failed, others, withoutImage };
}

/** The scans, opened as the images of a run were, and the other files with the reasons. */
async function openScans(
  paths: readonly string[],
  { config, source }: RunManifest,
  options: VolumeOptions,
): Promise<{
  readonly volumes: readonly Volume[];
  readonly failed: readonly string[];
  readonly withoutImage: readonly string[];
}> {
  const { channels, scanPercentiles } = config.data;
  const sequences = sequencesOf(channels);
  const asTrained = { ...options, percentiles: options.percentiles ?? scanPercentiles };
  if (sequences) {
    const wanted = { sequences, channelNames: source?.channelNames ?? [] };
    return { ...(await openSequences(paths, wanted, asTrained)), withoutImage: [] };
  }
  const { volumes, failed, withoutImage } = await openVolumes(paths, asTrained);
  const messages = (files: readonly FailedFile[]) => files.map(({ message }) => message);
  return { volumes, failed: messages(failed), withoutImage: messages(withoutImage) };
}

/** Says that there is nothing to detect in, and why. */
function nothingFound(
  paths: readonly string[],
  reasons: readonly string[],
  others: readonly string[],
): string {
  const lines = [`${paths.join(", ")}: no image and no scan can be read`, ...reasons];
  if (others.length) lines.push(`formats that are not read: ${others.join(", ")}`);
  return lines.join("\n");
}

interface Work extends DetectOptions {
  /** The values of images of more than 8 bits that become black and white. */
  readonly valueRange: ValueRange | null;
  readonly detector: Detector;
  readonly output: DetectionOutput;
  /** Receives the reason for each file that could not be read. */
  readonly failed: string[];
}

/** While an image goes through the network, the one before it is drawn and written. */
async function detectInImages(
  work: Work,
  files: readonly string[],
  names: readonly string[],
): Promise<void> {
  let previous = Promise.resolve();
  let done = 0;
  for await (const found of detectFiles(work.detector, files, work.valueRange)) {
    await previous;
    previous = writeImage(work, found, names[done++]);
    // `await previous` throws the error; this keeps it from ending the process before that.
    previous.catch(() => undefined);
    work.onProgress?.("images", done, files.length);
    await new Promise((resolve) => setImmediate(resolve));
    if (work.signal?.aborted) break;
  }
  await previous;
}

async function writeImage(
  { minScore, output, failed }: Work,
  found: FileDetections,
  name: string,
): Promise<void> {
  if ("error" in found) {
    failed.push(found.error.message);
    return;
  }
  const { width, height } = found.image;
  const detections = found.image.detections.filter(({ score }) => score >= minScore);
  const result = { file: found.file, image: { width, height, detections } };
  let picture: Buffer | null;
  try {
    picture = await output.draw(result);
  } catch (error) {
    failed.push(`${found.file}: cannot be drawn on: ${(error as Error).message}`);
    return;
  }
  await output.addImage(result, picture, name);
}

async function detectInVolumes(
  { detector, minScore, output, failed, signal, onProgress }: Work,
  volumes: readonly { readonly volume: Volume; readonly name: string }[],
): Promise<void> {
  for (const { volume, name } of volumes) {
    if (signal?.aborted) return;
    const detected = await detectVolume(detector, volume, {
      onProgress: (done, total) => onProgress?.(volume.name, done, total),
    });
    const found = aboveScore(detected, minScore);
    failed.push(...found.failed.map(({ message }) => message));
    if (found.slices.length) await output.addVolume(found, name);
  }
}
