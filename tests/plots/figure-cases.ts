/** Sixteen figures of different kinds, with long names and many patients as in real data sets. */
import { join } from "node:path";
import { Dataset, openDataset } from "../../src/data/dataset";
import { nearDuplicates } from "../../src/data/health/near-duplicates";
import { inspectImage } from "../../src/inference/inspection";
import { apIntervals } from "../../src/metrics/ap-interval";
import { averagePrecision } from "../../src/metrics/average-precision";
import { compareSummaries, summaryIntervals } from "../../src/metrics/bootstrap";
import { type MissCause, MISS_CAUSES } from "../../src/metrics/box-path";
import {
  fitTemperature,
  reliability,
  scoredOutcomes,
  temperedOutcomes,
} from "../../src/metrics/calibration";
import { errorTypes } from "../../src/metrics/error-types";
import { froc } from "../../src/metrics/froc";
import { computeMetrics } from "../../src/metrics/metrics";
import type { MissCauses } from "../../src/metrics/missed-boxes";
import { detectionOutcomes } from "../../src/metrics/outcomes";
import { patientFindings } from "../../src/metrics/patient-findings";
import { recallByFactor } from "../../src/metrics/recall-by-factor";
import { worstImages } from "../../src/metrics/worst-images";
import type { Figure } from "../../src/plots/figure";
import * as figures from "../../src/plots/index";
import { History } from "../../src/runs/history";
import type { ImageBox, ImageDetections } from "../../src/types";
import { smallDetector } from "../detectors/small-detector";
import { detection } from "../metrics/cases";

const SAMPLE = join(__dirname, "../../data/sample");
const EPOCHS = 6;
const BOOTSTRAP = { seed: 1, resamples: 20 };
const SCORE_THRESHOLD = 0.45;

/** The test split of the bundled sample, with long names of files and patients. */
async function longNames(): Promise<Dataset> {
  const { images, classNames, root } = (await openDataset(SAMPLE)).split("test");
  const renamed = images.map((image) => ({
    ...image,
    id: image.id.replace(/(\d+)_(\d+)/, "center-2_$1_axial-t1-contrast_slice-$2"),
    patient: `center-2/${image.patient}`,
  }));
  return new Dataset({ root, classNames, images: renamed });
}

/** Detections that find most boxes, some of them badly, with some false positives. */
function detectionsOf({ images }: Dataset, shift = 4): ImageDetections[] {
  return images.map(({ id, annotations }, i) => {
    const found = annotations.map(({ box, classId }, b) => {
      const moved = box.map((edge, side) => edge + ((i + b + side) % 4) * shift);
      const probabilities = (i + b) % 5 === classId ? [0.3, 0.7] : [0.7, 0.3];
      return detection(
        moved as unknown as ImageBox,
        0.95 - 0.07 * ((3 * i + b) % 11),
        probabilities,
      );
    });
    const stray = detection([20, 20, 50, 50], 0.2 + 0.1 * (i % 6), [0.6, 0.4]);
    return { imageId: id, detections: i % 3 ? found : [...found, stray] };
  });
}

/** A training whose detections come closer to the boxes. */
function trainingHistory(dataset: Dataset): History {
  const history = new History();
  const groundTruths = dataset.groundTruths();
  const terms = ["RPN objectness", "RPN boxes", "foreground", "class", "boxes", "total"];
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    for (let step = 1; step <= 20; step++)
      history.add({
        kind: "step",
        epoch,
        epochs: EPOCHS,
        step,
        steps: 20,
        losses: Object.fromEntries(terms.map((term, i) => [term, (i + 1) / epoch])),
        learningRate: 1e-3 / epoch,
        gradientNorm: 1 / step,
        imagesPerSecond: 9 + (step % 3),
        secondsLeft: 60 * (EPOCHS - epoch),
      });
    const detections = detectionsOf(dataset, EPOCHS - epoch);
    history.add({
      kind: "validation",
      epoch,
      metrics: computeMetrics(groundTruths, detections, dataset.classNames),
      intervals: apIntervals(groundTruths, detections, BOOTSTRAP),
      shown: detections.slice(0, 6),
    });
  }
  return history;
}

/** Every cause of a miss, with several tumors each. */
function everyMissCause(): MissCauses {
  const causes = Object.keys(MISS_CAUSES) as MissCause[];
  return {
    scoreThreshold: SCORE_THRESHOLD,
    iou: 0.5,
    covered: {
      anchors: 1,
      candidates: 0.9,
      proposals: 0.8,
      "refined boxes": 0.7,
      detections: 0.6,
      found: 0.5,
    },
    missed: [],
    boxes: 100,
    costs: causes.map((cause, i) => ({ cause, name: MISS_CAUSES[cause], count: i, ap: i / 50 })),
  };
}

/** The figures by name. */
export async function figureCases(): Promise<Record<string, Figure>> {
  const dataset = await longNames();
  const { images, classNames } = dataset;
  const groundTruths = dataset.groundTruths();
  const detections = detectionsOf(dataset);
  const better = detectionsOf(dataset, 1);
  const options = { classNames, minScore: SCORE_THRESHOLD };
  const atThreshold = { scoreThreshold: SCORE_THRESHOLD };
  const run = { detections, ...atThreshold };
  const betterRun = { detections: better, ...atThreshold };
  const history = trainingHistory(dataset);
  const scored = scoredOutcomes(groundTruths, detections);
  const tempered = temperedOutcomes(scored, fitTemperature(scored));
  const detector = smallDetector();
  const inspection = await inspectImage(
    detector,
    images.find((image) => image.annotations.length)!,
  );
  detector.dispose();
  return {
    curve: figures.precisionRecall(
      [false, true].map((classAware) => averagePrecision(groundTruths, detections, { classAware })),
      classNames,
    ),
    histogram: figures.scoreHistogram(detectionOutcomes(groundTruths, detections), 0.97),
    panels: await figures.worstImageGrid(
      worstImages(groundTruths, detections, atThreshold).slice(0, 6),
      images,
      { ...options, detections },
    ),
    pairs: await figures.duplicatePairs(await nearDuplicates(dataset, { maxDistance: 80 })),
    heatmap: figures.boxHeatmap(dataset),
    bars: figures.errorTypes(
      [false, true].map((classAware) =>
        errorTypes(groundTruths, detections, { classAware, ...atThreshold }),
      ),
    ),
    patients: figures.patientFindings(patientFindings(groundTruths, detections, atThreshold)),
    factors: figures.recallByFactor(recallByFactor(groundTruths, detections, atThreshold)),
    causes: figures.stageCosts(everyMissCause()),
    slider: await figures.epochReplay(history, images, options),
    "narrow-slider": await figures.nmsSlider(inspection, 0.7),
    calibration: figures.reliability([
      { name: "as given", result: reliability(scored) },
      { name: "fitted on the validation part", result: reliability(tempered) },
    ]),
    froc: figures.froc(
      [froc(groundTruths, detections), froc(groundTruths, detections, { iou: 0.1 })],
      {
        scoreThreshold: 0.01,
      },
    ),
    intervals: figures.summaryIntervals([
      { name: "accurate, seed 1", intervals: summaryIntervals(groundTruths, betterRun, BOOTSTRAP) },
      { name: "default, seed 1", intervals: summaryIntervals(groundTruths, run, BOOTSTRAP) },
    ]),
    differences: figures.pairedDifferences(
      compareSummaries(groundTruths, [run, betterRun], BOOTSTRAP),
      ["default, five folds, seed 1", "accurate, five folds, seed 1"],
    ),
    dashboard: figures.dashboard(history),
  };
}
