/**
 * Weights and images that are computed from a hash of the position of each number.
 * tests/reference/make_backbones.py computes the same ones, so that they need not be stored.
 */
import { tf } from "../../src/tensor/tensorflow";
import { elementCount, type WeightMap } from "../../src/weights/weight-map";

/** A number in [0, 1): the finalizer of murmur3, applied to the position. */
function hashed(position: number): number {
  let x = position | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

/** Kernels with He's uniform distribution, and batch normalizations that change their input. */
export function hashedWeights(shapes: Readonly<Record<string, number[]>>): WeightMap {
  const weights: WeightMap = new Map();
  let position = 0;
  for (const name of Object.keys(shapes).sort()) {
    const shape = shapes[name];
    const data = new Float32Array(elementCount(shape));
    const bound = Math.sqrt(6 / elementCount(shape.slice(1)));
    for (let i = 0; i < data.length; i++) {
      const u = hashed(position++);
      if (shape.length === 4) data[i] = (2 * u - 1) * bound;
      else
        data[i] = name.endsWith("running_var") || name.endsWith("weight") ? 0.5 + u : 0.4 * u - 0.2;
    }
    weights.set(name, { shape, data });
  }
  return weights;
}

/**
 * An image `[1, size, size, 3]` with values in [0, 255]: a gradient with bright and dark blocks.
 */
export function testImage(size: number): tf.Tensor4D {
  const values = new Float32Array(size * size * 3);
  let i = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const block = 60 * (((x >> 4) + (y >> 4)) % 2);
      for (let c = 0; c < 3; c++)
        values[i++] = (3 * x + 5 * y + 40 * c + ((x * y) % 97) + block) % 256;
    }
  }
  return tf.tensor4d(values, [1, size, size, 3]);
}
