/** `npm run detect -- [--weights RUN] IMAGE|FOLDER …`: finds tumors in images; boxes as JSON and CSV, and pictures with the boxes drawn. */
import { existsSync, statSync } from "fs";
import { mkdir, writeFile } from "fs/promises";
import { basename, extname, join } from "path";
import { Command } from "commander";
import { stringify } from "csv-stringify/sync";
import { imagesIn } from "../src/data/layouts";
import { detectImages } from "../src/evaluation/detect-dataset";
import type { Detector } from "../src/model/detector";
import { annotatePicture } from "../src/plots/annotated-picture";
import { describeBackend } from "../src/tensorflow";
import { loadRun } from "../src/training/run-folder";
import type { Detection } from "../src/types";
import { main } from "./command";

interface Options {
  weights: string;
  out: string;
  minScore: number;
}

const program = new Command("npm run detect --")
  .description("Finds tumors in images. For research and teaching; not a medical device.")
  .option(
    "--weights <run>",
    "a run folder of `npm run train` or `npm run notebooks`; the bundled one knows only the synthetic sample",
    join("data", "models", "accurate-sample"),
  )
  .option("--out <folder>", "where the results go", join("runs", "detect"))
  .option("--min-score <number>", "boxes of a lower score are left out, in [0, 1]", Number, 0.5)
  .argument("<images...>", "image files, or folders of them");

main(async () => {
  program.parse();
  const { weights, out, minScore } = program.opts<Options>();
  if (!(minScore >= 0 && minScore <= 1)) throw new Error("--min-score wants a number from 0 to 1");
  const files = program.args.flatMap((path) => {
    if (!existsSync(path)) throw new Error(`${path}: there is no such file or folder`);
    return statSync(path).isDirectory() ? imagesIn(path) : [path];
  });
  console.log(describeBackend());
  const { detector, facts } = await loadRun(weights);
  await mkdir(out, { recursive: true });
  const results: object[] = [];
  const rows: (string | number)[][] = [];
  const failed: string[] = [];
  for (const file of files) {
    try {
      const { detections, picture } = await detectFile(detector, file, facts.classNames, minScore);
      await writeFile(join(out, `${uniqueName(file, files)}.png`), picture);
      results.push({ file, detections: detections.map((found) => describeDetection(found, facts.classNames)) });
      for (const { box, score, classId, classProbabilities } of detections) {
        const numbers = [...box, score, classProbabilities[classId]].map((value) => Number(value.toFixed(4)));
        rows.push([file, ...numbers.slice(0, 5), facts.classNames[classId], numbers[5]]);
      }
    } catch (error) {
      failed.push((error as Error).message);
    }
  }
  const columns = ["file", "x1", "y1", "x2", "y2", "score", "class", "class probability"];
  await writeFile(join(out, "detections.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(join(out, "detections.csv"), stringify([columns, ...rows]));
  console.log(`${rows.length} boxes of score ${minScore} or more in ${results.length} images: ${out}`);
  if (failed.length) {
    console.error(`${failed.length} images could not be read:\n${failed.join("\n")}`);
    process.exit(2);
  }
});

async function detectFile(detector: Detector, file: string, classNames: readonly string[], minScore: number) {
  const [image] = await detectImages(detector, [file]);
  const detections = image.detections.filter(({ score }) => score >= minScore);
  return { detections, picture: await annotatePicture(file, detections, { classNames, minScore }) };
}

function describeDetection(
  { box, score, classId, classProbabilities }: Detection,
  classNames: readonly string[],
): object {
  const classes = Object.fromEntries(classNames.map((name, i) => [name, classProbabilities[i]]));
  return { box, score, class: classNames[classId], classProbabilities: classes };
}

/** The file's name without ending; with its place in the list where another has the same. */
function uniqueName(file: string, files: readonly string[]): string {
  const stem = (path: string) => basename(path, extname(path));
  const same = files.filter((other) => stem(other) === stem(file));
  return same.length > 1 ? `${stem(file)}-${files.indexOf(file)}` : stem(file);
}
