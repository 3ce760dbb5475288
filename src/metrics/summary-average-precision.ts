/** AP50, AP75 and AP of one reading as summary metrics. */
import {
  type ClassReading,
  COCO_IOU_THRESHOLDS,
  COCO_MAX_DETECTIONS,
  presentClasses,
} from "./average-precision";
import { meanOfPresent } from "./mean-of-present";
import { interpolatedPrecision, rankDetections } from "./ranking";
import { NO_BOXES, type SummaryMetricGroup } from "./summary-metric";

const AP50 = COCO_IOU_THRESHOLDS.indexOf(0.5);
const AP75 = COCO_IOU_THRESHOLDS.indexOf(0.75);

/** AP50, AP75 and AP of COCO, class-agnostic or class-aware. */
export function summaryAveragePrecision(reading: ClassReading): SummaryMetricGroup {
  return {
    metrics: ["AP50", "AP75", "AP"].map((name) => ({
      name: `${reading} ${name}`,
      absence: reading === "class-aware" ? `${NO_BOXES}, or other class names` : NO_BOXES,
    })),
    prepare: ({ images, groundTruths, classAware }) => {
      if (reading === "class-aware" && !classAware) return () => [null, null, null];
      const classes = reading === "class-aware" ? presentClasses(groundTruths) : [null];
      const rankings = classes.map((classId) =>
        rankDetections(images, {
          classId,
          iouThresholds: COCO_IOU_THRESHOLDS,
          maxDetections: COCO_MAX_DETECTIONS,
        }),
      );
      return (weights) => {
        const byIou = COCO_IOU_THRESHOLDS.map((_, t) =>
          meanOfPresent(rankings.map((ranking) => interpolatedPrecision(ranking, t, weights))),
        );
        return [byIou[AP50], byIou[AP75], meanOfPresent(byIou)];
      };
    },
  };
}
