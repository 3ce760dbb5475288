/**
 * Writes ground truth and detections in the file formats of the COCO benchmark, so that other
 * programs can evaluate them (cocodataset.org, 'Data format').
 */
import type { ImageBox, ImageDetections, ImageGroundTruth } from "../types";

export interface CocoGroundTruth {
  readonly info: { readonly description: string };
  readonly images: readonly {
    readonly id: number;
    readonly file_name: string;
    readonly width: number;
    readonly height: number;
  }[];
  readonly annotations: readonly {
    readonly id: number;
    readonly image_id: number;
    readonly category_id: number;
    /** Left, top, width and height in pixels of the original image. */
    readonly bbox: readonly number[];
    readonly area: number;
    readonly iscrowd: 0;
  }[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}

/** One detection of one class. */
export interface CocoResult {
  readonly image_id: number;
  readonly category_id: number;
  /** Left, top, width and height in pixels of the original image. */
  readonly bbox: readonly number[];
  readonly score: number;
}

/**
 * Ground truth in the format of COCO. Ids count from 1: images in the given order, categories in
 * the order of the classes.
 */
export function cocoGroundTruth(
  groundTruths: readonly ImageGroundTruth[],
  classNames: readonly string[],
  description: string,
): CocoGroundTruth {
  const annotated = groundTruths.flatMap(({ boxes, classIds }, image) =>
    boxes.map((box, i) => ({ image, box, classId: classIds[i] })),
  );
  return {
    info: { description },
    images: groundTruths.map(({ imageId, width, height }, i) => ({
      id: i + 1,
      file_name: imageId,
      width,
      height,
    })),
    annotations: annotated.map(({ image, box, classId }, i) => {
      const bbox = leftTopWidthHeight(box);
      return {
        id: i + 1,
        image_id: image + 1,
        category_id: classId + 1,
        bbox,
        area: bbox[2] * bbox[3],
        iscrowd: 0,
      };
    }),
    categories: classNames.map((name, i) => ({ id: i + 1, name })),
  };
}

/**
 * Detections as a results file of COCO, with the ids of `cocoGroundTruth`.
 * @param options the reading
 * @param options.classAware true: one row for each class of each detection, with the product of
 * score and class probability; evaluated by category, this gives class-aware AP. False: one row for
 * each detection; evaluated without categories (`useCats = 0`), this gives class-agnostic AP
 * @throws when there are detections for an image without ground truth
 */
export function cocoResults(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { classAware }: { readonly classAware: boolean },
): CocoResult[] {
  const ids = new Map(groundTruths.map(({ imageId }, i) => [imageId, i + 1]));
  return detections.flatMap((image) => {
    const { imageId } = image;
    const image_id = ids.get(imageId);
    if (image_id === undefined)
      throw new Error(`there are detections for image '${imageId}', which has no ground truth`);
    return image.detections.flatMap(({ box, score, classId, classProbabilities }) => {
      const bbox = leftTopWidthHeight(box);
      if (!classAware) return [{ image_id, category_id: classId + 1, bbox, score }];
      return classProbabilities.map((probability, c) => ({
        image_id,
        category_id: c + 1,
        bbox,
        score: score * probability,
      }));
    });
  });
}

function leftTopWidthHeight([x1, y1, x2, y2]: ImageBox): number[] {
  return [x1, y1, x2 - x1, y2 - y1];
}
