/** Reads the boxes of a described image into pixels of its file. */
import type { Box, ImageBox } from "../../../types";
import { AnnotationCollector, type AnnotationUnit } from "../../annotation-collector";
import type { Problem } from "../../checks";
import type { ImageAnnotations } from "../format";
import type { ClassIndex } from "./class-index";
import type { DescribedImage, Size } from "./described-image";
import { looksLikeFraction } from "./fractions";

/**
 * Two sizes of the same shape have ratios of width to height that differ by a smaller fraction;
 * resized images are rounded to whole pixels.
 */
const SHAPE_TOLERANCE = 0.01;

/** Reads the annotations of one image that has several descriptions. */
export function readBoxes(
  descriptions: readonly DescribedImage[],
  context: {
    /** Size of the image in pixels, after its EXIF rotation. */
    readonly size: Size;
    /** Size that the annotations refer to, if it is not that of the image: of a DICOM file. */
    readonly storedSize: Size | null;
    readonly classes: ClassIndex;
    readonly unit: AnnotationUnit;
    /** Path of an annotation file as problems have it. */
    readonly nameOf: (file: string) => string;
    /** The image's id, for messages. */
    readonly id: string;
  },
): ImageAnnotations {
  const { size, storedSize, classes, unit, nameOf, id } = context;
  const actual = storedSize ?? size;
  const file = nameOf(descriptions[0].file);
  const collector = new AnnotationCollector({ ...size, file, unit });
  const problems: Problem[] = [];
  let count = 0;
  for (const { boxes, size: given } of descriptions) {
    const mismatch = given && describeMismatch(given, actual);
    if (mismatch) {
      const remedy = mismatch.isSameShape
        ? "its boxes were scaled to the image"
        : "it was left out, because the places of its boxes are unknown; correct the size, or replace the image";
      const message = `${id}: ${mismatch.text}: ${remedy}`;
      problems.push({ severity: "warning", file, message });
      if (!mismatch.isSameShape) return { annotations: [], problems, isUsable: false };
    }
    for (const described of boxes) {
      const { className, place, frame = given ?? actual } = described;
      const classId = classes.indexOf(className);
      // The user chose other classes; the number of these boxes was reported.
      if (classId === null) continue;
      count++;
      const wrongFrame = isFractions(frame) ? null : describeMismatch(frame, actual);
      if (wrongFrame && !wrongFrame.isSameShape) {
        collector.report("warning", place, `${wrongFrame.text}: it was left out`);
        continue;
      }
      const box = typeof described.box === "function" ? described.box(frame) : described.box;
      if (!box) {
        collector.report("warning", place, "its region is empty: it was left out");
        continue;
      }
      if (!isFractions(frame) && looksLikeFraction(box))
        collector.report(
          "warning",
          place,
          "the box is smaller than a pixel: write it in pixels if it is a fraction of the image",
          "boxes that are smaller than a pixel",
        );
      collector.add({ classId, box: scaled(box, frame, size), line: place });
    }
  }
  const { annotations, problems: found } = collector.result();
  problems.push(...found);
  if (annotations.length || !count) return { annotations, problems };
  const message = `${id}: none of its ${count} annotations can be used, so the image was left out`;
  return {
    annotations,
    problems: [...problems, { severity: "warning", file, message }],
    isUsable: false,
  };
}

/** Whether boxes are fractions of the image's sides. */
function isFractions({ width, height }: Size): boolean {
  return width === 1 && height === 1;
}

/** How the size in an annotation file differs from that of the image; null if it does not. */
function describeMismatch(
  given: Size,
  actual: Size,
): { text: string; isSameShape: boolean } | null {
  if (given.width === actual.width && given.height === actual.height) return null;
  const ratio = (given.width * actual.height) / (given.height * actual.width);
  const isTurned = given.width === actual.height && given.height === actual.width;
  const text = `the image is ${actual.width} x ${actual.height} pixels${isTurned ? " after its EXIF rotation" : ""}, and the annotations are for ${given.width} x ${given.height}`;
  return { text, isSameShape: Math.abs(ratio - 1) < SHAPE_TOLERANCE };
}

/** A box in pixels of the image, from a box in pixels of another frame. */
function scaled([x1, y1, x2, y2]: Box, from: Size, to: Size): ImageBox {
  if (from.width === to.width && from.height === to.height) return [x1, y1, x2, y2];
  const [across, down] = [to.width / from.width, to.height / from.height];
  return [x1 * across, y1 * down, x2 * across, y2 * down];
}
