/** Detection in listed images and scans, with results on disk after each of them. */
import { sequencesOf } from "../data/channels";
import type { FailedFile } from "../data/volumes/dicom";
import { openVolumes } from "../data/volumes/open-volumes";
import type { Volume, VolumeOptions } from "../data/volumes/volume";
import type { Detector } from "../detectors/detector";
import { AugmentedDetector } from "../inference/augmented-detector";
import { detectFiles, type FileDetections } from "../inference/detect-dataset";
import { aboveScore, detectVolume } from "../inference/detect-volume";
import type { DetectInputs } from "../inference/find-inputs";
import { openSequences } from "../inference/find-sequences";
import type { RunManifest } from "../runs/run-manifest";
import { loadRun } from "../runs/run-weights";
import type { ValueRange } from "../types";
import { DetectionOutput, pictureFiles, type ResultCounts } from "./detection-output";

/** What decides the detections of given files. */
export interface DetectSettings {
  /** The run folder of the detector. */
  readonly weights: string;
  /** Detects with test-time augmentation; the default is false. See `AugmentedDetector`. */
  readonly augment?: boolean;
  /** Boxes of a lower score are left out; in [0, 1]. */
  readonly minScore: number;
  /** Whether pictures with the boxes are drawn. */
  readonly pictures: boolean;
  /** Whether every scan gets an HTML page. */
  readonly html: boolean;
  /** How scans are opened. */
  readonly volume: VolumeOptions;
}

/** How a detection is stopped, and how its progress is reported. */
export interface DetectCallbacks {
  /** Stops after the image or scan that is being processed. */
  readonly signal?: AbortSignal;
  /** Called with the number of images, or of slices of a scan, that are done. */
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/** What is detected in, with which detector, and where the results go. */
export interface ListedOptions extends DetectSettings, DetectCallbacks {
  readonly inputs: Pick<DetectInputs, "images" | "scans">;
  /** The values of images of more than 8 bits that become black and white. */
  readonly valueRange: ValueRange | null;
  /** The folder of the results. */
  readonly out: string;
  /** Gives the results of each file or scan a name of their own, from the names of all. */
  readonly nameResults: (names: readonly string[]) => string[];
  /** Returns an error when nothing can be read, for the reasons; without it this is no error. */
  readonly nothingFound?: (reasons: readonly string[]) => Error;
}

/** How a detection in listed files ended. */
export interface ListedResult {
  /** False when the signal stopped it. */
  readonly isComplete: boolean;
  /** The number of boxes, images and slices, in words. */
  readonly summary: string;
  /** The same in numbers. */
  readonly counts: ResultCounts;
  /** The files that hold the results when the detection was stopped. */
  readonly unfinished: string;
  /** A sentence about test-time augmentation; null without it. */
  readonly testTimeAugmentation: string | null;
  /** Remarks on the scans, one sentence each. */
  readonly notes: readonly string[];
  /** The names of the scans that were opened. */
  readonly scans: readonly string[];
  /** For each file that could not be read: its name and the reason. */
  readonly failed: readonly string[];
  /** For each DICOM file without an image: its name and the reason. */
  readonly withoutImage: readonly string[];
}

/**
 * Detects in images and scans. The caller has locked the folder of the results.
 * @throws as `detectInputs` does
 */
export async function detectListed(options: ListedOptions): Promise<ListedResult> {
  const { images, scans } = options.inputs;
  const { detector: loaded, manifest } = await loadRun(options.weights);
  const augmented = options.augment ? new AugmentedDetector(loaded) : null;
  const detector = augmented ?? loaded;
  const { volumes, failed, withoutImage } = await openScans(scans, manifest, options.volume);
  if (!images.length && !volumes.length && options.nothingFound)
    throw options.nothingFound([...failed, ...withoutImage]);
  const names = options.nameResults([...images, ...volumes.map(({ name }) => name)]);
  const imageNames = names.slice(0, images.length);
  const namedVolumes = volumes.map((volume, i) => ({ volume, name: names[images.length + i] }));
  const testTimeAugmentation = augmented?.text ?? null;
  const output = await DetectionOutput.open(
    { ...options, classNames: manifest.classNames, testTimeAugmentation },
    pictureFiles(options, { imageNames, volumes: namedVolumes }),
  );
  const work = { ...options, detector, output, failed: [...failed] };
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
  const { summary, counts, unfinished, notes } = output;
  const opened = volumes.map(({ name }) => name);
  return {
    ...{ isComplete, summary, counts, unfinished, testTimeAugmentation, notes, withoutImage },
    scans: opened,
    failed: work.failed,
  };
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

interface Work extends ListedOptions {
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
