/**
 * Compares every hand-written gradient in the sources with finite differences of its operation. A
 * gradient without an entry in `CHECKS` fails the test.
 *
 * The differences are computed from the definition of the operation in 64-bit numbers
 * (plain-operations.ts), with a step of 1e-5, because 32-bit numbers are not exact enough. Every
 * element of every gradient is compared. The inputs keep a distance from the kinks of an operation.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import {
  convolution,
  convolutionAttributes,
  type ConvolutionOptions,
} from "../../src/tensor/convolution";
import { canFuse } from "../../src/tensor/fused-convolution";
import { gatherRows } from "../../src/tensor/gather-rows";
import { groupNorm } from "../../src/tensor/group-norm";
import { sigmoidCrossEntropy } from "../../src/tensor/losses";
import { roiAlign } from "../../src/tensor/roi-align";
import { Random } from "../../src/util/random";
import { tf } from "../../src/tensor/tensorflow";
import { assertClose } from "../assertions";
import * as plain from "./plain-operations";
import type { Array64 } from "./plain-operations";

const ROOT = join(__dirname, "../..");
const STEP = 1e-5;

/** Random 32-bit numbers, so that both computations start from the same inputs. */
function draw(shape: readonly number[], random: Random, spread = 1): Array64 {
  const length = shape.reduce((product, side) => product * side, 1);
  return {
    shape,
    values: Float64Array.from({ length }, () => Math.fround(spread * random.normal())),
  };
}

/**
 * Checks that values and gradients of an operation equal those of its definition.
 * @param definition returns the output as a flat list
 */
function assertGradients(
  operation: (...inputs: tf.Tensor[]) => tf.Tensor,
  definition: (...inputs: Array64[]) => number[],
  inputs: readonly Array64[],
): void {
  tf.tidy(() => {
    const tensors = inputs.map(({ values, shape }) =>
      tf.tensor(Float32Array.from(values), [...shape]),
    );
    const output = operation(...tensors);
    const random = new Random("upstream");
    const upstream = Float32Array.from({ length: output.size }, () => random.normal());
    assertClose(output.dataSync(), definition(...inputs), 1e-4, "output");
    const total = (...at: Array64[]) =>
      definition(...at).reduce((sum, value, i) => sum + value * upstream[i], 0);
    const gradients = tf.grads(operation)(tensors, tf.tensor(upstream, output.shape));
    inputs.forEach((input, which) => {
      const slopes = Array.from(input.values, (_, i) => {
        const moved = (by: number) => {
          const values = Float64Array.from(input.values);
          values[i] += by;
          return total(...inputs.map((other, k) => (k === which ? { ...input, values } : other)));
        };
        return (moved(STEP) - moved(-STEP)) / (2 * STEP);
      });
      assertClose(gradients[which].dataSync(), slopes, 2e-4, `gradient of input ${which}`);
    });
  });
}

const CONVOLUTIONS: ConvolutionOptions[] = [false, true].flatMap((depthwise) =>
  (["none", "relu", "relu6"] as const).flatMap((activation) =>
    [1, 2].flatMap((stride) =>
      (["same", 0, 1] as const).map((padding) => ({ depthwise, activation, stride, padding })),
    ),
  ),
);

function checkConvolution(options: ConvolutionOptions): void {
  const kinks = plain.KINKS[options.activation];
  const random = new Random(JSON.stringify(options));
  const inputs = [
    draw([2, 5, 6, 3], random, 1.5),
    draw([3, 3, 3, options.depthwise ? 1 : 2], random),
    draw([options.depthwise ? 3 : 2], random),
  ];
  const [x, kernel, bias] = inputs;
  const sums = plain.plainConvolution(x, kernel, bias, options);
  const distance = Math.min(
    ...sums.flatMap((sum) => kinks.map((kink: number) => Math.abs(sum - kink))),
  );
  assert.ok(distance > 20 * STEP, `a sum is only ${distance} from a kink: draw other inputs`);
  for (const kink of kinks)
    assert.ok(
      sums.some((sum) => sum < kink) && sums.some((sum) => sum > kink),
      "the sums are on both sides of the kink",
    );
  assertGradients(
    (...at) =>
      convolution(at[0] as tf.Tensor4D, at[1] as tf.Tensor4D, at[2] as tf.Tensor1D, options),
    (...at) =>
      plain
        .plainConvolution(at[0], at[1], at[2], options)
        .map((sum) => plain.plainActivation(sum, options.activation)),
    inputs,
  );
}

/** The selected rows of five, in rising and in another order. */
const SELECTIONS = [[0, 1, 2, 3, 4], [4, 0, 2], [3]];

function checkGatherRows(rows: readonly number[]): void {
  for (const shape of [[5], [5, 4], [5, 2, 3]]) {
    const size = shape.slice(1).reduce((product, side) => product * side, 1);
    assertGradients(
      (x) => gatherRows(x, rows),
      ({ values }) => rows.flatMap((row) => Array.from(values).slice(row * size, (row + 1) * size)),
      [draw(shape, new Random("rows"))],
    );
  }
}

/** Numbers of images, rows, columns, channels and groups. */
const NORMS = [
  [2, 3, 4, 6, 3],
  [1, 2, 2, 4, 1],
  [2, 1, 3, 4, 4],
];

function checkGroupNorm([images, height, width, channels, groups]: readonly number[]): void {
  const random = new Random("norm");
  const inputs = [
    draw([images, height, width, channels], random, 3),
    draw([channels], random),
    draw([channels], random),
  ];
  assertGradients(
    (x, gamma, beta) =>
      groupNorm(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D, { groups }),
    (x, gamma, beta) => plain.plainGroupNorm(x, gamma, beta, groups),
    inputs,
  );
}

/**
 * RoIs inside the map, across each border, outside the map, of a hundredth of a cell, and many
 * times as large as the map. They belong to two images, in mixed order.
 */
const ROIS = [
  [3, 5, 30, 21],
  [-9, -6, 20, 12],
  [33, 20, 60, 52],
  [80, 90, 99, 99],
  [20, 11, 20.1, 11.2],
  [-90, -70, 150, 140],
  [0, 0, 48, 40],
];
const ROI_IMAGES = [1, 0, 1, 0, 0, 1, 0];

function checkRoiAlign(samplingRatio: number, stride: number): void {
  const rule = { stride, outputSize: 2, samplingRatio };
  const rois = ROIS.map((roi) => roi.map((edge) => Math.fround((edge * stride) / 8)));
  assertGradients(
    (map) =>
      roiAlign(map as tf.Tensor4D, tf.tensor2d(rois), tf.tensor1d(ROI_IMAGES, "int32"), rule),
    (map) => plain.plainRoiAlign(map, rois, ROI_IMAGES, rule),
    [draw([2, 5, 6, 2], new Random("map"))],
  );
}

function checkSigmoidCrossEntropy(): void {
  // Untrained networks start at 0. The loss is smooth there, although its terms are not.
  const logits = [0, 0, 1e-3, -1e-3, 0.7, -2.5, 4, -9, 16, -30];
  const labels = [0, 1, 1, 0, 1, 1, 0, 1, 1, 0];
  assertGradients(
    (x) => sigmoidCrossEntropy(x as tf.Tensor1D, tf.tensor1d(labels)),
    (x) => Array.from(x.values, (logit, i) => plain.plainSigmoidCrossEntropy(logit, labels[i])),
    [{ shape: [logits.length], values: logits.map(Math.fround) }],
  );
}

function checkRelu(): void {
  assertGradients(
    (x) => x.relu(),
    (x) => Array.from(x.values, (value) => plain.plainActivation(value, "relu")),
    [{ shape: [3, 2], values: [-3, -0.25, -1e-3, 1e-3, 0.5, 40].map(Math.fround) }],
  );
}

/** The checks of each gradient, by file and function (or kernel). */
const CHECKS: Readonly<Record<string, Readonly<Record<string, () => void>>>> = {
  "src/tensor/convolution.ts convolution": Object.fromEntries(
    CONVOLUTIONS.map((options) => [
      `${options.depthwise ? "depthwise, " : ""}${options.activation}, stride ${options.stride}, padding ${options.padding}`,
      () => checkConvolution(options),
    ]),
  ),
  "src/tensor/gather-rows.ts gatherRows": Object.fromEntries(
    SELECTIONS.map((rows) => [`rows ${rows.join()}`, () => checkGatherRows(rows)]),
  ),
  "src/tensor/group-norm.ts groupNorm": Object.fromEntries(
    NORMS.map((shape) => [`shape and groups ${shape.join()}`, () => checkGroupNorm(shape)]),
  ),
  "src/tensor/losses.ts sigmoidCrossEntropy": {
    "logits from -30 to 16, 0 among them": checkSigmoidCrossEntropy,
  },
  "src/tensor/roi-align.ts roiAlign": Object.fromEntries(
    [1, 2, 3].flatMap((ratio) =>
      [1, 8, 32].map((stride) => [
        `${ratio} samples, stride ${stride}`,
        () => checkRoiAlign(ratio, stride),
      ]),
    ),
  ),
  "src/tensor/tensorflow.ts Relu": { "on both sides of 0": checkRelu },
};

/** Finds the hand-written gradients in the sources, as `FILE FUNCTION` or `FILE KERNEL`. */
function handWritten(): string[] {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts"),
  );
  return files.flatMap((file) => {
    const path = join(ROOT, "src", file);
    // Comments can contain the names of the functions.
    const source = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    // This file only defines the function.
    if (file.endsWith("differentiable.ts")) return [];
    return Array.from(
      source.matchAll(/\b(customGrad|registerGradient|differentiable(?=\())\b/g),
      ({ 1: how, index }) => {
        const owner =
          how !== "registerGradient"
            ? source.slice(0, index).match(/function\*? (\w+)(?![\s\S]*\bfunction\b)/)?.[1]
            : source.slice(index).match(/kernelName: "(\w+)"/)?.[1];
        return `${relative(ROOT, path).replace(/\\/g, "/")} ${owner ?? `${how} of an unknown function`}`;
      },
    );
  });
}

test("every hand-written gradient of the sources has a check, and every check has a gradient", () => {
  assert.deepEqual(handWritten().sort(), Object.keys(CHECKS).sort());
});

// The convolutions are checked with and without oneDNN. TensorFlow reads the variable only once, so
// that the check without oneDNN runs in a second process. The other operations are checked once.
const isSeparate = process.env.TF_ENABLE_ONEDNN_OPTS === "0";
for (const [gradient, checks] of Object.entries(CHECKS)) {
  if (isSeparate && !gradient.endsWith(" convolution")) continue;
  describe(`${gradient}: finite differences`, () => {
    for (const [name, check] of Object.entries(checks)) test(name, check);
  });
}

if (isSeparate) {
  test("this process has no fused convolution", () => {
    assert.equal(canFuse("Conv2D", convolutionAttributes({ activation: "relu" })), false);
  });
} else {
  test("without oneDNN, where convolution, bias and activation are separate, the gradients are right too", () => {
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const { status, stdout } = spawnSync(
      process.execPath,
      ["--import", "tsx", "--test", "--test-reporter=tap", __filename],
      { cwd: ROOT, env: { ...environment, TF_ENABLE_ONEDNN_OPTS: "0" }, encoding: "utf8" },
    );
    assert.equal(status, 0, stdout);
    assert.match(stdout, /\bok \d+ - this process has no fused convolution/);
  });
}
