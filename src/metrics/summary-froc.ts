/** The mean sensitivity of FROC as a summary metric, at a loose and at a strict IoU. */
import { frocCurve, LOOSE_IOU } from "./froc";
import { HIT_IOU } from "./outcomes";
import { boxesToFind, rankDetections } from "./ranking";
import { NO_BOXES, type SummaryMetricGroup } from "./summary-metric";

const IOUS = [LOOSE_IOU, HIT_IOU];

/** The mean sensitivity at the seven rates of FROC, over all images. */
export const summaryFroc: SummaryMetricGroup = {
  metrics: IOUS.map((iou) => ({ name: `FROC mean, IoU ${iou}`, absence: NO_BOXES })),
  prepare: ({ images }) => {
    const ranking = rankDetections(images, { classId: null, iouThresholds: IOUS });
    return (weights) =>
      boxesToFind(ranking, weights)
        ? IOUS.map((_, t) => frocCurve(ranking, t, { weights }).mean)
        : IOUS.map(() => null);
  },
};
