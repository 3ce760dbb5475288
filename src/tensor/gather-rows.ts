/**
 * Selects rows of a tensor, with a gradient of one operation. TensorFlow.js's own gradient
 * transposes the tensor, sums over segments, and transposes it back.
 */
import { attribute, rawOperation, tf } from "./tensorflow";
import { differentiable } from "./differentiable";

/**
 * Selects rows, each at most once. The gradient flows to the selected rows.
 * @param x `[N, …]` float32
 * @param rows `[R]`: different indices from 0 to N - 1
 * @returns `[R, …]`; the caller disposes it
 */
export function gatherRows<T extends tf.Tensor>(x: T, rows: readonly number[]): T {
  const indices = Int32Array.from(rows);
  const gather = differentiable({
    forward: (input) => ({
      value: tf.tidy(() => input.gather(tf.tensor1d(indices, "int32"))),
      saved: [],
    }),
    backward: (dy) => [scatterRows(dy, indices, x.shape[0])],
  });
  return gather(x) as T;
}

/**
 * Puts rows into a tensor of zeros, the inverse of `gatherRows`. Without a gradient.
 * @param rows `[R, …]` float32
 * @param indices `[R]`: the different places of the rows
 * @param count number of rows of the result, N
 * @returns `[N, …]`; the caller disposes it
 */
export function scatterRows(rows: tf.Tensor, indices: Int32Array, count: number): tf.Tensor {
  return tf.tidy(
    () =>
      rawOperation(
        "ScatterNd",
        [
          tf.tensor2d(indices, [indices.length, 1], "int32"),
          rows,
          tf.tensor1d([count, ...rows.shape.slice(1)], "int32"),
        ],
        { T: attribute.type("float32"), Tindices: attribute.type("int32") },
      )[0],
  );
}
