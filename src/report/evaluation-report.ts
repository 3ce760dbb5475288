/**
 * The page that `npm run evaluate` writes: the detector and the images, the metrics with their
 * intervals, the errors, and every image.
 */
import type { OriginalMetrics } from "../inference/original-metrics";
import { averagePrecision } from "../metrics/average-precision";
import type { Evaluation } from "../metrics/evaluate";
import { unitsText } from "../metrics/images-by-patient";
import { intervalText, unitName } from "./interval-text";
import { metricText } from "../metrics/metric-text";
import type { Metrics } from "../metrics/metrics";
import type { MissCauses } from "../metrics/missed-boxes";
import { detectionOutcomes } from "../metrics/outcomes";
import { summaryTable, type TextTable } from "../metrics/summary-table";
import { worstImages } from "../metrics/worst-images";
import * as figures from "../plots/index";
import type { ImageDetections, ImageGroundTruth, ImageRecord } from "../types";
import { gallery } from "./gallery";
import { knownFailures } from "./known-failures";
import { htmlPage, type PagePart } from "./page";

/** Everything that a report is about. */
export interface EvaluationInput {
  readonly title: string;
  readonly images: readonly ImageRecord[];
  /** Boxes in pixels of the original images. */
  readonly groundTruths: readonly ImageGroundTruth[];
  /** Boxes in pixels of the original images. */
  readonly detections: readonly ImageDetections[];
  readonly classNames: readonly string[];
  readonly evaluation: Evaluation;
  /** Whether the detector has the classes of the boxes. */
  readonly classAware: boolean;
  /** Null for a detector without two stages. */
  readonly stages: MissCauses | null;
  /** Null where these metrics were not computed. */
  readonly original: OriginalMetrics | null;
  /**
   * Sentences on the detector, the images, the source of the threshold, and whether the detector
   * was trained on the same patients.
   */
  readonly manifest: readonly string[];
}

/**
 * The whole page: metrics with intervals, curves, counts at the threshold, causes of misses, and
 * every image with its boxes.
 * @throws when an image file is not readable
 */
export async function evaluationReport(input: EvaluationInput): Promise<string> {
  const { images, groundTruths, detections, classNames, evaluation } = input;
  const { metrics, scoreThreshold } = evaluation;
  const errors = worstImages(groundTruths, detections, { scoreThreshold });
  const parts: PagePart[] = [
    ...input.manifest.map((text) => ({ text })),
    ...quality(input),
    ...atThreshold(input),
    ...(await failures(input)),
    ...(input.original ? besideTheOriginal(input.original, metrics) : []),
    { heading: "Calibration of the scores" },
    { figure: figures.reliability([{ name: "as given", result: evaluation.reliability }]) },
    { heading: "Every image, worst first" },
    ...(await gallery(errors, images, { detections, classNames, scoreThreshold })),
  ];
  return htmlPage(input.title, parts);
}

function quality(input: EvaluationInput): PagePart[] {
  const { groundTruths, detections, classNames, evaluation } = input;
  const { metrics, intervals, scoreThreshold } = evaluation;
  const precisions = [false, ...(input.classAware ? [true] : [])].map((classAware) =>
    averagePrecision(groundTruths, detections, { classAware }),
  );
  return [
    { heading: "Metrics" },
    { table: precisionTable(metrics) },
    { table: summaryTable(intervals) },
    {
      text: `${metrics.images} images (${metrics.imagesWithoutBoxes} without boxes) of ${unitsText(intervals)}, ${metrics.boxes} boxes.`,
    },
    { figure: figures.summaryIntervals([{ name: "this detector", intervals }]) },
    {
      text: intervalText(
        intervals,
        `The intervals come from a bootstrap over ${unitName(intervals)}.`,
      ),
    },
    { figure: figures.precisionRecall(precisions, classNames) },
    { figure: figures.apByIou(precisions) },
    {
      figure: figures.cocoMetrics([
        { name: "class-agnostic", metrics: metrics.classAgnostic },
        ...(input.classAware ? [{ name: "class-aware", metrics: metrics.classAware }] : []),
      ]),
    },
    { figure: figures.froc(evaluation.froc, { scoreThreshold }) },
    { figure: figures.imageRoc(evaluation.imageRoc) },
  ];
}

function atThreshold({ groundTruths, detections, evaluation }: EvaluationInput): PagePart[] {
  const { counts, patients, scoreThreshold } = evaluation;
  const { hits, missed, falsePositives, precision, recall, falsePositivesPerImage } = counts;
  return [
    { heading: `At score ${scoreThreshold.toFixed(3)}` },
    {
      text:
        `${hits} boxes found, ${missed} missed, ${falsePositives} false positives: precision ${precision.toFixed(3)}, ` +
        `recall ${recall.toFixed(3)}, ${falsePositivesPerImage.toFixed(2)} false positives per image.`,
    },
    { figure: figures.scoreHistogram(detectionOutcomes(groundTruths, detections), scoreThreshold) },
    ...(patients.patients.length ? [{ figure: figures.patientFindings(patients) }] : []),
  ];
}

async function failures({ images, evaluation, stages }: EvaluationInput): Promise<PagePart[]> {
  return [
    { heading: "Errors and their causes" },
    ...knownFailures({ evaluation, stages }).map((text) => ({ text })),
    { figure: figures.errorTypes(evaluation.errorTypes) },
    { figure: figures.recallByFactor(evaluation.recallByFactor) },
    ...(stages
      ? [{ figure: figures.stageCoverage(stages) }, { figure: figures.stageCosts(stages) }]
      : [{ text: "The causes of misses are known only for the presets default and accurate." }]),
    ...(stages?.missed.length ? [{ figure: await figures.missedBoxes(stages, images) }] : []),
  ];
}

function besideTheOriginal(original: OriginalMetrics, { classAgnostic }: Metrics): PagePart[] {
  // Name, value of this detector, value of a detector that finds nothing.
  const metrics: readonly (readonly [string, number | null, number])[] = [
    ["RPN accuracy over sampled anchors", original.rpnAccuracy, original.silentRpnAccuracy],
    ["class accuracy of the first detection", original.classAccuracy, 0],
    ["AP50 of one mean box per image", original.meanBoxAp50, 0],
    ["AP50 of all boxes, class-agnostic", classAgnostic.AP50, 0],
  ];
  const rows = metrics.map(([name, ...values]) => [name, ...values.map(metricText)]);
  return [
    { heading: "Metrics of the original experiment" },
    { table: { columns: ["", "this detector", "a detector that finds nothing"], rows } },
    {
      text: "Most sampled anchors are background: a network that finds nothing also has a high accuracy. The mean box of two tumors lies between them, on neither.",
    },
  ];
}

function precisionTable(metrics: Metrics): TextTable {
  const row = (
    name: string,
    { AP50, AP75, AP }: Pick<Metrics["classAware"], "AP50" | "AP75" | "AP">,
  ) => [name, ...[AP50, AP75, AP].map(metricText)];
  return {
    columns: ["", "AP50", "AP75", "AP"],
    rows: [
      row("class-agnostic", metrics.classAgnostic),
      row("class-aware", metrics.classAware),
      ...metrics.classes.map((result) =>
        row(`class ${result.name} (${result.boxes} boxes)`, result),
      ),
    ],
  };
}
