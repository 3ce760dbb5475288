/**
 * Views of an image for test-time augmentation: the image itself, its mirror image, and both moved
 * by a few pixels. No view interpolates pixels.
 */
import { clipBoxes } from "../../boxes/box";
import { tf } from "../../tensor/tensorflow";
import type { NetworkBoxes } from "../../types";

/** A view: the image is mirrored if asked for, and then moved. */
export interface View {
  /** Whether left and right are exchanged. */
  readonly isMirrored: boolean;
  /** Pixels of the network's input by which the image is moved to the right and down; from 0 up. */
  readonly shift: number;
}

/** The image as it is. */
export const UNCHANGED: View = { isMirrored: false, shift: 0 };

/**
 * The views of an image.
 * @param stride of the finest map. Half of it is the shift: a box then lies differently on the cells
 * @param options the kinds of views
 * @param options.withMirror whether mirror images are used
 * @example
 * viewsFor(8, { withMirror: true }); // 4 views: the image and its mirror image, and both moved by 4
 */
export function viewsFor(stride: number, { withMirror }: { readonly withMirror: boolean }): View[] {
  return [0, stride / 2].flatMap((shift) =>
    [false, ...(withMirror ? [true] : [])].map((isMirrored) => ({ isMirrored, shift })),
  );
}

/**
 * Shows images in a view. Pixels from outside the image are black.
 * @param images `[N, S, S, C]`
 * @returns `[N, S, S, C]`; the caller disposes it
 */
export function viewImages(images: tf.Tensor4D, { isMirrored, shift }: View): tf.Tensor4D {
  return tf.tidy(() => {
    const turned = isMirrored ? images.reverse(2) : images.clone();
    if (!shift) return turned;
    const moved: [number, number] = [shift, 0];
    return tf.pad(turned, [[0, 0], moved, moved, [0, 0]]).slice([0, 0, 0, 0], images.shape);
  });
}

/**
 * Maps boxes of the image to a view. They are not clipped.
 * @param boxes `[R, 4]`
 * @param size side of the network's input, in pixels
 * @returns `[R, 4]` in pixels of the view
 */
export function toView(boxes: NetworkBoxes, view: View, size: number): NetworkBoxes {
  return mirrored(boxes, view, size).map((edge) => edge + view.shift);
}

/**
 * Maps boxes of a view to the image: the inverse of `toView`, clipped to the image. A shift moves
 * the right and the lower border of the image out of the view. A box that ends at the border of the
 * view therefore ends at the border of the image.
 * @param boxes `[R, 4]` in pixels of the view
 * @param size side of the network's input, in pixels
 * @returns `[R, 4]`
 */
export function fromView(boxes: NetworkBoxes, view: View, size: number): NetworkBoxes {
  const unmoved = boxes.map((edge) => (edge >= size ? size : edge - view.shift));
  return mirrored(clipBoxes(unmoved, size, size), view, size);
}

/** Boxes with left and right exchanged, if the view exchanges them. */
function mirrored(boxes: NetworkBoxes, { isMirrored }: View, size: number): NetworkBoxes {
  if (!isMirrored) return boxes;
  const turned = boxes.slice();
  for (let i = 0; i < boxes.length; i += 4) {
    turned[i] = size - boxes[i + 2];
    turned[i + 2] = size - boxes[i];
  }
  return turned;
}
