/**
 * Truth and detections in the files of the COCO benchmark, for whoever wants to judge them with
 * another program (cocodataset.org, 'data format').
 */
import type { Box, ImageDetections, ImageGroundTruth } from "../types";

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
    /** Left, top, width, height. */
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
  /** Left, top, width, height, in pixels of the original image. */
  readonly bbox: readonly number[];
  readonly score: number;
}

/** Ids count from 1: images in the order of the truths, categories in that of the classes. */
export function cocoGroundTruth(
  groundTruths: readonly ImageGroundTruth[],
  classNames: readonly string[],
  description: string,
): CocoGroundTruth {
  const boxes = groundTruths.flatMap(({ boxes: own, classIds }, image) =>
    own.map((box, i) => ({ image, box, classId: classIds[i] })),
  );
  return {
    info: { description },
    images: groundTruths.map(({ imageId, width, height }, i) => ({
      id: i + 1,
      file_name: imageId,
      width,
      height,
    })),
    annotations: boxes.map(({ image, box, classId }, i) => {
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
 * Detections as a results file, for the ids of `cocoTruth`.
 * @param classAware a row for each class of each detection, scored by both probabilities: judged by
 * category, that is class-aware AP. Without it a row a detection, to be judged with the categories
 * left out (`useCats = 0`): class-agnostic AP
 * @throws when there are detections for an image that is not among the truths
 */
export function cocoResults(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { classAware }: { readonly classAware: boolean },
): CocoResult[] {
  const ids = new Map(groundTruths.map(({ imageId }, i) => [imageId, i + 1]));
  return detections.flatMap(({ imageId, detections: own }) => {
    const image_id = ids.get(imageId);
    if (image_id === undefined)
      throw new Error(`there are detections for image '${imageId}', which is not among the truths`);
    return own.flatMap(({ box, score, classId, classProbabilities }) => {
      const bbox = leftTopWidthHeight(box);
      if (!classAware) return [{ image_id, category_id: classId + 1, bbox, score }];
      return classProbabilities.map((p, c) => ({
        image_id,
        category_id: c + 1,
        bbox,
        score: score * p,
      }));
    });
  });
}

function leftTopWidthHeight([x1, y1, x2, y2]: Box): number[] {
  return [x1, y1, x2 - x1, y2 - y1];
}
