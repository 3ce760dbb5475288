/** The page that `npm run evaluate` writes: what was judged, how good it is, and what goes wrong. */
import { averagePrecision, NOTHING_TO_FIND } from "../evaluation/average-precision";
import { worstErrors } from "../evaluation/errors";
import { computeMetrics, Metrics } from "../evaluation/metrics";
import { countsAtThreshold } from "../evaluation/operating-point";
import { detectionOutcomes } from "../evaluation/outcomes";
import { figures } from "../plots/index";
import type { ImageDetections, ImageRecord, ImageTruth } from "../types";
import { gallery } from "./gallery";
import { htmlPage, PagePart } from "./page";

export interface EvaluationInput {
  readonly title: string;
  readonly images: readonly ImageRecord[];
  readonly truths: readonly ImageTruth[];
  readonly detections: readonly ImageDetections[];
  readonly classNames: readonly string[];
  readonly scoreThreshold: number;
  /** Sentences about the detector, the images, where the threshold comes from, and whether patients were trained on. */
  readonly facts: readonly string[];
}

/** The whole page: headline figures, curves, the operating point, and every image with its boxes. */
export async function evaluationReport(input: EvaluationInput): Promise<string> {
  const { truths, detections, classNames, scoreThreshold } = input;
  const metrics = computeMetrics(truths, detections, classNames);
  const counts = countsAtThreshold(truths, detections, { scoreThreshold, classCount: classNames.length });
  const readings = [false, true].map((classAware) => averagePrecision(truths, detections, { classAware }));
  const errors = worstErrors(truths, detections, { scoreThreshold });
  const parts: PagePart[] = [
    ...input.facts.map((text) => ({ text })),
    { heading: "How good it is" },
    { table: headline(metrics) },
    { text: `${metrics.images} images (${metrics.imagesWithoutBoxes} without boxes) of ${metrics.patients} patients, ${metrics.boxes} boxes.` }, // prettier-ignore
    { figure: figures.precisionRecall(readings, classNames) },
    { figure: figures.apByIou(readings) },
    { heading: `At score ${scoreThreshold.toFixed(3)}` },
    {
      text:
        `${counts.hits} found, ${counts.missed} missed, ${counts.falsePositives} false: precision ${counts.precision.toFixed(3)}, ` +
        `recall ${counts.recall.toFixed(3)}, ${counts.falsePositivesPerImage.toFixed(2)} false boxes an image.`,
    },
    { figure: figures.scoreHistogram(detectionOutcomes(truths, detections), scoreThreshold) },
    { heading: "Every image, worst first" },
    ...(await gallery(errors, input.images, detections, { classNames, scoreThreshold })),
  ];
  return htmlPage(input.title, parts);
}

function headline(metrics: Metrics): { columns: string[]; rows: string[][] } {
  const columns = ["", "AP50", "AP75", "AP"];
  const row = (name: string, { AP50, AP75, AP }: Pick<Metrics["classAware"], "AP50" | "AP75" | "AP">) => [
    name,
    ...[AP50, AP75, AP].map((value) => (value === NOTHING_TO_FIND ? "no boxes" : value.toFixed(3))),
  ];
  const classes = metrics.classes.map((own) => row(`class ${own.name} (${own.boxes} boxes)`, own));
  return {
    columns,
    rows: [row("class-agnostic", metrics.classAgnostic), row("class-aware", metrics.classAware), ...classes],
  };
}
