/**
 * Random changes that a scan could have come with: another position and size of the head, another
 * brightness. Boxes move with the pixels.
 */
import type { AugmentationConfig } from "../config/index";
import type { Random } from "../util/random";
import { attribute, rawOperation, tf } from "../tensor/tensorflow";
import type { Box, Sample, Target } from "../types";
import { area } from "../boxes/box";

/** A box of which less than this part is still inside the image is dropped. */
const MIN_VISIBLE = 0.4;

/** x' = a x + b y + c, y' = d x + e y + f, in pixels of the network's input. */
export type AffineMap = readonly [number, number, number, number, number, number];

export interface Augmentation {
  readonly map: AffineMap;
  /** Grey values are multiplied by this, */
  readonly brightness: number;
  /** after being raised, as fractions of white, to this power. */
  readonly gamma: number;
}

/** Draws one augmentation; every range is symmetric around no change. */
export function randomAugmentation(
  config: AugmentationConfig,
  size: number,
  random: Random,
): Augmentation {
  const symmetric = (range: number) => random.uniform(-range, range);
  const zoom = Math.exp(symmetric(config.scale));
  const aspect = Math.exp(symmetric(config.aspect) / 2);
  const angle = (symmetric(config.rotation) * Math.PI) / 180;
  const mirror = random.chance(config.flip) ? -1 : 1;
  const [shiftX, shiftY] = [symmetric(config.shift) * size, symmetric(config.shift) * size];
  const a = zoom * aspect * Math.cos(angle) * mirror;
  const b = (-zoom / aspect) * Math.sin(angle);
  const d = zoom * aspect * Math.sin(angle) * mirror;
  const e = (zoom / aspect) * Math.cos(angle);
  const middle = size / 2;
  return {
    map: [
      a,
      b,
      middle + shiftX - a * middle - b * middle,
      d,
      e,
      middle + shiftY - d * middle - e * middle,
    ],
    brightness: Math.exp(symmetric(config.brightness)),
    gamma: Math.exp(symmetric(config.gamma)),
  };
}

/**
 * A box after the map: the extent of the ellipse inside it. A tumor is round rather than square,
 * and the extent of a turned rectangle's corners would grow with every degree.
 */
export function mapBox([x1, y1, x2, y2]: Box, [a, b, c, d, e, f]: AffineMap): Box {
  const x = (x1 + x2) / 2;
  const y = (y1 + y2) / 2;
  const halfWidth = Math.hypot((a * (x2 - x1)) / 2, (b * (y2 - y1)) / 2);
  const halfHeight = Math.hypot((d * (x2 - x1)) / 2, (e * (y2 - y1)) / 2);
  const toX = a * x + b * y + c;
  const toY = d * x + e * y + f;
  return [toX - halfWidth, toY - halfHeight, toX + halfWidth, toY + halfHeight];
}

/**
 * The truth of a sample, moved; boxes are clipped to the image, and dropped when little of them is
 * left inside.
 */
export function mapTarget(
  { boxes, classIds }: Pick<Sample, "boxes" | "classIds">,
  map: AffineMap | null,
  size: number,
): Target {
  const kept: number[] = [];
  const keptClasses: number[] = [];
  boxes.forEach((box, i) => {
    const moved = map ? mapBox(box, map) : box;
    const clipped = moved.map((edge) => Math.min(Math.max(edge, 0), size)) as unknown as Box;
    if (area(clipped) <= 0 || area(clipped) < MIN_VISIBLE * area(moved)) return;
    kept.push(...clipped);
    keptClasses.push(classIds[i]);
  });
  return { boxes: Float32Array.from(kept), classIds: Int32Array.from(keptClasses) };
}

/**
 * Samples as the network wants them, `[N, S, S, 3]` with three equal channels; the caller disposes
 * it.
 */
export function samplesToTensor(
  samples: readonly Pick<Sample, "pixels" | "letterbox">[],
): tf.Tensor4D {
  return tf.tidy(() => tripled(greyTensor(samples)));
}

/** `[N, S, S, 1]` */
function greyTensor(samples: readonly Pick<Sample, "pixels" | "letterbox">[]): tf.Tensor4D {
  const { size } = samples[0].letterbox;
  const pixels = new Float32Array(samples.length * size * size);
  samples.forEach((sample, i) => pixels.set(sample.pixels, i * size * size));
  return tf.tensor4d(pixels, [samples.length, size, size, 1]);
}

/** `[N, S, S, 1]` -> `[N, S, S, 3]` */
function tripled(grey: tf.Tensor): tf.Tensor4D {
  return grey.tile([1, 1, 1, 3]);
}

/**
 * A batch of samples, each changed by its augmentation (null leaves one as it is). What comes into
 * view from outside is black.
 * @returns `images` `[N, S, S, 3]`, which the caller disposes, and the moved truth of each
 */
export function augmentBatch(
  samples: readonly Sample[],
  augmentations: readonly (Augmentation | null)[],
): { images: tf.Tensor4D; targets: Target[] } {
  const { size } = samples[0].letterbox;
  const targets = samples.map((sample, i) =>
    mapTarget(sample, augmentations[i]?.map ?? null, size),
  );
  if (augmentations.every((augmentation) => augmentation === null))
    return { images: samplesToTensor(samples), targets };
  const images = tf.tidy(() => {
    const column = (value: (augmentation: Augmentation) => number) =>
      tf.tensor4d(
        augmentations.map((augmentation) => (augmentation ? value(augmentation) : 1)),
        [samples.length, 1, 1, 1],
      );
    const maps = augmentations.map((augmentation) =>
      augmentation ? backward(augmentation.map) : [1, 0, 0, 0, 1, 0, 0, 0],
    );
    const [moved] = rawOperation(
      "ImageProjectiveTransformV3",
      [greyTensor(samples), tf.tensor2d(maps), tf.tensor1d([size, size], "int32"), tf.scalar(0)],
      {
        dtype: attribute.type("float32"),
        interpolation: attribute.string("BILINEAR"),
        fill_mode: attribute.string("CONSTANT"),
      },
    );
    // Tripled before the power, which rounds a number differently by where it lies in memory: runs
    // stay what they were.
    const graded = tripled(moved.div(255))
      .pow(column(({ gamma }) => gamma))
      .mul(255)
      .mul(column(({ brightness }) => brightness));
    return graded.clipByValue(0, 255) as tf.Tensor4D;
  });
  return { images, targets };
}

/**
 * The map as TensorFlow's projective transform wants it: from output to input, between indices of
 * pixels, whose middles lie half a pixel on.
 */
function backward([a, b, c, d, e, f]: AffineMap): number[] {
  const determinant = a * e - b * d;
  const [ia, ib, id, ie] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  const ic = -(ia * c + ib * f);
  const jf = -(id * c + ie * f);
  return [ia, ib, ic + (ia + ib - 1) / 2, id, ie, jf + (id + ie - 1) / 2, 0, 0];
}
