/** `npm run evaluate -- --weights RUN --data DIR`: the metrics of a run's detector on a split it was not trained on. */
import { mkdir, writeFile } from "fs/promises";
import { join } from "path";
import { Command } from "commander";
import { detectDataset } from "../src/evaluation/detect-dataset";
import { computeMetrics } from "../src/evaluation/metrics";
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
  .option("--out <folder>", "where metrics.json and detections.json go: the run folder by default")
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
  const trained = new Set(facts.images.train);
  const seen = part.images.filter(({ id }) => trained.has(id)).length;
  console.log(`${part.images.length} images of ${split ? `the split '${split}'` : "the validation part"}`);
  if (seen)
    console.log(`WARNING: ${seen} of them carry the names of images it was trained on: these figures are too good`);
  const detections = await detectDataset(detector, part);
  const metrics = computeMetrics(part.truths(), detections, facts.classNames);
  const folder = options.out ?? options.weights;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "metrics.json"), `${JSON.stringify(metrics, null, 2)}\n`);
  await writeFile(join(folder, "detections.json"), `${JSON.stringify(detections, null, 2)}\n`);
  for (const kind of ["classAgnostic", "classAware"] as const) {
    const { AP, AP50, AP75 } = metrics[kind];
    console.log(`${kind}: AP ${AP.toFixed(3)}, AP50 ${AP50.toFixed(3)}, AP75 ${AP75.toFixed(3)}`);
  }
  console.log(`written: ${join(folder, "metrics.json")}, ${join(folder, "detections.json")}`);
});
