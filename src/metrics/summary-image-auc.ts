/** The area under the ROC curve of whole images as a summary metric. */
import { rocOf, scoreImages } from "./image-roc";
import type { SummaryMetricGroup } from "./summary-metric";

/** How well the best score of an image separates images with boxes from images without. */
export const summaryImageAuc: SummaryMetricGroup = {
  metrics: [{ name: "image AUC", absence: "no images with boxes, or none without" }],
  prepare: ({ images }) => {
    const scored = scoreImages(images);
    return (weights) => [rocOf(scored, weights)?.auc ?? null];
  },
};
