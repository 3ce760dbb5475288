/** The cases that pycocotools was asked about. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CocoMetrics } from "../../src/metrics/coco-metrics";
import type { Box, ImageDetections, ImageGroundTruth } from "../../src/types";
import { detection, groundTruth } from "./cases";

export const READINGS = ["classAgnostic", "classAware"] as const;

export interface Answers {
  readonly classAgnostic: CocoMetrics & { readonly byIou: readonly number[] };
  readonly classAware: CocoMetrics & { readonly byIou: readonly number[] };
}

export interface Case extends Answers {
  readonly name: string;
  readonly classes: number;
  /** Truth: box and class. Detections: box, score and the probability of each class. */
  readonly images: readonly {
    readonly groundTruths: number[][];
    readonly detections: number[][];
  }[];
  /** How often each image counts, and what that comes to. */
  readonly resamples?: readonly ({ readonly weights: number[] } & Answers)[];
}

const FILE = join(__dirname, "../reference/average-precision.json");

/** Written by `make_average_precision.py`, to any other place too. */
export function pycocotoolsCases(
  file: string = process.env.AVERAGE_PRECISION_CASES ?? FILE,
): Case[] {
  return JSON.parse(readFileSync(file, "utf8"));
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
