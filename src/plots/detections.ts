/**
 * Figures of detections and ground truth on images. The metrics decide what is a hit, and at which
 * IoU.
 */
import type { ImageErrors } from "../metrics/worst-images";
import type { ImageDetections, ImageRecord } from "../types";
import { boxGroup, type BoxKind } from "./box-groups";
import {
  errorText,
  type DetectionFigureOptions,
  conditions,
  detectionPanel,
} from "./detection-panel";
import { COLORS, type Figure } from "./figure";
import { panelFigure } from "./panels";

export type { DetectionFigureOptions };

const MEAN_BOX: BoxKind = { name: "mean box", color: COLORS.pink, dash: "solid", width: 2.5 };

/**
 * Images with their ground truth and their detections. Hits and false positives have different
 * colors; each detection has its score.
 * @param detections boxes in pixels of the original images
 * @throws when there are no images, or when one is not readable
 * @example
 * const options = { classNames: dataset.classNames, minScore: 0.5 };
 * await show(await figures.detectionGrid(images, detections, options));
 */
export async function detectionGrid(
  images: readonly ImageRecord[],
  detections: readonly ImageDetections[],
  options: DetectionFigureOptions,
): Promise<Figure> {
  const { minScore, title = "Detections and ground truth" } = options;
  const panels = await Promise.all(
    images.map((image) => detectionPanel(image, detections, options)),
  );
  return panelFigure(panels, { title: `${title} (${conditions(minScore)})` });
}

/** The detections of a figure of errors. */
export interface WorstImageOptions extends DetectionFigureOptions {
  /** Boxes in pixels of the original images. */
  readonly detections: readonly ImageDetections[];
}

/**
 * The images with the worst errors, in the order of `errors`. The title of each image counts its
 * errors.
 * @param errors from `worstImages`
 * @param images the records of these images; others may be among them
 * @throws when an image of `errors` is not among `images`, or when there are no errors
 * @example
 * const errors = worstImages(groundTruths, detections, { scoreThreshold: 0.5 }).slice(0, 6);
 * const options = { detections, classNames: dataset.classNames, minScore: 0.5 };
 * await show(await figures.worstImageGrid(errors, dataset.images, options));
 */
export async function worstImageGrid(
  errors: readonly ImageErrors[],
  images: readonly ImageRecord[],
  options: WorstImageOptions,
): Promise<Figure> {
  const { detections, minScore, title = "Worst errors" } = options;
  const records = new Map(images.map((image) => [image.id, image]));
  const panels = await Promise.all(
    errors.map(async (error) => {
      const image = records.get(error.imageId);
      if (!image)
        throw new Error(`image '${error.imageId}' has errors, but is not among the images given`);
      const panel = await detectionPanel(image, detections, options);
      return { ...panel, title: `${panel.title}\n${errorText(error)}` };
    }),
  );
  return panelFigure(panels, { title: `${title} (${conditions(minScore)})` });
}

/** The detections of a figure of mean boxes. */
export interface MeanBoxOptions extends DetectionFigureOptions {
  /** The boxes after NMS, in pixels of the original images. */
  readonly detections: readonly ImageDetections[];
  /** From `meanBoxDetections`. */
  readonly meanBoxes: readonly ImageDetections[];
}

/**
 * The boxes after NMS beside their mean, which was the result of the original experiment.
 * @throws when there are no images, or when one is not readable
 * @example
 * const meanBoxes = meanBoxDetections(detections, { scoreThreshold: 0.5 });
 * const options = { detections, meanBoxes, classNames: dataset.classNames, minScore: 0.5 };
 * await show(await figures.meanBoxComparison(images, options));
 */
export async function meanBoxComparison(
  images: readonly ImageRecord[],
  options: MeanBoxOptions,
): Promise<Figure> {
  const { detections, meanBoxes, minScore, title = "Boxes after NMS, and their mean" } = options;
  const meansOf = new Map(
    meanBoxes.map((means) => [means.imageId, means.detections.map(({ box }) => box)]),
  );
  const panels = await Promise.all(
    images.map(async (image) => {
      const panel = await detectionPanel(image, detections, options);
      const [groundTruth, ...found] = panel.groups;
      const means = boxGroup(MEAN_BOX, meansOf.get(image.id) ?? []);
      return { ...panel, groups: [groundTruth, means, ...found] };
    }),
  );
  return panelFigure(panels, { title: `${title} (${conditions(minScore)})` });
}
