/**
 * A tensor that TensorFlow changes in place. TensorFlow.js makes a new tensor for every value;
 * operations that update a state want one of these.
 */
import { attribute, rawOperation, tf } from "./tensorflow";

const FLOAT = attribute.type("float32");
let count = 0;

export class Resource {
  /** What operations named `Resource…` take for the state. */
  readonly handle: tf.Tensor;

  /** @param initial of type float32; shared until either changes */
  constructor(initial: tf.Tensor) {
    const [handle] = rawOperation("VarHandleOp", [], {
      dtype: FLOAT,
      shape: attribute.shape(initial.shape),
      container: attribute.string(""),
      shared_name: attribute.string(`state${count++}`),
    });
    this.handle = tf.keep(handle);
    this.assign(initial);
  }

  assign(value: tf.Tensor): void {
    rawOperation(
      "AssignVariableOp",
      [this.handle, value],
      { dtype: FLOAT, validate_shape: attribute.bool(false) },
      0,
    );
  }

  /** The present value, which later changes leave alone; the caller disposes it. */
  read(): tf.Tensor {
    return rawOperation("ReadVariableOp", [this.handle], { dtype: FLOAT })[0];
  }

  dispose(): void {
    rawOperation(
      "DestroyResourceOp",
      [this.handle],
      { ignore_lookup_error: attribute.bool(false) },
      0,
    );
    this.handle.dispose();
  }
}
