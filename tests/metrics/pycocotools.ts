/** The cases that were given to pycocotools, with its results. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CocoMetrics } from "../../src/metrics/coco-metrics";
import type { Box, ImageDetections, ImageGroundTruth } from "../../src/types";
import { detection, groundTruth } from "./cases";

export const READINGS = ["classAgnostic", "classAware"] as const;

/**
 * The metrics of one reading. pycocotools writes -1 for a metric that does not exist; here it is
 * null.
 */
export interface ReadingAnswers extends CocoMetrics {
  /** AP at each IoU threshold. */
  readonly byIou: readonly (number | null)[];
}

export interface Answers {
  readonly classAgnostic: ReadingAnswers;
  readonly classAware: ReadingAnswers;
}

export interface Case extends Answers {
  readonly name: string;
  readonly classes: number;
  /** Ground truth: box and class. Detections: box, score and the probability of each class. */
  readonly images: readonly {
    readonly groundTruths: number[][];
    readonly detections: number[][];
  }[];
  /** How often each image counts, and the metrics of these images. */
  readonly resamples?: readonly ({ readonly weights: number[] } & Answers)[];
}

const FILE = join(__dirname, "../reference/average-precision.json");

/** The number that pycocotools writes for a metric that does not exist. */
const ABSENT = -1;

/** Reads the cases that `make_average_precision.py` wrote. */
export function pycocotoolsCases(
  file: string = process.env.AVERAGE_PRECISION_CASES ?? FILE,
): Case[] {
  const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];
  return cases.map((example) => ({
    ...example,
    ...withNulls(example),
    resamples: example.resamples?.map((resample) => ({ ...resample, ...withNulls(resample) })),
  }));
}

function withNulls({ classAgnostic, classAware }: Answers): Answers {
  const orNull = (value: number | null) => (value === ABSENT ? null : value);
  const reading = (answers: ReadingAnswers) =>
    Object.fromEntries(
      Object.entries(answers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map(orNull) : orNull(value as number | null),
      ]),
    ) as unknown as ReadingAnswers;
  return { classAgnostic: reading(classAgnostic), classAware: reading(classAware) };
}

export function unpack({ images }: Case): {
  groundTruths: ImageGroundTruth[];
  detections: ImageDetections[];
} {
  const boxOf = (row: number[]): Box => [row[0], row[1], row[2], row[3]];
  return {
    groundTruths: images.map(({ groundTruths }, i) =>
      groundTruth(
        `image ${i}`,
        groundTruths.map(boxOf),
        groundTruths.map((row) => row[4]),
      ),
    ),
    detections: images.map(({ detections }, i) => ({
      imageId: `image ${i}`,
      detections: detections.map((row) => detection(boxOf(row), row[4], row.slice(5))),
    })),
  };
}
