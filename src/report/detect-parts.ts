/**
 * Detection in parts that run at the same time: the work of `npm run detect -- --ray`. The results
 * are those of detection without parts. Each part has a folder of its own; when all parts are
 * finished, their results are joined and the folders are removed.
 */
import { existsSync, readdirSync, statSync } from "fs";
import { readFile, rm } from "fs/promises";
import { join } from "path";
import { sequencesOf } from "../data/channels";
import { givenWindow } from "../data/volumes/volume";
import { findInputs } from "../inference/find-inputs";
import { type InputPart, inputParts } from "../inference/input-parts";
import { inputRange } from "../inference/input-range";
import { loadRun } from "../runs/run-weights";
import type { ValueRange } from "../types";
import { writeAtomically } from "../util/atomic-write";
import { withFolderLock } from "../util/folder-lock";
import { inParallel } from "../util/in-parallel";
import { makeFolder } from "../util/make-folder";
import { allNotes, type DetectOptions, type DetectResult, nothingFound } from "./detect-inputs";
import {
  type DetectCallbacks,
  detectListed,
  type DetectSettings,
  type ListedResult,
} from "./detect-listed";
import { addCounts, NO_RESULTS, summaryText } from "./detection-output";
import { joinParts } from "./join-parts";

/** The folder of all parts, below that of the results. */
const PARTS_FOLDER = "detect-parts";
/** The file that says how a finished part ended, in its folder. */
const RESULT_FILE = "part-result.json";
/** Files and folders of parts: their results, requests and output. */
const PART_NAME = /^\d+(\.json|\.log)?$/;

/** A part of the inputs. */
export interface DetectPart {
  /** For the user, for example `part 3`. */
  readonly name: string;
  /** The file with everything that `detectPart` needs. */
  readonly request: string;
  /** The folder of its results. */
  readonly out: string;
  readonly inputs: InputPart;
}

/** How many parts there are, and what runs them. */
export interface PartsOptions {
  /** Images and slices of a part: see `inputParts`. */
  readonly size: number;
  /** Runs `detectPart` on every part, at the same time. Parts that did not finish are left out. */
  readonly run: (parts: readonly DetectPart[]) => Promise<void>;
}

/** All that decides the results of a part. */
interface PartRequest extends DetectSettings {
  readonly inputs: InputPart;
  readonly valueRange: ValueRange | null;
  readonly out: string;
  /** Sizes and times of change of the files and of the detector's files. */
  readonly stamps: readonly string[];
}

/**
 * Detects in images and scans like `detectInputs`, with the same results. Finished parts of an
 * earlier call are not run again, unless a file or an option has changed.
 * @throws as `detectInputs` does
 */
export async function detectInParts(
  options: DetectOptions,
  parts: PartsOptions,
): Promise<DetectResult> {
  return withFolderLock(options.out, () => detectLocked(options, parts));
}

async function detectLocked(
  options: DetectOptions,
  { size, run }: PartsOptions,
): Promise<DetectResult> {
  const { paths, weights, out, minScore } = options;
  givenWindow(options.volume);
  const { images, scans, others, failed: unlisted } = await findInputs(paths);
  const { detector, manifest } = await loadRun(weights);
  detector.dispose();
  const { channels, valueRange: trainedRange } = manifest.config.data;
  const { valueRange, notes: rangeNotes } = await inputRange(images, trainedRange);
  const folder = join(out, PARTS_FOLDER);
  requireParts(folder);
  const areSequences = sequencesOf(channels) !== null;
  const inputs = await inputParts({ images, scans }, { size, areSequences });
  const parts = inputs.map((part, i): DetectPart => {
    const place = join(folder, String(i));
    return { name: `part ${i + 1}`, request: `${place}.json`, out: place, inputs: part };
  });
  for (const part of parts) await prepare(part, { ...options, valueRange });
  await run(parts.filter((part) => !isFinished(part)));
  const finished = parts.filter(isFinished);
  const results = await inParallel(finished, resultOf);
  const counts = results.reduce((sum, result) => addCounts(sum, result.counts), NO_RESULTS);
  const isComplete = finished.length === parts.length;
  const failed = [...unlisted, ...results.flatMap((result) => result.failed)];
  const withoutImage = results.flatMap((result) => result.withoutImage);
  if (isComplete) {
    if (!images.length && !results.some((result) => result.scans.length))
      throw nothingFound(paths, [...failed, ...withoutImage], others);
    await joinParts(
      parts.map((part, i) => ({ ...part, result: results[i] })),
      { ...options, valueRange, classNames: manifest.classNames },
    );
    await rm(folder, { recursive: true, force: true });
  }
  const notes = allNotes(rangeNotes, {
    testTimeAugmentation: results[0]?.testTimeAugmentation ?? null,
    notes: results.flatMap((result) => result.notes),
  });
  const summary = summaryText(counts, minScore);
  return { isComplete, summary, unfinished: folder, notes, failed, others, withoutImage };
}

/**
 * Detects in the files of one part.
 * @param request the file of the part
 * @returns false when the signal stopped it
 * @throws when the file is not a request, and as `detectInputs` does
 */
export async function detectPart(request: string, callbacks: DetectCallbacks): Promise<boolean> {
  const part = JSON.parse(await readFile(request, "utf8")) as PartRequest;
  return withFolderLock(part.out, async () => {
    const nameResults = (names: readonly string[]) => names.map((_, i) => String(i));
    const result = await detectListed({ ...part, ...callbacks, nameResults });
    if (result.isComplete)
      await writeAtomically(join(part.out, RESULT_FILE), JSON.stringify(result));
    return result.isComplete;
  });
}

/** @throws when a folder has the name of that of the parts, and holds other files */
function requireParts(folder: string): void {
  if (!existsSync(folder)) return;
  const [other] = readdirSync(folder).filter((name) => !PART_NAME.test(name));
  if (other !== undefined)
    throw new Error(
      `${folder} holds other files, such as ${other}: move them away, or choose another --out`,
    );
}

/** Writes the request of a part. If it differs from that of an earlier call, its results go. */
async function prepare(
  { inputs, out, request }: DetectPart,
  options: DetectSettings & { readonly valueRange: ValueRange | null },
): Promise<void> {
  const { weights, augment, minScore, pictures, html, volume, valueRange } = options;
  const detectorFiles = readdirSync(weights).map((name) => join(weights, name));
  const part: PartRequest = {
    ...{ weights, augment, minScore, pictures, html, volume, valueRange, inputs, out },
    stamps: [...detectorFiles, ...inputs.images, ...inputs.scans].map(stampOf),
  };
  const text = JSON.stringify(part);
  if (existsSync(request) && (await readFile(request, "utf8")) === text) return;
  await rm(out, { recursive: true, force: true });
  makeFolder(out);
  await writeAtomically(request, text);
}

/** Size and time of change of a file; empty for one that is gone. */
function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.size} ${stats.mtimeMs}` : "";
}

function isFinished({ out }: DetectPart): boolean {
  return existsSync(join(out, RESULT_FILE));
}

async function resultOf({ out }: DetectPart): Promise<ListedResult> {
  return JSON.parse(await readFile(join(out, RESULT_FILE), "utf8")) as ListedResult;
}
