/** The ROC figure of whole images: with or without a tumor. */
import type { ImageRoc } from "../metrics/image-roc";
import { axis, type Figure, figure, round, diagonal, type Trace } from "./figure";

const SIZE = { width: 560, height: 460 } as const;

/**
 * The receiver operating characteristic of images: an image counts as one with a tumor when its
 * highest score is at the threshold or above it.
 * @param roc null when all images have a tumor, or none has; the figure says so
 * @example
 * await show(figures.imageRoc(imageRoc(groundTruths, detections)));
 */
export function imageRoc(roc: ImageRoc | null): Figure {
  const axes = {
    ...SIZE,
    xaxis: axis("false positive rate (images without a tumor)", { range: [-0.01, 1.02] }),
    yaxis: axis("sensitivity (images with a tumor)", { range: [0, 1.05] }),
  };
  const title = "Images with and without a tumor";
  if (!roc) {
    const text = "no curve: it needs images with a tumor<br>and images without one";
    return figure([], title, {
      ...axes,
      annotations: [{ x: 0.5, y: 0.5, text, showarrow: false }],
    });
  }
  const chance = diagonal("chance");
  const curve: Trace = {
    type: "scatter",
    mode: "lines+markers",
    name: `${roc.imagesWithTumor} images with a tumor, ${roc.imagesWithoutTumor} without`,
    marker: { size: 4 },
    x: roc.points.map(({ falsePositiveRate }) => round(falsePositiveRate, 4)),
    y: roc.points.map(({ sensitivity }) => round(sensitivity, 4)),
    text: roc.points.map(({ scoreThreshold }) =>
      scoreThreshold === null ? "no image" : `highest score from ${round(scoreThreshold)}`,
    ),
    hovertemplate: "%{text}<br>sensitivity %{y}, false positive rate %{x}<extra></extra>",
  };
  const legend = { x: 1, xanchor: "right", y: 0.02, yanchor: "bottom" };
  return figure([curve, chance], `${title}: AUC ${roc.auc.toFixed(3)}`, { ...axes, legend });
}
