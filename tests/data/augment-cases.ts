/** Images for the tests of augmentation. */
import type { Augmentation } from "../../src/data/augment";
import { toOriginal } from "../../src/data/letterbox";
import type { NetworkBox, Sample } from "../../src/types";

/** Side of the images in pixels. */
export const SIZE = 160;
/** No change. */
export const IDENTITY: Augmentation = { map: [1, 0, 0, 0, 1, 0], brightness: 1, gamma: 1 };
/** A flip. */
export const MIRROR: Augmentation = { map: [-1, 0, SIZE, 0, 1, 0], brightness: 1, gamma: 1 };

/** A sample at the network's size, with the boxes as classes 0, 1 and so on. */
export function sampleOf(pixels: Uint8Array, boxes: readonly NetworkBox[] = []): Sample {
  const id = "01_1.png";
  const letterbox = { scale: 1, dx: 0, dy: 0, size: SIZE };
  const classIds = boxes.map((_, i) => i);
  const record = {
    id,
    path: id,
    labelPath: null,
    split: "train",
    patient: "01",
    width: SIZE,
    height: SIZE,
    annotations: boxes.map((box, i) => ({
      classId: i,
      box: toOriginal(box, letterbox),
      line: i + 1,
    })),
  };
  return { record, pixels, letterbox, boxes, classIds };
}

/**
 * A white ellipse inside a box, on black. A pixel's grey value is the part that the ellipse covers.
 */
export function ellipse([x1, y1, x2, y2]: NetworkBox): Uint8Array {
  const pixels = new Uint8Array(SIZE * SIZE);
  const FINE = 4;
  for (let i = 0; i < pixels.length; i++) {
    let covered = 0;
    for (let k = 0; k < FINE * FINE; k++) {
      const x = (i % SIZE) + ((k % FINE) + 0.5) / FINE;
      const y = Math.floor(i / SIZE) + (Math.floor(k / FINE) + 0.5) / FINE;
      const [u, v] = [(2 * x - x1 - x2) / (x2 - x1), (2 * y - y1 - y2) / (y2 - y1)];
      if (u * u + v * v < 1) covered++;
    }
    pixels[i] = (255 * covered) / FINE ** 2;
  }
  return pixels;
}

/** Extent of the pixels that are at least `bright`. */
export function extentOf(
  values: ArrayLike<number>,
  offset: number,
  channels: number,
  bright = 127,
): NetworkBox {
  let [x1, y1, x2, y2] = [SIZE, SIZE, 0, 0];
  for (let i = 0; i < SIZE * SIZE; i++) {
    if (values[offset + i * channels] < bright) continue;
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    [x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x + 1), Math.max(y2, y + 1)];
  }
  return [x1, y1, x2, y2];
}
