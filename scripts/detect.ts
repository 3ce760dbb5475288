/**
 * `npm run detect -- [--weights RUN] IMAGE|SCAN|FOLDER …`: detects tumors in images, DICOM and
 * NIfTI. Writes boxes as JSON and CSV, and pictures with the boxes drawn. With `--ray`, parts of the
 * inputs are tasks on Ray.
 */
import { join } from "path";
import { Command } from "commander";
import { PLANES } from "../src/data/volumes/geometry";
import type { VolumeOptions } from "../src/data/volumes/volume";
import { interruptible } from "../src/display/interrupt";
import type { DetectOptions, DetectResult } from "../src/report/detect-inputs";
import type { DetectCallbacks } from "../src/report/detect-listed";
import { DISCLAIMER } from "../src/util/disclaimer";
import {
  INTERRUPTED,
  main,
  numberBetween,
  numberPair,
  oneOf,
  pathText,
  wholeNumber,
  wholeNumberPair,
} from "./command";
import { CountProgress } from "./count-progress";
import { AUGMENT_TEXT } from "./options";
import { type RayOutcome, requireNoFailure, requireRay, runTasks } from "./ray/run-tasks";
import { type RayOptions, withRayOptions } from "./ray-options";

/** The exit status when some files could not be read; the others' results are there. */
const SOME_UNREAD = 2;

/** Images and slices of a task on Ray: some minutes on a processor. */
const PART_SIZE = 500;

interface Options extends VolumeOptions, RayOptions {
  weights: string;
  out: string;
  minScore: number;
  augment?: boolean;
  html?: boolean;
  pictures: boolean;
  rayPart: number;
  part?: string;
}

const program = withRayOptions(
  new Command("npm run detect --").description(
    "Detects tumors in images, DICOM and NIfTI. For research and teaching; not a medical device.",
  ),
  "parts of the inputs",
)
  .option(
    "--ray-part <number>",
    "with --ray: images and slices of one task",
    wholeNumber("--ray-part", 1),
    PART_SIZE,
  )
  .option(
    "--part <file>",
    "detect in one part of the inputs only, which --ray has described in this file",
    pathText("--part"),
  )
  .option(
    "--weights <run>",
    "a run folder of `npm run train` or `npm run notebooks`; the bundled one was trained on the synthetic sample only",
    pathText("--weights"),
    join("data", "models", "accurate-sample"),
  )
  .option("--out <folder>", "the folder of the results", pathText("--out"), join("runs", "detect"))
  .option(
    "--min-score <number>",
    "leave out boxes of a lower score, in [0, 1]",
    numberBetween("--min-score", 0, 1),
    0.5,
  )
  .option("--augment", AUGMENT_TEXT)
  .option(
    "--plane <plane>",
    `for NIfTI: ${PLANES.join(", ")}; default: axial`,
    oneOf("--plane", PLANES),
  )
  .option(
    "--slices <from:to>",
    "for scans of several slices: first and last slice, counted from 0",
    wholeNumberPair("--slices", ":"),
  )
  .option(
    "--window <width,level>",
    "the grey values of scans; default: the window of the DICOM header",
    (text: string) => {
      const [width, level] = numberPair("--window", ",")(text);
      return { width, level };
    },
  )
  .option(
    "--percentiles <low,high>",
    "the grey values of scans without a window, in percent; default: 0.5,99.5",
    numberPair("--percentiles", ","),
  )
  .option(
    "--time-point <number|all>",
    "for scans of several volumes (time points, echoes): which one, counted from 0, or all",
    (text: string) => (text === "all" ? text : wholeNumber("--time-point", 0)(text)),
  )
  .option("--no-pictures", "draw no pictures")
  .option(
    "--html",
    "also write a page for every scan: its slices under a slider (about 10 MB, opens without a server)",
  )
  .argument(
    "[paths...]",
    "images, DICOM or NIfTI files, or folders of them; the DICOM files of a series are one scan",
  );

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const { part, ray } = options;
  if (part === undefined && !program.args.length)
    program.error("error: missing required argument 'paths'");
  if (ray !== undefined) requireRay();
  const { describeBackend } = await import("../src/tensor/tensorflow");
  console.log(`${DISCLAIMER}\n${describeBackend()}`);
  const progress = new CountProgress();
  const onProgress = (what: string, done: number, total: number) =>
    progress.show(what, done, total);
  const finish = await interruptible(async (signal) => {
    if (part !== undefined) return detectInPart(part, { signal, onProgress });
    const { weights, out, minScore, augment, html = false, pictures } = options;
    const { plane, slices, window, percentiles, timePoint } = options;
    const detection = {
      ...{ paths: program.args, weights, out, minScore, augment, pictures, html },
      ...{ signal, onProgress, volume: { plane, slices, window, percentiles, timePoint } },
    };
    if (ray !== undefined) return detectOnRay(detection, options, signal);
    const { detectInputs } = await import("../src/report/detect-inputs");
    const result = await detectInputs(detection).finally(() => progress.stop());
    return () => report(result, out);
  });
  finish();
});

/** Detects in a part, as a task on Ray. Files that cannot be read are in its result. */
async function detectInPart(part: string, callbacks: DetectCallbacks): Promise<() => void> {
  const { detectPart } = await import("../src/report/detect-parts");
  const isComplete = await detectPart(part, callbacks);
  return () => process.exit(isComplete ? 0 : INTERRUPTED);
}

/** Detects in all parts that are not finished, at the same time on Ray. */
async function detectOnRay(
  detection: DetectOptions,
  options: Options,
  signal: AbortSignal,
): Promise<() => void> {
  const { detectInParts } = await import("../src/report/detect-parts");
  const { rayPlace } = await import("./ray/ray-place");
  let outcomes: readonly RayOutcome[] = [];
  const result = await detectInParts(detection, {
    size: options.rayPart,
    run: async (parts) => {
      const tasks = parts.map(({ name, request, out }) => ({
        name,
        command: ["detect", "--part", request],
        locks: out,
        log: `${out}.log`,
      }));
      outcomes = await runTasks(tasks, { ...rayPlace(options), signal });
    },
  });
  return () => {
    requireNoFailure(outcomes);
    report(result, detection.out);
  };
}

/** Prints what was found, and ends the command with its exit status. */
function report(
  { isComplete, summary, unfinished, notes, failed, others, withoutImage }: DetectResult,
  out: string,
): void {
  if (isComplete) {
    console.log(`${summary}: ${out}`);
    for (const message of withoutImage) console.log(`left out, ${message}`);
    if (others.length) console.log(`left out, formats that are not read: ${others.join(", ")}`);
  } else console.error(`\nstopped; ${summary} until then: ${unfinished}`);
  for (const note of notes) console.log(note);
  if (failed.length) console.error(`${failed.length} could not be read:\n${failed.join("\n")}`);
  if (!isComplete) process.exit(INTERRUPTED);
  if (failed.length) process.exit(SOME_UNREAD);
}
