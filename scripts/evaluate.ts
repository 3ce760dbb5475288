/**
 * `npm run evaluate -- --weights RUN --data DIR`: report, model card, metrics and detections of a
 * run's detector on a split it was not trained on.
 */
import { mkdir, writeFile } from "fs/promises";
import { basename, join } from "path";
import { Command } from "commander";
import { boxContrasts } from "../src/data/box-intensity";
import { contentHash } from "../src/data/content-hash";
import type { Dataset } from "../src/data/dataset";
import { patientLevelClass } from "../src/data/health/patient-level-class";
import { patientOverlap } from "../src/data/patient-overlap";
import { DISCLAIMER } from "../src/util/disclaimer";
import { cocoResults, cocoGroundTruth } from "../src/metrics/coco-json";
import { detectDataset } from "../src/inference/detect-dataset";
import { evaluate } from "../src/metrics/evaluate";
import { traceBoxes } from "../src/inference/trace-boxes";
import { missCauses } from "../src/metrics/missed-boxes";
import { chooseThreshold } from "../src/metrics/operating-point";
import { FasterRCNN } from "../src/detectors/faster-rcnn/faster-rcnn";
import { originalMetrics } from "../src/inference/original-metrics";
import { evaluationReport } from "../src/report/evaluation-report";
import { type CardPart, modelCard } from "../src/report/model-card";
import { describeBackend } from "../src/tensor/tensorflow";
import { loadRun } from "../src/runs/run-weights";
import { DataOptions, main, openChosen, withDataOptions } from "./command";

interface Options extends DataOptions {
  weights: string;
  split?: string;
  out?: string;
  best?: boolean;
}

const program = withDataOptions(
  new Command("npm run evaluate --").description(
    "Computes a trained detector's metrics on a data set.",
  ),
)
  .requiredOption("--weights <run>", "a run folder of `npm run train` or `npm run notebooks`")
  .option(
    "--split <name>",
    "its split: by default test where there is one, else the images held out in training",
  )
  .option(
    "--out <folder>",
    "where report, model card, metrics and detections go: the run folder by default",
  )
  .option("--best", "the weights that validated best, in place of the last epoch's");

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  console.log(describeBackend());
  const dataset = await openChosen(options);
  const { detector, manifest } = await loadRun(options.weights, options.best ? "best" : "last");
  const held = new Set(manifest.images.validation);
  const split = options.split ?? (dataset.splits.includes("test") ? "test" : null);
  const part = split ? dataset.split(split) : dataset.subset(({ id }) => held.has(id));
  if (!part.images.length) {
    throw new Error(
      `none of the images held out in training is in ${options.data}: name a split with --split`,
    );
  }
  const overlap = patientOverlap(dataset, part, manifest.images.train);
  const what = split ? `the split '${split}'` : "the validation part";
  console.log(`${DISCLAIMER}\n${part.images.length} images of ${what}; ${overlap.text}`);
  const groundTruths = part.groundTruths();
  const traced = detector instanceof FasterRCNN ? await traceBoxes(detector, part) : null;
  const detections = traced?.detections ?? (await detectDataset(detector, part));

  const folder = options.out ?? options.weights;
  await mkdir(folder, { recursive: true });
  const write = (file: string, content: string) => writeFile(join(folder, file), content);
  const writeJson = (file: string, value: unknown) =>
    write(file, `${JSON.stringify(value, null, 2)}\n`);
  // What took longest is on disk before anything else can go wrong.
  await writeJson("detections.json", detections);
  const { classNames } = manifest;
  await writeJson(
    "coco-truth.json",
    cocoGroundTruth(groundTruths, classNames, `${dataset.name}, ${what}. ${DISCLAIMER}`),
  );
  await writeJson(
    "coco-detections.json",
    cocoResults(groundTruths, detections, { classAware: true }),
  );
  await writeJson(
    "coco-detections-class-agnostic.json",
    cocoResults(groundTruths, detections, { classAware: false }),
  );

  const onPart = part.images.every(({ id }) => held.has(id));
  const validation = dataset.subset(({ id }) => held.has(id));
  const canChoose = !onPart && validation.images.length > 0;
  const { scoreThreshold } = canChoose
    ? chooseThreshold(validation.groundTruths(), await detectDataset(detector, validation))
    : chooseThreshold(groundTruths, detections);
  const thresholdChoice = `The score threshold has the best F1 on ${canChoose ? "the images held out for validation" : "the very images judged, so that figures at it are a little too good"}.`;
  const { seed } = manifest.config;
  const contrasts = await boxContrasts(part.images);
  const evaluation = evaluate(groundTruths, detections, {
    classNames,
    scoreThreshold,
    seed,
    contrasts,
  });
  const stages = traced && missCauses(traced, { scoreThreshold });
  const { metrics, intervals } = evaluation;
  await writeJson("metrics.json", {
    notice: DISCLAIMER,
    ...metrics,
    scoreThreshold,
    intervals,
    patientOverlap: overlap,
  });

  const title = `${basename(options.weights)} on ${what} of ${dataset.name}`;
  const trained = new Set(manifest.images.train);
  const parts = [
    await cardPart(
      "training",
      dataset.subset(({ id }) => trained.has(id)),
      manifest.images.train.length,
    ),
    await cardPart("validation", validation, held.size),
    await cardPart("judged", part, part.images.length),
  ];
  const { text: classNote } = patientLevelClass(dataset);
  const card = {
    title,
    manifest,
    parts,
    patientOverlap: overlap.text,
    thresholdChoice,
    classNote,
    evaluation,
    stages,
  };
  await write("model-card.md", modelCard(card));
  const report = await evaluationReport({
    title,
    images: part.images,
    groundTruths,
    detections,
    classNames,
    evaluation,
    stages,
    original: traced && (await originalMetrics(detector, part, { scoreThreshold, seed })),
    manifest: [
      `Preset ${manifest.config.preset}, ${manifest.epochs} epochs, trained on ${manifest.images.train.length} images: ${manifest.data}`,
      `Judged on ${part.images.length} images of ${what}; ${overlap.text}.`,
      thresholdChoice,
      classNote,
    ],
  });
  await write("report.html", report);
  for (const { name, value, low, high } of intervals.figures) {
    const interval =
      low === null || high === null ? "" : ` (${low.toFixed(3)} to ${high.toFixed(3)})`;
    if (value !== null) console.log(`${name}: ${value.toFixed(3)}${interval}`);
  }
  console.log(
    `written to ${folder}: report.html, model-card.md, metrics.json, detections.json, and for COCO's tools coco-*.json`,
  );
});

/**
 * What the model card says of a part. Images of another data set are counted, but cannot be looked
 * into.
 */
async function cardPart(
  name: string,
  { images, patients, boxCount }: Dataset,
  count: number,
): Promise<CardPart> {
  const known = images.length === count;
  return {
    name: known ? name : `${name} (${images.length} of ${count} images are in this data set)`,
    images: images.length,
    patients: patients.length,
    boxes: boxCount,
    hash: await contentHash(images),
  };
}
