/**
 * The page that `npm run evaluate` writes: what was judged, how good it is, and what goes wrong.
 */
import { averagePrecision, NOTHING_TO_FIND } from "../metrics/average-precision";
import { worstImages } from "../metrics/worst-images";
import type { Evaluation } from "../metrics/evaluate";
import type { MissCauses } from "../metrics/missed-boxes";
import type { Metrics } from "../metrics/metrics";
import { detectionOutcomes } from "../metrics/outcomes";
import type { OriginalMetrics } from "../inference/original-metrics";
import * as figures from "../plots/index";
import type { ImageDetections, ImageRecord, ImageGroundTruth } from "../types";
import { gallery } from "./gallery";
import { knownFailures } from "./model-card";
import { htmlPage, type PagePart } from "./page";

export interface EvaluationInput {
  readonly title: string;
  readonly images: readonly ImageRecord[];
  readonly groundTruths: readonly ImageGroundTruth[];
  readonly detections: readonly ImageDetections[];
  readonly classNames: readonly string[];
  readonly evaluation: Evaluation;
  /** Null for a detector whose stages cannot be followed. */
  readonly stages: MissCauses | null;
  readonly original: OriginalMetrics | null;
  /**
   * Sentences about the detector, the images, where the threshold comes from, and whether patients
   * were trained on.
   */
  readonly manifest: readonly string[];
}

/**
 * The whole page: headline figures with intervals, curves, the operating point, what lost tumors,
 * and every image with its boxes.
 */
export async function evaluationReport(input: EvaluationInput): Promise<string> {
  const { groundTruths, detections, classNames, evaluation } = input;
  const { metrics, scoreThreshold } = evaluation;
  const errors = worstImages(groundTruths, detections, { scoreThreshold });
  const parts: PagePart[] = [
    ...input.manifest.map((text) => ({ text })),
    ...howGood(input),
    ...atThreshold(input),
    ...(await whatGoesWrong(input)),
    ...(input.original ? besideTheOriginal(input.original, metrics) : []),
    { heading: "Do the scores mean what they say?" },
    { figure: figures.reliability([{ name: "as given", result: evaluation.reliability }]) },
    { heading: "Every image, worst first" },
    ...(await gallery(errors, input.images, detections, { classNames, scoreThreshold })),
  ];
  return htmlPage(input.title, parts);
}

function howGood({
  groundTruths,
  detections,
  classNames,
  evaluation,
}: EvaluationInput): PagePart[] {
  const { metrics, intervals, scoreThreshold } = evaluation;
  const readings = [false, true].map((classAware) =>
    averagePrecision(groundTruths, detections, { classAware }),
  );
  return [
    { heading: "How good it is" },
    { table: headline(metrics) },
    {
      text: `${metrics.images} images (${metrics.imagesWithoutBoxes} without boxes) of ${metrics.patients} patients, ${metrics.boxes} boxes.`,
    },
    { figure: figures.summaryIntervals([{ name: "this detector", intervals }]) },
    {
      text: "Intervals are by bootstrap over patients: they say what other patients would change, not what another training would.",
    },
    { figure: figures.precisionRecall(readings, classNames) },
    { figure: figures.apByIou(readings) },
    {
      figure: figures.cocoMetrics([
        { name: "class-agnostic", metrics: metrics.classAgnostic },
        { name: "class-aware", metrics: metrics.classAware },
      ]),
    },
    { figure: figures.froc(evaluation.froc, { scoreThreshold }) },
    { figure: figures.imageRoc(evaluation.imageRoc) },
  ];
}

function atThreshold({ groundTruths, detections, evaluation }: EvaluationInput): PagePart[] {
  const { counts, patients, scoreThreshold } = evaluation;
  return [
    { heading: `At score ${scoreThreshold.toFixed(3)}` },
    {
      text:
        `${counts.hits} found, ${counts.missed} missed, ${counts.falsePositives} false: precision ${counts.precision.toFixed(3)}, ` +
        `recall ${counts.recall.toFixed(3)}, ${counts.falsePositivesPerImage.toFixed(2)} false boxes an image.`,
    },
    { figure: figures.scoreHistogram(detectionOutcomes(groundTruths, detections), scoreThreshold) },
    { figure: figures.patientFindings(patients) },
  ];
}

async function whatGoesWrong({ images, evaluation, stages }: EvaluationInput): Promise<PagePart[]> {
  return [
    { heading: "What goes wrong, and where" },
    ...knownFailures({ evaluation, stages }).map((text) => ({ text })),
    { figure: figures.errorTypes(evaluation.errorTypes) },
    { figure: figures.recallByFactor(evaluation.recallByFactor) },
    ...(stages
      ? [{ figure: figures.stageCoverage(stages) }, { figure: figures.stageCosts(stages) }]
      : [{ text: "Stages can be followed only in the presets default and accurate." }]),
    ...(stages?.lost.length ? [{ figure: await figures.missedBoxes(stages, images) }] : []),
  ];
}

function besideTheOriginal(original: OriginalMetrics, { classAgnostic }: Metrics): PagePart[] {
  const rows = [
    ["RPN accuracy over sampled anchors", original.rpnAccuracy, original.silentRpnAccuracy],
    ["class accuracy of the first detection", original.classAccuracy, 0],
    ["AP50 of one mean box an image", original.meanBoxAp50, 0],
    ["AP50 of all boxes, class-agnostic", classAgnostic.AP50, 0],
  ].map(([name, value, silent]) => [
    String(name),
    ...[value, silent].map((figure) => figureText(Number(figure))),
  ]);
  return [
    { heading: "The original experiment's figures, beside these" },
    { table: { columns: ["", "this detector", "one that finds nothing"], rows } },
    {
      text: "Most sampled anchors are background, so that a network which never finds anything has a high accuracy. A mean box lies between two tumors, and on neither.",
    },
  ];
}

function headline(metrics: Metrics): { columns: string[]; rows: string[][] } {
  const columns = ["", "AP50", "AP75", "AP"];
  const row = (
    name: string,
    { AP50, AP75, AP }: Pick<Metrics["classAware"], "AP50" | "AP75" | "AP">,
  ) => [name, ...[AP50, AP75, AP].map(figureText)];
  const classes = metrics.classes.map((own) => row(`class ${own.name} (${own.boxes} boxes)`, own));
  return {
    columns,
    rows: [
      row("class-agnostic", metrics.classAgnostic),
      row("class-aware", metrics.classAware),
      ...classes,
    ],
  };
}

function figureText(value: number): string {
  return value === NOTHING_TO_FIND ? "no boxes" : value.toFixed(3);
}
