/** `npm run detect -- [--weights RUN] IMAGE|SCAN|FOLDER …`: finds tumors in images, DICOM and NIfTI; boxes as JSON and CSV, and pictures with the boxes drawn. */
import { existsSync, statSync } from "fs";
import { mkdir, writeFile } from "fs/promises";
import { join } from "path";
import { Command } from "commander";
import { stringify } from "csv-stringify/sync";
import { imagesIn, unreadKindsIn } from "../src/data/layouts";
import { type Plane, PLANES } from "../src/data/medical/geometry";
import { openVolumes, scanKind, scansIn } from "../src/data/medical/open-volumes";
import { givenWindow, picturePng, slicePicture, type VolumeOptions } from "../src/data/medical/volume";
import { detectImages } from "../src/evaluation/detect-dataset";
import { aboveScore, detectVolume, type VolumeDetections } from "../src/evaluation/detect-volume";
import { annotatePicture } from "../src/plots/annotated-picture";
import { volumeSlices } from "../src/plots/volume";
import { DISCLAIMER } from "../src/disclaimer";
import { htmlPage } from "../src/report/page";
import { describeBackend } from "../src/tensorflow";
import { loadRun } from "../src/training/run-weights";
import { main, wholeNumber } from "./command";
import { COLUMNS, type ImageResult, resultNames, resultRows, resultsJson } from "./detect-results";

interface Options extends VolumeOptions {
  weights: string;
  out: string;
  minScore: number;
  html?: boolean;
}

const program = new Command("npm run detect --")
  .description("Finds tumors in images, DICOM and NIfTI. For research and teaching; not a medical device.")
  .option(
    "--weights <run>",
    "a run folder of `npm run train` or `npm run notebooks`; the bundled one knows only the synthetic sample",
    join("data", "models", "accurate-sample"),
  )
  .option("--out <folder>", "where the results go", join("runs", "detect"))
  .option("--min-score <number>", "boxes of a lower score are left out, in [0, 1]", Number, 0.5)
  .option("--plane <plane>", `of NIfTI: ${PLANES.join(", ")} (axial by default)`, planeNamed)
  .option("--slices <from:to>", "of scans of several slices: first and last, counted from 0", pair("--slices", ":"))
  .option("--window <width,level>", "grey values of scans; by default the DICOM header's", windowOf)
  .option("--percentiles <low,high>", "grey values of scans without a window: 0.5,99.5", pair("--percentiles", ","))
  .option("--time-point <number>", "of NIfTI with several volumes: which, from 0", wholeNumber("--time-point", 0))
  .option("--html", "a page for every scan too: its slices under a slider (10 MB each, opens from disk)")
  .argument("<paths...>", "images, DICOM or NIfTI files, or folders of them; the DICOM files of a series are one scan");

main(async () => {
  program.parse();
  const { weights, out, minScore, html, ...choice } = program.opts<Options>();
  if (!(minScore >= 0 && minScore <= 1)) throw new Error("--min-score wants a number from 0 to 1");
  givenWindow(choice);
  const { images: files, scans, others } = await inputs(program.args);
  console.log(`${DISCLAIMER}\n${describeBackend()}`);
  const { detector, facts } = await loadRun(weights);
  const shown = { classNames: facts.classNames, minScore };
  await mkdir(out, { recursive: true });
  const { volumes, failed: unopened } = await openVolumes(scans, choice);
  const failed = unopened.map(({ message }) => message);
  const names = resultNames([...files, ...volumes.map(({ name }) => name)]);
  const images: ImageResult[] = [];
  for (const [i, file] of files.entries()) {
    try {
      const [{ width, height, detections }] = await detectImages(detector, [file]);
      const kept = detections.filter(({ score }) => score >= minScore);
      await writeFile(join(out, `${names[i]}.png`), await annotatePicture(file, kept, shown));
      images.push({ file, image: { width, height, detections: kept } });
    } catch (error) {
      failed.push((error as Error).message);
    }
  }
  const found: VolumeDetections[] = [];
  for (const [i, volume] of volumes.entries()) {
    const all = aboveScore(await detectVolume(detector, volume, progress(volume.name)), minScore);
    failed.push(...all.failed.map(({ message }) => message));
    if (!all.slices.length) continue;
    found.push(all);
    await drawSlices(all, join(out, names[files.length + i]), shown);
    if (html) await writeFile(join(out, `${names[files.length + i]}.html`), await page(all, shown));
  }
  const rows = resultRows(images, found, facts.classNames);
  const results = resultsJson(images, found, facts.classNames, { weights, minScore });
  await writeFile(join(out, "detections.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(join(out, "detections.csv"), stringify([[...COLUMNS], ...rows]));
  const slices = found.reduce((sum, volume) => sum + volume.slices.length, 0);
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const where = [
    images.length && count(images.length, "image"),
    slices && `${count(slices, "slice")} of ${count(found.length, "scan")}`,
  ];
  console.log(`${rows.length} boxes of score ${minScore} or more in ${where.filter(Boolean).join(" and ") || "no image"}: ${out}`); // prettier-ignore
  for (const { volume } of found) for (const note of volume.notes) console.log(`${volume.name}: ${note}`);
  if (others.length) console.log(`left out, of kinds that are not read: ${others.join(", ")}`);
  if (failed.length) {
    console.error(`${failed.length} could not be read:\n${failed.join("\n")}`);
    process.exit(2);
  }
});

/** Images, scans, and files of kinds that are not read, below what was named. Throws for a path that is not there. */
async function inputs(paths: readonly string[]): Promise<{ images: string[]; scans: string[]; others: string[] }> {
  const images: string[] = [];
  const scans: string[] = [];
  const others: string[] = [];
  for (const path of paths) {
    if (!existsSync(path)) throw new Error(`${path}: there is no such file or folder`);
    if (statSync(path).isDirectory()) {
      const own = await scansIn(path);
      scans.push(...own);
      images.push(...imagesIn(path));
      others.push(...unreadKindsIn(path).filter((file) => !own.includes(file)));
    } else if (await scanKind(path)) scans.push(path);
    else images.push(path);
  }
  return { images, scans, others };
}

/** A picture for every slice with a detection. */
async function drawSlices(
  found: VolumeDetections,
  stem: string,
  shown: { classNames: readonly string[]; minScore: number },
) {
  // prettier-ignore
  for (const { slice, detections } of found.slices) {
    if (!detections.length) continue;
    const picture = await picturePng(await slicePicture(found.volume, slice));
    const number = String(slice.index).padStart(3, "0");
    await writeFile(`${stem}-slice-${number}.png`, await annotatePicture(picture, detections, shown));
  }
}

async function page(found: VolumeDetections, shown: { classNames: readonly string[]; minScore: number }) {
  const { name, format, plane, space } = found.volume;
  const facts = `${format}, ${plane ?? "plane unknown"}; ${space ? `millimeters are ${space}` : "no millimeters"}. Slices with boxes have a dot.`;
  return htmlPage(name, [
    { text: [facts, ...found.volume.notes].join(" ") },
    { figure: await volumeSlices(found, shown) },
  ]);
}

function progress(name: string): (done: number, total: number) => void {
  return (done, total) => process.stderr.isTTY && process.stderr.write(`\r${name}: ${done}/${total}${done === total ? "\n" : ""}`); // prettier-ignore
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
