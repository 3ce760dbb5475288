/**
 * Faults that are too many to be left out: a mistake in all files, such as coordinates in pixels,
 * must not end in a data set that is nearly empty.
 */
import type { ImageRecord } from "../types";
import { countLeftOut, type Problem } from "./checks";

/** Fewer faults are told one by one. */
const MIN_FAULTS = 20;
/** Share of the boxes, or of the images, that may be left out for faults. */
const MOST = 0.5;

/**
 * An error if most boxes or most images of a data set have faults.
 * @param images all images that can be used
 */
export function systematicFaults(
  problems: readonly Problem[],
  images: readonly ImageRecord[],
): Problem[] {
  const faults = countLeftOut(problems.filter(({ isFault }) => isFault));
  const boxes = images.reduce((sum, { annotations }) => sum + annotations.length, 0);
  const isSystematic = (faulty: number, used: number) =>
    faulty >= MIN_FAULTS && faulty > MOST * (faulty + used);
  const parts = [
    ...(isSystematic(faults.box, boxes) ? [`${faults.box} of ${faults.box + boxes} boxes`] : []),
    ...(isSystematic(faults.image, images.length)
      ? [`${faults.image} of ${faults.image + images.length} images`]
      : []),
  ];
  return parts.length
    ? [
        {
          severity: "error",
          file: ".",
          message: `${parts.join(" and ")} have faults: the files are probably of another kind, or all have the same mistake; correct it`,
        },
      ]
    : [];
}
