/**
 * Data augmentation: random changes to position, size and brightness that could occur in a scan.
 * Boxes move with the pixels.
 */
import type { AugmentationConfig } from "../config/index";
import type { Random } from "../util/random";
import { attribute, rawOperation, tf } from "../tensor/tensorflow";
import type { NetworkBox, Sample, Target } from "../types";
import { area } from "../boxes/box";

/** A box is dropped if less than this fraction of it remains inside the image. */
const MIN_VISIBLE = 0.4;

/** The highest grey value. */
const WHITE = 255;

/**
 * `[a, b, c, d, e, f]`: x' = a x + b y + c, y' = d x + e y + f, in pixels of the network's input.
 */
export type AffineMap = readonly [number, number, number, number, number, number];

/** One random change to an image. */
export interface Augmentation {
  readonly map: AffineMap;
  /** Factor by which grey values are multiplied, after `gamma`. */
  readonly brightness: number;
  /** Power to which grey values, as fractions of white, are raised. */
  readonly gamma: number;
}

/**
 * Draws one augmentation. Every range is symmetric around no change.
 * @param size side of the network's square input in pixels
 * @example
 * randomAugmentation(presets.default.augmentation, 320, new Random(1));
 */
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
 * Maps a box: the result is the extent of the mapped ellipse that the box encloses. A tumor is
 * round, and the extent of the rectangle's corners would grow with the rotation.
 * @example
 * mapBox([10, 10, 30, 20], randomAugmentation(config.augmentation, 320, random).map);
 */
export function mapBox(box: NetworkBox, map: AffineMap): NetworkBox {
  const [x1, y1, x2, y2] = box;
  const [a, b, c, d, e, f] = map;
  const x = (x1 + x2) / 2;
  const y = (y1 + y2) / 2;
  const halfWidth = Math.hypot((a * (x2 - x1)) / 2, (b * (y2 - y1)) / 2);
  const halfHeight = Math.hypot((d * (x2 - x1)) / 2, (e * (y2 - y1)) / 2);
  const toX = a * x + b * y + c;
  const toY = d * x + e * y + f;
  return [toX - halfWidth, toY - halfHeight, toX + halfWidth, toY + halfHeight];
}

/**
 * The target of a sample: its boxes, mapped and clipped to the image, without those of which little
 * remains inside.
 * @param sample boxes in pixels of the network's input, and their classes
 * @param map null for no change
 * @param size side of the network's square input in pixels
 */
export function mapTarget(
  sample: Pick<Sample, "boxes" | "classIds">,
  map: AffineMap | null,
  size: number,
): Target {
  const coordinates: number[] = [];
  const classIds: number[] = [];
  sample.boxes.forEach((box, i) => {
    const mapped = map ? mapBox(box, map) : box;
    const clipped = mapped.map((edge) =>
      Math.min(Math.max(edge, 0), size),
    ) as unknown as NetworkBox;
    if (area(clipped) <= 0 || area(clipped) < MIN_VISIBLE * area(mapped)) return;
    coordinates.push(...clipped);
    classIds.push(sample.classIds[i]);
  });
  return { boxes: Float32Array.from(coordinates), classIds: Int32Array.from(classIds) };
}

/**
 * The network's input for samples.
 * @returns `[N, S, S, 3]` with three equal channels, values from 0 to 255; the caller disposes it
 * @example
 * const images = samplesToTensor([await loadSample(dataset.images[0], config.data)]);
 */
export function samplesToTensor(
  samples: readonly Pick<Sample, "pixels" | "letterbox">[],
): tf.Tensor4D {
  return tf.tidy(() => threeChannels(greyTensor(samples)));
}

/** `[N, S, S, 1]` */
function greyTensor(samples: readonly Pick<Sample, "pixels" | "letterbox">[]): tf.Tensor4D {
  const { size } = samples[0].letterbox;
  const pixels = new Float32Array(samples.length * size * size);
  samples.forEach((sample, i) => pixels.set(sample.pixels, i * size * size));
  return tf.tensor4d(pixels, [samples.length, size, size, 1]);
}

/** `[N, S, S, 1]` -> `[N, S, S, 3]` */
function threeChannels(grey: tf.Tensor): tf.Tensor4D {
  return grey.tile([1, 1, 1, 3]);
}

/**
 * Applies an augmentation to each sample of a batch. Pixels from outside the image are black.
 * @param augmentations one for each sample; null leaves the sample unchanged
 * @returns `images` `[N, S, S, 3]`, which the caller disposes, and the target of each sample
 * @example
 * const { images, targets } = augmentBatch(samples, samples.map(() => null));
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
    const perSample = (value: (augmentation: Augmentation) => number) =>
      tf.tensor4d(
        augmentations.map((augmentation) => (augmentation ? value(augmentation) : 1)),
        [samples.length, 1, 1, 1],
      );
    const maps = augmentations.map((augmentation) =>
      augmentation ? inverseTransform(augmentation.map) : [1, 0, 0, 0, 1, 0, 0, 0],
    );
    const [mapped] = rawOperation(
      "ImageProjectiveTransformV3",
      [greyTensor(samples), tf.tensor2d(maps), tf.tensor1d([size, size], "int32"), tf.scalar(0)],
      {
        dtype: attribute.type("float32"),
        interpolation: attribute.string("BILINEAR"),
        fill_mode: attribute.string("CONSTANT"),
      },
    );
    // Three channels before the power, not after it: the power's rounding depends on a number's
    // place in memory, and another order would change the results of existing configurations.
    const adjusted = threeChannels(mapped.div(WHITE))
      .pow(perSample(({ gamma }) => gamma))
      .mul(WHITE)
      .mul(perSample(({ brightness }) => brightness));
    return adjusted.clipByValue(0, WHITE) as tf.Tensor4D;
  });
  return { images, targets };
}

/**
 * The eight numbers of TensorFlow's projective transform. It maps from the output to the input, and
 * counts in indices of pixels, whose centers are half a pixel further.
 */
function inverseTransform([a, b, c, d, e, f]: AffineMap): number[] {
  const determinant = a * e - b * d;
  const [ia, ib, id, ie] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  const ic = -(ia * c + ib * f);
  const jf = -(id * c + ie * f);
  return [ia, ib, ic + (ia + ib - 1) / 2, id, ie, jf + (id + ie - 1) / 2, 0, 0];
}
