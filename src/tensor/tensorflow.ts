/**
 * Loads TensorFlow; every other file imports it from here. Also runs TensorFlow operations by name:
 * the native library has many more operations than TensorFlow.js, for example the native gradients.
 */
import "./environment";
import * as tf from "@tensorflow/tfjs-node-gpu";

export { tf };

/** The value of an attribute of an operation. The functions of `attribute` make it. */
export interface Attribute {
  readonly kind:
    | "TF_ATTR_TYPE"
    | "TF_ATTR_INT"
    | "TF_ATTR_FLOAT"
    | "TF_ATTR_BOOL"
    | "TF_ATTR_STRING"
    | "TF_ATTR_SHAPE";
  readonly value: unknown;
}

/**
 * Makes the attributes of raw operations.
 * @example
 * const attributes = { T: attribute.type("float32"), strides: attribute.int([1, 2, 2, 1]) };
 */
export const attribute = {
  type: (value: tf.DataType): Attribute => ({ kind: "TF_ATTR_TYPE", value }),
  int: (value: number | readonly number[]): Attribute => ({ kind: "TF_ATTR_INT", value }),
  float: (value: number | readonly number[]): Attribute => ({ kind: "TF_ATTR_FLOAT", value }),
  bool: (value: boolean): Attribute => ({ kind: "TF_ATTR_BOOL", value }),
  string: (value: string): Attribute => ({ kind: "TF_ATTR_STRING", value }),
  /**
   * A list of strings without commas. The addon splits the text at the commas
   * (scripts/setup/list-attributes.h).
   */
  strings: (values: readonly string[]): Attribute => ({
    kind: "TF_ATTR_STRING",
    value: values.join(","),
  }),
  shape: (value: readonly number[]): Attribute => ({ kind: "TF_ATTR_SHAPE", value }),
};

type Native = ReturnType<
  typeof import("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend").nodeBackend
>;

/**
 * Runs a TensorFlow operation by name, without a gradient (`differentiable` adds one).
 * @param name of the operation in TensorFlow's registry, which also defines the inputs and
 * attributes
 * @param options how to run it
 * @param options.outputs number of outputs of the operation
 * @returns the outputs; the caller disposes them
 * @throws when an input was disposed
 * @throws TensorFlow's error when an input or an attribute does not fit
 */
export function rawOperation(
  name: string,
  inputs: readonly tf.Tensor[],
  attributes: Readonly<Record<string, Attribute>>,
  { outputs = 1 }: { readonly outputs?: number } = {},
): tf.Tensor[] {
  if (inputs.some((input) => input.isDisposed))
    throw new Error(
      `${name}: an input was disposed. If it is a weight, the detector was disposed: create or load it again`,
    );
  const backend = tf.backend() as unknown as Native;
  const nativeAttributes = Object.entries(attributes).map(([key, { kind, value }]) => ({
    name: key,
    type: backend.binding[kind],
    value: kind === "TF_ATTR_TYPE" ? backend.getDTypeInteger(value as tf.DataType) : value,
  }));
  return backend.executeMultipleOutputs(name, nativeAttributes as never, [...inputs], outputs);
}

// TensorFlow.js's own gradient of ReLU is a chain of four operations.
tf.registerGradient({
  kernelName: "Relu",
  inputsToSave: ["x"],
  gradFunc: (dy, [x]) => ({
    x: () => rawOperation("ReluGrad", [dy as tf.Tensor, x], { T: attribute.type("float32") })[0],
  }),
});

/**
 * Describes the library and the device: `TensorFlow 2.21.0 on CPU`, or `… on GPU`. Notebooks and
 * commands print it, so that nobody trains on the CPU by mistake.
 * @example
 * console.log(describeBackend());
 */
export function describeBackend(): string {
  const backend = tf.backend() as unknown as Native;
  return `TensorFlow ${backend.binding.TF_Version} on ${backend.isUsingGpuDevice ? "GPU" : "CPU"}`;
}

/**
 * Describes a tensor or an array in one line: shape, type, range and mean of the finite values, and
 * the number of the others.
 * @example
 * describe(features); // "[1, 40, 40, 96] float32, -1.20 … 3.40, mean 0.10"
 */
export function describe(values: tf.Tensor | ArrayLike<number>): string {
  const isTensor = values instanceof tf.Tensor;
  const data = isTensor ? values.dataSync() : values;
  const shape = isTensor ? values.shape : [values.length];
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  let notFinite = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!Number.isFinite(value)) {
      notFinite++;
      continue;
    }
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  const name = isTensor ? values.dtype : values.constructor.name;
  const finite = data.length - notFinite;
  const range = finite
    ? `${low.toFixed(2)} … ${high.toFixed(2)}, mean ${(sum / finite).toFixed(2)}`
    : "no finite value";
  return `[${shape.join(", ")}] ${name}, ${range}${notFinite ? `, ${notFinite} NaN or infinite` : ""}`;
}
