/** The headline figures of a run: exactly what `metrics.json` holds. */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { ApMetrics, averagePrecision, NOTHING_TO_FIND } from "./average-precision";
import { CocoMetrics, cocoMetrics } from "./coco-metrics";

export interface Metrics {
  /**
   * Where the tumors are; their class does not count. With average precision by box size and
   * average recall.
   */
  readonly classAgnostic: CocoMetrics;
  /** Where they are and of which class. */
  readonly classAware: CocoMetrics;
  /** The class-aware figures of each class; `NOTHING_TO_FIND` (-1) for a class without boxes. */
  readonly classes: readonly ({
    readonly name: string;
    readonly boxes: number;
  } & ApMetrics)[];
  readonly images: number;
  readonly imagesWithoutBoxes: number;
  readonly boxes: number;
  readonly patients: number;
  readonly detections: number;
  readonly classNames: readonly string[];
}

/**
 * @param truths of every image that was looked at, those without boxes too; pixels as the
 * detections'
 * @param classNames by class id; throws when a box has a class beyond them
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
      const own = aware.rankings.find((ranking) => ranking.classId === classId);
      return own
        ? { name, boxes: own.boxes, ...headline(own) }
        : {
            name,
            boxes: 0,
            AP: NOTHING_TO_FIND,
            AP50: NOTHING_TO_FIND,
            AP75: NOTHING_TO_FIND,
          };
    }),
    images: groundTruths.length,
    imagesWithoutBoxes: groundTruths.filter(({ boxes }) => boxes.length === 0).length,
    boxes: aware.boxes,
    patients: new Set(groundTruths.map(({ patient }) => patient)).size,
    detections: detections.reduce((sum, image) => sum + image.detections.length, 0),
    classNames: [...classNames],
  };
}

function headline({ AP, AP50, AP75 }: ApMetrics): ApMetrics {
  return { AP, AP50, AP75 };
}
