/** The metrics of a detector on a set of images, exactly as `evaluation.json` holds them. */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { drawnUnits } from "./images-by-patient";
import { type ApMetrics, averagePrecision } from "./average-precision";
import { type CocoMetrics, cocoMetrics } from "./coco-metrics";

export interface Metrics {
  /**
   * Where the tumors are, whatever their classes. With average precision by box size and average
   * recall.
   */
  readonly classAgnostic: CocoMetrics;
  /**
   * Where the tumors are, and of which class. All metrics are null if the detector does not have
   * the classes of the boxes.
   */
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
  /** Null if the patients are not known. */
  readonly patients: number | null;
  /** Groups of images that are alike; missing where patients are known. */
  readonly groups?: number;
  readonly detections: number;
  readonly classNames: readonly string[];
}

/**
 * Computes the metrics of `evaluation.json`.
 * @param groundTruths all evaluated images, also those without boxes
 * @param detections boxes in the same pixels as the ground truth
 * @param classNames by class id
 * @param options the reading
 * @param options.classAware false if the detector does not have the classes of the boxes;
 * class-aware metrics are null then
 * @throws when a box has a class without a name, and as `averagePrecision` does
 * @example
 * const metrics = computeMetrics(test.groundTruths(), detections, test.classNames);
 */
export function computeMetrics(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  classNames: readonly string[],
  { classAware = true }: { readonly classAware?: boolean } = {},
): Metrics {
  for (const { imageId, classIds } of groundTruths) {
    const unknown = classIds.find((classId) => !(classId in classNames));
    if (unknown !== undefined) {
      throw new Error(
        `image '${imageId}' has a box of class ${unknown}, but there are ${classNames.length} class names`,
      );
    }
  }
  const rankings = classAware
    ? averagePrecision(groundTruths, detections, { classAware }).rankings
    : [];
  const { patients, grouped } = drawnUnits(groundTruths);
  const classAgnostic = cocoMetrics(groundTruths, detections, { classAware: false });
  return {
    classAgnostic,
    classAware: classAware
      ? cocoMetrics(groundTruths, detections, { classAware })
      : allAbsent(classAgnostic),
    classes: classNames.map((name, classId) => {
      const ranking = rankings.find((candidate) => candidate.classId === classId);
      const boxes = countBoxes(groundTruths, classId);
      if (!ranking) return { name, boxes, AP: null, AP50: null, AP75: null };
      const { AP, AP50, AP75 } = ranking;
      return { name, boxes, AP, AP50, AP75 };
    }),
    images: groundTruths.length,
    imagesWithoutBoxes: groundTruths.filter(({ boxes }) => boxes.length === 0).length,
    boxes: groundTruths.reduce((sum, { boxes }) => sum + boxes.length, 0),
    patients: grouped ? null : patients,
    ...(grouped ? { groups: patients } : {}),
    detections: detections.reduce((sum, image) => sum + image.detections.length, 0),
    classNames: [...classNames],
  };
}

function countBoxes(groundTruths: readonly ImageGroundTruth[], classId: number): number {
  return groundTruths.reduce(
    (sum, { classIds }) => sum + classIds.filter((other) => other === classId).length,
    0,
  );
}

/** Metrics of the same names, all null. */
function allAbsent(metrics: CocoMetrics): CocoMetrics {
  return Object.fromEntries(
    Object.keys(metrics).map((name) => [name, null]),
  ) as unknown as CocoMetrics;
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
