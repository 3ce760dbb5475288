import assert from "node:assert/strict";
import { test } from "node:test";
import {
  convolution,
  convolutionAttributes,
  separateConvolution,
  type ConvolutionOptions,
} from "../../src/tensor/convolution";
import { canFuse } from "../../src/tensor/fused-convolution";
import { Random } from "../../src/util/random";
import { describeBackend, tf } from "../../src/tensor/tensorflow";

interface Case {
  readonly name: string;
  readonly side: number;
  readonly kernelSide: number;
  readonly options: ConvolutionOptions;
}

const CASES: readonly Case[] = [
  { name: "1x1", side: 5, kernelSide: 1, options: { activation: "none" } },
  { name: "3x3, relu", side: 6, kernelSide: 3, options: { activation: "relu" } },
  {
    name: "3x3, relu6, stride 2, even",
    side: 6,
    kernelSide: 3,
    options: { activation: "relu6", stride: 2 },
  },
  {
    name: "3x3, relu6, stride 2, odd",
    side: 7,
    kernelSide: 3,
    options: { activation: "relu6", stride: 2 },
  },
  {
    name: "3x3, relu, stride 2, padded as PyTorch",
    side: 6,
    kernelSide: 3,
    options: { activation: "relu", stride: 2, padding: 1 },
  },
  {
    name: "7x7, relu, stride 2, padded as PyTorch",
    side: 9,
    kernelSide: 7,
    options: { activation: "relu", stride: 2, padding: 3 },
  },
  {
    name: "1x1, stride 2, no padding",
    side: 6,
    kernelSide: 1,
    options: { activation: "none", stride: 2, padding: 0 },
  },
  {
    name: "depthwise 3x3, relu6",
    side: 6,
    kernelSide: 3,
    options: { activation: "relu6", depthwise: true },
  },
  {
    name: "depthwise 5x5, relu6, stride 2",
    side: 8,
    kernelSide: 5,
    options: { activation: "relu6", depthwise: true, stride: 2 },
  },
  {
    name: "depthwise 3x3, stride 2, padded as PyTorch",
    side: 7,
    kernelSide: 3,
    options: { activation: "none", depthwise: true, stride: 2, padding: 1 },
  },
];
const INPUTS = 3;
const OUTPUTS = 4;
/** Standard deviation of the inputs: large enough for some sums above 6. */
const SPREAD = 2.5;

function randomTensor(shape: number[], random: Random): tf.Tensor {
  const values = Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    () => SPREAD * random.normal(),
  );
  return tf.tensor(values, shape);
}

function operands({ side, kernelSide, options }: Case): [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D] {
  const random = new Random("convolution");
  const outputs = options.depthwise ? INPUTS : OUTPUTS;
  return [
    randomTensor([2, side, side, INPUTS], random) as tf.Tensor4D,
    randomTensor(
      [kernelSide, kernelSide, INPUTS, options.depthwise ? 1 : OUTPUTS],
      random,
    ) as tf.Tensor4D,
    randomTensor([outputs], random) as tf.Tensor1D,
  ];
}

/** The same computation with TensorFlow.js's operations and gradients. */
function composed(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  bias: tf.Tensor1D,
  options: ConvolutionOptions,
): tf.Tensor4D {
  const { stride = 1, padding = "same", activation } = options;
  const border = typeof padding === "number" ? padding : 0;
  const padded = x.pad([
    [0, 0],
    [border, border],
    [border, border],
    [0, 0],
  ]) as tf.Tensor4D;
  const pad = padding === "same" ? "same" : "valid";
  const sum = (
    options.depthwise
      ? tf.depthwiseConv2d(padded, kernel, stride, pad)
      : tf.conv2d(padded, kernel, stride, pad)
  ).add<tf.Tensor4D>(bias);
  return activation === "none" ? sum : activation === "relu" ? sum.relu() : sum.relu6();
}

function assertClose(found: tf.Tensor, expected: tf.Tensor, what: string, tolerance = 1e-4): void {
  assert.deepEqual(found.shape, expected.shape, what);
  const [a, b] = [found.dataSync(), expected.dataSync()];
  const scale = Math.max(1, ...Array.from(b, Math.abs));
  a.forEach((value, i) =>
    assert.ok(
      Math.abs(value - b[i]) <= tolerance * scale,
      `${what}[${i}]: ${value}, expected ${b[i]}`,
    ),
  );
}

for (const item of CASES) {
  test(`${item.name}: value and gradients equal those of TensorFlow.js's operations`, () => {
    tf.tidy(() => {
      const inputs = operands(item);
      const y = convolution(...inputs, item.options);
      assertClose(y, composed(...inputs, item.options), "value");
      const dy = randomTensor(y.shape, new Random("dy"));
      const ours = tf.grads((x, kernel, bias) =>
        convolution(x as tf.Tensor4D, kernel as tf.Tensor4D, bias as tf.Tensor1D, item.options),
      )(inputs, dy);
      const theirs = tf.grads((x, kernel, bias) =>
        composed(x as tf.Tensor4D, kernel as tf.Tensor4D, bias as tf.Tensor1D, item.options),
      )(inputs, dy);
      ["x", "kernel", "bias"].forEach((name, i) =>
        assertClose(ours[i], theirs[i], `gradient of ${name}`),
      );
    });
  });
}

for (const item of CASES) {
  test(`${item.name}: the fused and the separate operations give identical bits`, () => {
    const name = item.options.depthwise ? "DepthwiseConv2dNative" : "Conv2D";
    const attributes = convolutionAttributes(item.options);
    const padsLikePyTorch = item.options.depthwise && typeof item.options.padding === "number";
    if (process.arch === "x64" && describeBackend().endsWith("CPU")) {
      assert.equal(canFuse(name, attributes), !padsLikePyTorch, "TensorFlow has oneDNN on x64");
    }
    tf.tidy(() => {
      const inputs = operands(item);
      const { activation } = item.options;
      const separate = separateConvolution(name, inputs, { attributes, activation }).dataSync();
      assert.deepEqual(convolution(...inputs, item.options).dataSync(), separate);
    });
  });
}

test("gradients equal finite differences", () => {
  // The loss is quadratic in y, so that the gradient of the activation matters too. Few steps cross
  // a kink of ReLU6.
  const item: Case = {
    name: "",
    side: 5,
    kernelSide: 3,
    options: { activation: "relu6", stride: 2, padding: 1 },
  };
  const loss = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) =>
    convolution(x as tf.Tensor4D, kernel as tf.Tensor4D, bias as tf.Tensor1D, item.options)
      .square()
      .sum() as tf.Scalar;
  const STEP = 1e-2;
  tf.tidy(() => {
    const inputs = operands(item).map((tensor) => tensor.mul(0.3)) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const gradients = tf.grads(loss)(inputs);
    inputs.forEach((input, which) => {
      const values = input.dataSync();
      const gradient = gradients[which].dataSync();
      const scale = Math.max(...Array.from(gradient, Math.abs));
      for (let i = 0; i < values.length; i++) {
        const at = (offset: number) => {
          const moved = values.slice();
          moved[i] += offset;
          const operandsMoved = inputs.map((tensor, k) =>
            k === which ? tf.tensor(moved, input.shape) : tensor,
          );
          return tf.tidy(
            () => loss(...(operandsMoved as [tf.Tensor, tf.Tensor, tf.Tensor])).dataSync()[0],
          );
        };
        const difference = (at(STEP) - at(-STEP)) / (2 * STEP);
        assert.ok(
          Math.abs(difference - gradient[i]) < 0.02 * scale,
          `input ${which}[${i}]: ${gradient[i]}, expected ${difference}`,
        );
      }
    });
  });
});

test("a kernel for another number of channels is refused", () => {
  tf.tidy(() => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 3]);
    const kernel = tf.ones<tf.Rank.R4>([3, 3, 5, 2]);
    assert.throws(
      () => convolution(x, kernel, tf.zeros([2]), { activation: "none" }),
      /depth|channels/i,
    );
  });
});

test("the gradient of a layer saves one map and frees it", () => {
  const inputs = operands(CASES[2]);
  const before = tf.memory().numTensors;
  const { value, grads } = tf.valueAndGrads((x, kernel, bias) =>
    convolution(
      x as tf.Tensor4D,
      kernel as tf.Tensor4D,
      bias as tf.Tensor1D,
      CASES[2].options,
    ).sum(),
  )(inputs);
  assert.equal(tf.memory().numTensors, before + 4);
  tf.dispose([value, ...grads, ...inputs]);
});

test("the backward pass frees the maps of each layer at once, and does not free the caller's gradient", () => {
  const LAYERS = 12;
  const [x, kernel, bias] = [tf.ones([1, 32, 32, 8]), tf.ones([1, 1, 8, 8]), tf.zeros([8])];
  const map = x.size * Float32Array.BYTES_PER_ELEMENT;
  const before = tf.memory().numBytes;
  let bytesAtEnd = Infinity;
  /** The last operation of the backward pass: it measures the memory. */
  const measure = tf.customGrad((input) => ({
    value: (input as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => {
      bytesAtEnd = tf.memory().numBytes - before;
      return dy.clone();
    },
  }));
  const layers = (input: tf.Tensor) => {
    let y = measure(input) as tf.Tensor4D;
    for (let i = 0; i < LAYERS; i++)
      y = convolution(y, kernel as tf.Tensor4D, bias as tf.Tensor1D, { activation: "relu" });
    return y as tf.Tensor;
  };
  const dy = tf.ones(x.shape);
  const gradient = tf.grad(layers)(x, dy);
  assert.ok(bytesAtEnd < 5 * map, `${bytesAtEnd / map} maps remain`);
  assert.equal(dy.dataSync()[0], 1);
  tf.dispose([x, kernel, bias, dy, gradient]);
});
