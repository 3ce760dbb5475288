/**
 * A tensor that TensorFlow changes in place. TensorFlow.js creates a new tensor for every value,
 * but operations that update a state need such a tensor.
 */
import { attribute, rawOperation, tf } from "./tensorflow";

const FLOAT = attribute.type("float32");
/** Number of resources so far; gives each of them a unique name. */
let count = 0;

/** A float32 tensor that operations can change in place. */
export class Resource {
  /** The argument for operations whose names start with `Resource`. */
  readonly handle: tf.Tensor;

  /** @param initial float32; its memory is copied only when one of the two changes */
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

  /** Replaces the value. */
  assign(value: tf.Tensor): void {
    rawOperation(
      "AssignVariableOp",
      [this.handle, value],
      { dtype: FLOAT, validate_shape: attribute.bool(false) },
      { outputs: 0 },
    );
  }

  /** The current value. Later changes do not affect it; the caller disposes it. */
  read(): tf.Tensor {
    return rawOperation("ReadVariableOp", [this.handle], { dtype: FLOAT })[0];
  }

  /** Frees the value and the handle. */
  dispose(): void {
    rawOperation(
      "DestroyResourceOp",
      [this.handle],
      { ignore_lookup_error: attribute.bool(false) },
      { outputs: 0 },
    );
    this.handle.dispose();
  }
}
