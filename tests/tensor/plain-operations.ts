/**
 * Operations written from their definitions, as plain loops with 64-bit numbers. They are slow, and
 * exact enough for finite differences with seven digits.
 */
import type { ConvolutionOptions } from "../../src/tensor/convolution";
import type { RoiAlignRule } from "../../src/tensor/roi-align";

/** An array of 64-bit numbers with a shape. */
export interface Array64 {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The inputs at which each activation has a kink. */
export const KINKS = { none: [], relu: [0], relu6: [0, 6] } as const;

/**
 * Computes `x * kernel + bias` without an activation. The inputs are those of `convolution`.
 * @returns `[N, H', W', outputs]` as a flat list
 */
export function plainConvolution(
  x: Array64,
  kernel: Array64,
  bias: Array64,
  options: ConvolutionOptions,
): number[] {
  const { stride = 1, padding = "same", depthwise = false } = options;
  const [images, height, width, inputs] = x.shape;
  const [side, , , last] = kernel.shape;
  const outputs = depthwise ? inputs : last;
  const along = (size: number) => {
    const cells =
      padding === "same"
        ? Math.ceil(size / stride)
        : Math.floor((size + 2 * padding - side) / stride) + 1;
    // TensorFlow adds an odd cell of padding at the end.
    const before =
      padding === "same"
        ? Math.floor(Math.max((cells - 1) * stride + side - size, 0) / 2)
        : padding;
    return { cells, before };
  };
  const [vertical, horizontal] = [along(height), along(width)];
  const sums: number[] = [];
  for (let n = 0; n < images; n++) {
    for (let row = 0; row < vertical.cells; row++) {
      for (let column = 0; column < horizontal.cells; column++) {
        for (let output = 0; output < outputs; output++) {
          let sum = bias.values[output];
          for (let tap = 0; tap < side * side; tap++) {
            const y = row * stride - vertical.before + Math.floor(tap / side);
            const across = column * stride - horizontal.before + (tap % side);
            if (y < 0 || y >= height || across < 0 || across >= width) continue;
            const cell = ((n * height + y) * width + across) * inputs;
            if (depthwise) sum += x.values[cell + output] * kernel.values[tap * inputs + output];
            else
              for (let c = 0; c < inputs; c++)
                sum += x.values[cell + c] * kernel.values[(tap * inputs + c) * outputs + output];
          }
          sums.push(sum);
        }
      }
    }
  }
  return sums;
}

/** The activation of one number. */
export function plainActivation(sum: number, activation: ConvolutionOptions["activation"]): number {
  if (activation === "none") return sum;
  return Math.min(Math.max(sum, 0), activation === "relu6" ? 6 : Infinity);
}

/** Group normalization. The inputs are those of `groupNorm`. */
export function plainGroupNorm(
  x: Array64,
  gamma: Array64,
  beta: Array64,
  groups: number,
): number[] {
  const [images, height, width, channels] = x.shape;
  const normalized = new Array<number>(x.values.length);
  const perGroup = channels / groups;
  for (const n of range(images)) {
    for (const group of range(groups)) {
      const indices = range(height * width).flatMap((cell) =>
        range(perGroup).map((c) => (n * height * width + cell) * channels + group * perGroup + c),
      );
      const mean = indices.reduce((sum, i) => sum + x.values[i], 0) / indices.length;
      const variance =
        indices.reduce((sum, i) => sum + (x.values[i] - mean) ** 2, 0) / indices.length;
      for (const i of indices) {
        const c = i % channels;
        normalized[i] =
          ((x.values[i] - mean) / Math.sqrt(variance + 1e-5)) * gamma.values[c] + beta.values[c];
      }
    }
  }
  return normalized;
}

/** Binary cross entropy of one logit. */
export function plainSigmoidCrossEntropy(logit: number, label: number): number {
  return Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
}

/**
 * RoIAlign (Mask R-CNN, section 3): the mean of interpolated values. The border is repeated for one
 * cell; beyond it, values are 0. The inputs are those of `roiAlign`.
 */
export function plainRoiAlign(
  features: Array64,
  rois: readonly (readonly number[])[],
  images: readonly number[],
  { stride, outputSize, samplingRatio }: RoiAlignRule,
): number[] {
  const [, height, width, channels] = features.shape;
  const read = (image: number, y: number, x: number, c: number) => {
    if (!(y >= -1 && y <= height && x >= -1 && x <= width)) return 0;
    const [top, left] = [Math.min(Math.max(y, 0), height - 1), Math.min(Math.max(x, 0), width - 1)];
    let sum = 0;
    for (let row = Math.floor(top); row < Math.min(top + 1, height); row++) {
      for (let column = Math.floor(left); column < Math.min(left + 1, width); column++) {
        sum +=
          (1 - Math.abs(row - top)) *
          (1 - Math.abs(column - left)) *
          features.values[((image * height + row) * width + column) * channels + c];
      }
    }
    return sum;
  };
  return rois.flatMap(([x1, y1, x2, y2], roi) =>
    range(outputSize).flatMap((row) =>
      range(outputSize).flatMap((column) =>
        range(channels).map((c) => {
          let sum = 0;
          for (const i of range(samplingRatio)) {
            for (const j of range(samplingRatio)) {
              const part = (cell: number, sample: number) =>
                (cell + (sample + 0.5) / samplingRatio) / outputSize;
              const y = (y1 + (y2 - y1) * part(row, i)) / stride - 0.5;
              const x = (x1 + (x2 - x1) * part(column, j)) / stride - 0.5;
              sum += read(images[roi], y, x, c);
            }
          }
          return sum / samplingRatio ** 2;
        }),
      ),
    ),
  );
}

/** 1 - GIoU of two boxes (Rezatofighi et al. 2019, algorithm 1). */
export function plainGiouLoss(a: readonly number[], b: readonly number[]): number {
  const area = (width: number, height: number) => Math.max(width, 0) * Math.max(height, 0);
  const shared = area(
    Math.min(a[2], b[2]) - Math.max(a[0], b[0]),
    Math.min(a[3], b[3]) - Math.max(a[1], b[1]),
  );
  const union = area(a[2] - a[0], a[3] - a[1]) + area(b[2] - b[0], b[3] - b[1]) - shared;
  const hull = area(
    Math.max(a[2], b[2]) - Math.min(a[0], b[0]),
    Math.max(a[3], b[3]) - Math.min(a[1], b[1]),
  );
  return 1 - shared / union + (hull - union) / hull;
}
