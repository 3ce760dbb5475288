/** What evaluation compares the detections of an image to. */
import type { ImageRecord, ImageGroundTruth } from "../types";

/** The boxes and classes of an image, in pixels of the original. */
export function imageGroundTruth({
  id,
  patient,
  width,
  height,
  annotations,
}: ImageRecord): ImageGroundTruth {
  return {
    imageId: id,
    patient,
    width,
    height,
    boxes: annotations.map(({ box }) => box),
    classIds: annotations.map(({ classId }) => classId),
  };
}
