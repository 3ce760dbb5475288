/**
 * `npm run detect -- [--weights RUN] IMAGE|SCAN|FOLDER …`: finds tumors in images, DICOM and
 * NIfTI; boxes as JSON and CSV, and pictures with the boxes drawn.
 */
import { existsSync, statSync } from "fs";
import { join } from "path";
import { Command } from "commander";
import { imagesIn, unreadKindsIn } from "../src/data/image-files";
import { type Plane, PLANES } from "../src/data/volumes/geometry";
import { openVolumes, scanKind, scansIn } from "../src/data/volumes/open-volumes";
import { givenWindow, type Volume, type VolumeOptions } from "../src/data/volumes/volume";
import { DISCLAIMER } from "../src/util/disclaimer";
import { interruptible } from "../src/display/interrupt";
import { detectFiles, type FileDetections } from "../src/inference/detect-dataset";
import { aboveScore, detectVolume } from "../src/inference/detect-volume";
import type { Detector } from "../src/detectors/detector";
import { describeBackend } from "../src/tensor/tensorflow";
import { loadRun } from "../src/runs/run-weights";
import { INTERRUPTED, main, wholeNumber } from "./command";
import { CountProgress } from "./count-progress";
import { DetectionOutput } from "../src/report/detection-output";
import { resultNames } from "../src/inference/detection-rows";

/** Some files could not be read; the others' results are there. */
const SOME_UNREAD = 2;

interface Options extends VolumeOptions {
  weights: string;
  out: string;
  minScore: number;
  html?: boolean;
  pictures: boolean;
}

const program = new Command("npm run detect --")
  .description(
    "Finds tumors in images, DICOM and NIfTI. For research and teaching; not a medical device.",
  )
  .option(
    "--weights <run>",
    "a run folder of `npm run train` or `npm run notebooks`; the bundled one knows only the synthetic sample",
    join("data", "models", "accurate-sample"),
  )
  .option("--out <folder>", "where the results go", join("runs", "detect"))
  .option("--min-score <number>", "boxes of a lower score are left out, in [0, 1]", Number, 0.5)
  .option("--plane <plane>", `of NIfTI: ${PLANES.join(", ")} (axial by default)`, planeNamed)
  .option(
    "--slices <from:to>",
    "of scans of several slices: first and last, counted from 0",
    pair("--slices", ":"),
  )
  .option("--window <width,level>", "grey values of scans; by default the DICOM header's", windowOf)
  .option(
    "--percentiles <low,high>",
    "grey values of scans without a window: 0.5,99.5",
    pair("--percentiles", ","),
  )
  .option(
    "--time-point <number>",
    "of NIfTI with several volumes: which, from 0",
    wholeNumber("--time-point", 0),
  )
  .option("--no-pictures", "boxes alone, without pictures with the boxes drawn")
  .option(
    "--html",
    "a page for every scan too: its slices under a slider (10 MB each, opens from disk)",
  )
  .argument(
    "<paths...>",
    "images, DICOM or NIfTI files, or folders of them; the DICOM files of a series are one scan",
  );

main(async () => {
  program.parse();
  const { weights, out, minScore, html = false, pictures, ...choice } = program.opts<Options>();
  if (!(minScore >= 0 && minScore <= 1)) throw new Error("--min-score wants a number from 0 to 1");
  givenWindow(choice);
  const { images: files, scans, others } = await inputs(program.args);
  console.log(`${DISCLAIMER}\n${describeBackend()}`);
  const { detector, manifest } = await loadRun(weights);
  const { volumes, failed: unopened } = await openVolumes(scans, choice);
  const failed = unopened.map(({ message }) => message);
  const names = resultNames([...files, ...volumes.map(({ name }) => name)]);
  const output = new DetectionOutput({
    out,
    weights,
    classNames: manifest.classNames,
    minScore,
    pictures,
    html,
  });
  const isWhole = await interruptible(async (signal) => {
    try {
      await detectInImages({ detector, files, names, minScore, output, failed, signal });
      await detectInVolumes({
        detector,
        volumes,
        names: names.slice(files.length),
        minScore,
        output,
        failed,
        signal,
      });
    } catch (error) {
      throw new Error(
        `${(error as Error).message}\n${output.summary} until then: ${output.unfinished}`,
      );
    }
    if (signal.aborted)
      console.error(`\nstopped; ${output.summary} until then: ${output.unfinished}`);
    return !signal.aborted;
  });
  if (isWhole) {
    output.finish();
    console.log(`${output.summary}: ${out}`);
    if (others.length) console.log(`left out, of kinds that are not read: ${others.join(", ")}`);
  }
  for (const note of output.notes) console.log(note);
  if (failed.length) console.error(`${failed.length} could not be read:\n${failed.join("\n")}`);
  if (!isWhole) process.exit(INTERRUPTED);
  if (failed.length) process.exit(SOME_UNREAD);
});

/** What the detections of images or scans need; `failed` takes what could not be read. */
interface Work {
  readonly detector: Detector;
  /** What the results of each are called. */
  readonly names: readonly string[];
  readonly minScore: number;
  readonly output: DetectionOutput;
  readonly failed: string[];
  readonly signal: AbortSignal;
}

/** Throws when a result cannot be written. */
async function detectInImages({
  detector,
  files,
  names,
  minScore,
  output,
  failed,
  signal,
}: Work & { files: readonly string[] }) {
  const progress = new CountProgress("images", files.length);
  const finish = async (found: FileDetections, index: number) => {
    if ("error" in found) {
      failed.push(found.error.message);
      return;
    }
    const { width, height, detections } = found.image;
    const kept = detections.filter(({ score }) => score >= minScore);
    const result = { file: found.file, image: { width, height, detections: kept } };
    let picture: Buffer | null;
    try {
      picture = await output.draw(result);
    } catch (error) {
      failed.push(`${found.file}: cannot be drawn on: ${(error as Error).message}`);
      return;
    }
    await output.addImage(result, picture, names[index]);
  };
  // An image is drawn and written while the next goes through the network.
  let before = Promise.resolve();
  let done = 0;
  try {
    for await (const found of detectFiles(detector, files)) {
      await before;
      before = finish(found, done++);
      before.catch(() => undefined);
      progress.show(done);
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) break;
    }
    await before;
  } finally {
    progress.stop();
  }
}

async function detectInVolumes({
  detector,
  volumes,
  names,
  minScore,
  output,
  failed,
  signal,
}: Work & { volumes: readonly Volume[] }) {
  for (const [i, volume] of volumes.entries()) {
    if (signal.aborted) return;
    const progress = new CountProgress(volume.name, volume.slices.length);
    const found = aboveScore(
      await detectVolume(detector, volume, { onProgress: (done) => progress.show(done) }),
      minScore,
    );
    progress.stop();
    failed.push(...found.failed.map(({ message }) => message));
    if (found.slices.length) await output.addVolume(found, names[i]);
  }
}

/**
 * Images, scans, and files of kinds that are not read, below what was named. Throws for a path
 * that is not there.
 */
async function inputs(
  paths: readonly string[],
): Promise<{ images: string[]; scans: string[]; others: string[] }> {
  const images: string[] = [];
  const scans: string[] = [];
  const others: string[] = [];
  for (const path of paths) {
    if (!existsSync(path)) throw new Error(`${path}: there is no such file or folder`);
    if (statSync(path).isDirectory()) {
      const own = new Set(await scansIn(path));
      for (const file of own) scans.push(file);
      for (const file of imagesIn(path)) images.push(file);
      for (const file of unreadKindsIn(path)) if (!own.has(file)) others.push(file);
    } else if (await scanKind(path)) scans.push(path);
    else images.push(path);
  }
  return { images, scans, others };
}

function planeNamed(text: string): Plane {
  const plane = PLANES.find((name) => name === text);
  if (plane) return plane;
  throw new Error(`--plane wants one of ${PLANES.join(", ")}, not '${text}'`);
}

/** Two numbers. Throws a sentence that names the option. */
function pair(option: string, separator: string): (text: string) => [number, number] {
  return (text) => {
    const numbers = text.split(separator).map((part) => (part.trim() ? Number(part) : NaN));
    if (numbers.length === 2 && numbers.every(Number.isFinite)) return [numbers[0], numbers[1]];
    throw new Error(`${option} wants two numbers with a ${separator} between them, not '${text}'`);
  };
}

function windowOf(text: string): VolumeOptions["window"] {
  const [width, level] = pair("--window", ",")(text);
  return { width, level };
}
