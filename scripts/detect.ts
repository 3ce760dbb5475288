/**
 * `npm run detect -- [--weights RUN] IMAGE|SCAN|FOLDER …`: detects tumors in images, DICOM and
 * NIfTI. Writes boxes as JSON and CSV, and pictures with the boxes drawn.
 */
import { join } from "path";
import { Command } from "commander";
import { PLANES } from "../src/data/volumes/geometry";
import type { VolumeOptions } from "../src/data/volumes/volume";
import { interruptible } from "../src/display/interrupt";
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

/** The exit status when some files could not be read; the others' results are there. */
const SOME_UNREAD = 2;

interface Options extends VolumeOptions {
  weights: string;
  out: string;
  minScore: number;
  augment?: boolean;
  html?: boolean;
  pictures: boolean;
}

const program = new Command("npm run detect --")
  .description(
    "Detects tumors in images, DICOM and NIfTI. For research and teaching; not a medical device.",
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
    "<paths...>",
    "images, DICOM or NIfTI files, or folders of them; the DICOM files of a series are one scan",
  );

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const { weights, out, minScore, augment, html = false, pictures, ...volume } = options;
  const { describeBackend } = await import("../src/tensor/tensorflow");
  const { detectInputs } = await import("../src/report/detect-inputs");
  console.log(`${DISCLAIMER}\n${describeBackend()}`);
  const progress = new CountProgress();
  const { isComplete, summary, unfinished, notes, failed, others, withoutImage } =
    await interruptible((signal) =>
      detectInputs({
        paths: program.args,
        weights,
        out,
        minScore,
        augment,
        pictures,
        html,
        volume,
        signal,
        onProgress: (what, done, total) => progress.show(what, done, total),
      }).finally(() => progress.stop()),
    );
  if (isComplete) {
    console.log(`${summary}: ${out}`);
    for (const message of withoutImage) console.log(`left out, ${message}`);
    if (others.length) console.log(`left out, formats that are not read: ${others.join(", ")}`);
  } else console.error(`\nstopped; ${summary} until then: ${unfinished}`);
  for (const note of notes) console.log(note);
  if (failed.length) console.error(`${failed.length} could not be read:\n${failed.join("\n")}`);
  if (!isComplete) process.exit(INTERRUPTED);
  if (failed.length) process.exit(SOME_UNREAD);
});
