/** Boxes that are given as fractions of the image instead of pixels. */
import type { Box } from "../../../types";
import type { DescribedBox } from "./described-image";

/** The frame of boxes that are fractions of the image. */
export const FRACTIONS: Pick<DescribedBox, "frame"> = { frame: { width: 1, height: 1 } };

/** What a warning says about a file with such boxes. */
export const IN_FRACTIONS = "its boxes are below 1 and are read as fractions of the image";

/**
 * Whether boxes are fractions of the image: none reaches beyond 1, so in pixels none would be
 * larger than one pixel, and some have decimals.
 */
export function areFractions(boxes: readonly Box[]): boolean {
  return (
    boxes.every((box) => box.every((edge) => edge >= 0 && edge <= 1)) &&
    boxes.some((box) => box.some((edge) => !Number.isInteger(edge)))
  );
}
