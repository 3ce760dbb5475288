/** `npm run evaluate -- --weights RUN --data DIR`: the metrics of a run's detector on a split it was not trained on. */
import { mkdir, writeFile } from "fs/promises";
import { basename, join } from "path";
import { Command } from "commander";
import { patientOverlap } from "../src/data/patient-overlap";
import { detectDataset } from "../src/evaluation/detect-dataset";
import { computeMetrics } from "../src/evaluation/metrics";
import { chooseThreshold } from "../src/evaluation/operating-point";
import { evaluationReport } from "../src/report/evaluation-report";
import { describeBackend } from "../src/tensorflow";
import { loadRun } from "../src/training/run-folder";
import { DataOptions, main, openChosen, withDataOptions } from "./command";

interface Options extends DataOptions {
  weights: string;
  split?: string;
  out?: string;
  best?: boolean;
}

const program = withDataOptions(
  new Command("npm run evaluate --").description("Computes a trained detector's metrics on a data set."),
)
  .requiredOption("--weights <run>", "a run folder of `npm run train` or `npm run notebooks`")
  .option("--split <name>", "its split: by default test where there is one, else the images held out in training")
  .option("--out <folder>", "where metrics.json, detections.json and report.html go: the run folder by default")
  .option("--best", "the weights that validated best, in place of the last epoch's");

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  console.log(describeBackend());
  const dataset = await openChosen(options);
  const { detector, facts } = await loadRun(options.weights, options.best ? "best" : "last");
  const held = new Set(facts.images.validation);
  const split = options.split ?? (dataset.splits.includes("test") ? "test" : null);
  const part = split ? dataset.split(split) : dataset.subset(({ id }) => held.has(id));
  if (!part.images.length) {
    throw new Error(`none of the images held out in training is in ${options.data}: name a split with --split`);
  }
  const overlap = patientOverlap(dataset, part, facts.images.train);
  const what = split ? `the split '${split}'` : "the validation part";
  console.log(`${part.images.length} images of ${what}; ${overlap.text}`);
  const detections = await detectDataset(detector, part);
  const metrics = computeMetrics(part.truths(), detections, facts.classNames);
  const folder = options.out ?? options.weights;
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "metrics.json"),
    `${JSON.stringify({ ...metrics, patientOverlap: overlap }, null, 2)}\n`,
  );
  await writeFile(join(folder, "detections.json"), `${JSON.stringify(detections, null, 2)}\n`);
  const onPart = part.images.every(({ id }) => held.has(id));
  const validation = dataset.subset(({ id }) => held.has(id));
  const canChoose = !onPart && validation.images.length > 0;
  const chosen = canChoose
    ? chooseThreshold(validation.truths(), await detectDataset(detector, validation))
    : chooseThreshold(part.truths(), detections);
  const report = await evaluationReport({
    title: `${basename(options.weights)} on ${what} of ${dataset.name}`,
    images: part.images,
    truths: part.truths(),
    detections,
    classNames: facts.classNames,
    scoreThreshold: chosen.scoreThreshold,
    facts: [
      `Preset ${facts.config.preset}, ${facts.epochs} epochs, trained on ${facts.images.train.length} images: ${facts.data}`,
      `Judged on ${part.images.length} images of ${what}; ${overlap.text}.`,
      `The score threshold has the best F1 on ${canChoose ? "the images held out for validation" : "the very images judged, so that figures at it are a little too good"}.`,
    ],
  });
  await writeFile(join(folder, "report.html"), report);
  for (const kind of ["classAgnostic", "classAware"] as const) {
    const { AP, AP50, AP75 } = metrics[kind];
    console.log(`${kind}: AP ${AP.toFixed(3)}, AP50 ${AP50.toFixed(3)}, AP75 ${AP75.toFixed(3)}`);
  }
  console.log(`written to ${folder}: metrics.json, detections.json, report.html`);
});
