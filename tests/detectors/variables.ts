/** Sets the variables of a network part, and computes their gradients by name. */
import assert from "node:assert/strict";
import { tf } from "../../src/tensor/tensorflow";
import { assertClose } from "../assertions";

type Variables = Readonly<Record<string, tf.Variable>>;
type Values = Readonly<Record<string, tf.TensorLike>>;

/** Assigns values by name. Checks that there are no other variables. */
export function setVariables(variables: Variables, values: Values): void {
  assert.deepEqual(Object.keys(variables).sort(), Object.keys(values).sort());
  for (const [name, variable] of Object.entries(variables))
    tf.tidy(() => variable.assign(tf.tensor(values[name])));
}

/** Checks the gradients of a loss with respect to all variables. */
export function assertGradients(
  loss: () => tf.Scalar,
  variables: Variables,
  expected: Values,
): void {
  tf.tidy(() => {
    const { grads } = tf.variableGrads(loss, Object.values(variables));
    for (const [name, variable] of Object.entries(variables))
      assertClose(grads[variable.name].arraySync(), expected[name], 1e-4, `gradient of ${name}`);
  });
}
