/** The metrics of a detector on a set of images, exactly as `evaluation.json` holds them. */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { type ApMetrics, averagePrecision } from "./average-precision";
import { type CocoMetrics, cocoMetrics } from "./coco-metrics";

export interface Metrics {
  /**
   * Where the tumors are, whatever their classes. With average precision by box size and average
   * recall.
   */
  readonly classAgnostic: CocoMetrics;
  /** Where the tumors are, and of which class. */
  readonly classAware: CocoMetrics;
  /** The class-aware metrics of each class; null for a class without boxes. */
  readonly classes: readonly ({
    readonly name: string;
    readonly boxes: number;
  } & ApMetrics)[];
  readonly images: number;
  readonly imagesWithoutBoxes: number;
  /** Ground-truth boxes. Without any, every AP and every AR is null. */
  readonly boxes: number;
  readonly patients: number;
  readonly detections: number;
  readonly classNames: readonly string[];
}

/**
 * Computes the metrics of `evaluation.json`.
 * @param groundTruths all evaluated images, also those without boxes
 * @param detections boxes in the same pixels as the ground truth
 * @param classNames by class id
 * @throws when a box has a class without a name, and as `averagePrecision` does
 * @example
 * const metrics = computeMetrics(test.groundTruths(), detections, test.classNames);
 */
export function computeMetrics(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  classNames: readonly string[],
): Metrics {
  for (const { imageId, classIds } of groundTruths) {
    const unknown = classIds.find((classId) => !(classId in classNames));
    if (unknown !== undefined) {
      throw new Error(
        `image '${imageId}' has a box of class ${unknown}, but there are ${classNames.length} class names`,
      );
    }
  }
  const aware = averagePrecision(groundTruths, detections, { classAware: true });
  return {
    classAgnostic: cocoMetrics(groundTruths, detections, { classAware: false }),
    classAware: cocoMetrics(groundTruths, detections, { classAware: true }),
    classes: classNames.map((name, classId) => {
      const ranking = aware.rankings.find((candidate) => candidate.classId === classId);
      if (!ranking) return { name, boxes: 0, AP: null, AP50: null, AP75: null };
      const { boxes, AP, AP50, AP75 } = ranking;
      return { name, boxes, AP, AP50, AP75 };
    }),
    images: groundTruths.length,
    imagesWithoutBoxes: groundTruths.filter(({ boxes }) => boxes.length === 0).length,
    boxes: aware.boxes,
    patients: new Set(groundTruths.map(({ patient }) => patient)).size,
    detections: detections.reduce((sum, image) => sum + image.detections.length, 0),
    classNames: [...classNames],
  };
}

/** Early versions of this project wrote this number for a metric without boxes to find. */
const EARLY_ABSENCE = -1;

/**
 * Metrics read from a file, with null for each metric that does not exist. Early versions of this
 * project wrote -1 there.
 */
export function currentMetrics<T extends Pick<Metrics, "classAgnostic" | "classAware" | "classes">>(
  stored: T,
): T {
  return {
    ...stored,
    classAgnostic: withNulls(stored.classAgnostic),
    classAware: withNulls(stored.classAware),
    classes: stored.classes.map(withNulls),
  };
}

function withNulls<T extends object>(metrics: T): T {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, value === EARLY_ABSENCE ? null : value]),
  ) as T;
}
