/** The ground truth that evaluation compares detections with. */
import type { ImageRecord, ImageGroundTruth } from "../types";

/** The boxes (in pixels of the original image) and classes of an image. */
export function imageGroundTruth(image: ImageRecord): ImageGroundTruth {
  const { id, patient, group, width, height, annotations } = image;
  return {
    imageId: id,
    patient,
    ...(group === undefined ? {} : { group }),
    width,
    height,
    boxes: annotations.map(({ box }) => box),
    classIds: annotations.map(({ classId }) => classId),
  };
}
