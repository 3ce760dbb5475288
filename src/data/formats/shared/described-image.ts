/**
 * What an annotation file says about an image. The formats that name images inside of their files
 * (COCO, Pascal VOC, CSV) parse their files into these types; `list-images.ts` finds the images.
 */
import type { Box } from "../../../types";

/** A size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A box as an annotation file gives it. */
export interface DescribedBox {
  readonly className: string;
  /**
   * The box in pixels of `frame`; as a function if it depends on the size of the image, as the box
   * of a polygon does. The function gets the size of the frame; null if the box is empty.
   */
  readonly box: Box | ((frame: Size) => Box | null);
  /**
   * The size that the coordinates refer to: 1 x 1 for fractions of the image. By default the size
   * that the file gives for the image, or else the size of the image.
   */
  readonly frame?: Size;
  /** Where the box is in the annotation file, counted from 1: its line, or its place in a list. */
  readonly place: number;
}

/** An image as an annotation file describes it. */
export interface DescribedImage {
  /** Absolute path of the annotation file. */
  readonly file: string;
  /**
   * The image's name in the annotation file, a file name or a path. Of several, the first one that
   * belongs to a file is used.
   */
  readonly names: readonly string[];
  readonly split: string;
  /** The image's size as the file gives it; null if it does not. */
  readonly size: Size | null;
  /** The image's patient, if the file gives it. */
  readonly patient?: string;
  readonly boxes: readonly DescribedBox[];
  /**
   * Number of annotations that were left out. If no other annotation remains, the image is left out
   * too: it would count as an image without boxes.
   */
  readonly leftOut: number;
  /** Whether the image itself must be left out, for a reason that was reported. */
  readonly isLeftOut?: boolean;
}
