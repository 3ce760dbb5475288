/**
 * The one place that loads TensorFlow. It also runs any raw TensorFlow operation by name: the
 * library below TensorFlow.js has far more of them than TensorFlow.js itself, the gradient
 * operations among them.
 */
import "./environment";
import * as tf from "@tensorflow/tfjs-node-gpu";

export { tf };

/** The value of an operation's attribute; the constructors below make them. */
interface Attribute {
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
 * Makes attributes of raw operations: `{ T: attribute.type("float32"), strides: attribute.int([1,
 * 2, 2, 1]) }`.
 */
export const attribute = {
  type: (value: tf.DataType): Attribute => ({ kind: "TF_ATTR_TYPE", value }),
  int: (value: number | readonly number[]): Attribute => ({ kind: "TF_ATTR_INT", value }),
  float: (value: number | readonly number[]): Attribute => ({ kind: "TF_ATTR_FLOAT", value }),
  bool: (value: boolean): Attribute => ({ kind: "TF_ATTR_BOOL", value }),
  string: (value: string): Attribute => ({ kind: "TF_ATTR_STRING", value }),
  /** The addon splits it again (scripts/setup/list-attributes.h); a string may hold no comma. */
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
 * Runs the TensorFlow operation `name` outside any gradient tape (wrap it in `tf.customGrad` for
 * one) and returns its outputs; the caller disposes them. Inputs and attributes are as TensorFlow's
 * operation registry defines them. Throws TensorFlow's own message when one of them does not fit.
 */
export function rawOperation(
  name: string,
  inputs: readonly tf.Tensor[],
  attributes: Readonly<Record<string, Attribute>>,
  outputs = 1,
): tf.Tensor[] {
  const backend = tf.backend() as unknown as Native;
  const nativeAttributes = Object.entries(attributes).map(([key, { kind, value }]) => ({
    name: key,
    type: backend.binding[kind],
    value: kind === "TF_ATTR_TYPE" ? backend.getDTypeInteger(value as tf.DataType) : value,
  }));
  return backend.executeMultipleOutputs(name, nativeAttributes as never, [...inputs], outputs);
}

// One operation in place of TensorFlow.js's chain of four.
tf.registerGradient({
  kernelName: "Relu",
  inputsToSave: ["x"],
  gradFunc: (dy, [x]) => ({
    x: () => rawOperation("ReluGrad", [dy as tf.Tensor, x], { T: attribute.type("float32") })[0],
  }),
});

/**
 * What computes: `TensorFlow 2.21.0 on CPU` or `… on GPU`. Notebooks and commands print it, so
 * that nobody trains on the CPU unaware.
 */
export function describeBackend(): string {
  const backend = tf.backend() as unknown as Native;
  return `TensorFlow ${backend.binding.TF_Version} on ${backend.isUsingGpuDevice ? "GPU" : "CPU"}`;
}

/**
 * Shape, range and health of a tensor or array in one line, for a cell: `[40, 40, 96] float32,
 * -1.20 … 3.40, mean 0.10`.
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
