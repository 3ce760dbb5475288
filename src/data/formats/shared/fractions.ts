/** Boxes that are given as fractions of the image instead of pixels. */
import type { Box } from "../../../types";
import type { DescribedBox } from "./described-image";

/** The frame of boxes that are fractions of the image. */
export const FRACTIONS: Pick<DescribedBox, "frame"> = { frame: { width: 1, height: 1 } };

/** What a warning says about a file with such boxes. */
export const IN_FRACTIONS = "its boxes are below 1 and are read as fractions of the image";

/** How far a fraction may be outside of [0, 1]: by rounding, or because a box was not clipped. */
const BEYOND = 0.25;

/**
 * Whether the boxes of a file are fractions of the image: most of them have decimals and reach from
 * about 0 to at most about 1. In pixels, these boxes would be smaller than a pixel. A few boxes
 * that reach further out are faulty fractions.
 */
export function areFractions(boxes: readonly Box[]): boolean {
  let fractions = 0;
  let others = 0;
  for (const box of boxes) {
    if (!isAboutOne(box)) others++;
    // A box of 0 and 1 may be the whole image, or one pixel.
    else if (hasDecimals(box)) fractions++;
  }
  return fractions > others;
}

/** Whether a box in a file of boxes in pixels is probably a fraction of the image. */
export function looksLikeFraction(box: Box): boolean {
  return isAboutOne(box) && hasDecimals(box);
}

function isAboutOne(box: Box): boolean {
  return box.every((edge) => edge >= -BEYOND && edge <= 1 + BEYOND);
}

function hasDecimals(box: Box): boolean {
  return box.some((edge) => !Number.isInteger(edge));
}
