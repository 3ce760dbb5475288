/** The trained variables of a part of the network. */
import type { Random } from "../util/random";
import { freeWhenReplaced } from "../util/running-cell";
import { tf } from "./tensorflow";

/** Creates variables with random initial values, and keeps them by name. */
export class Parameters {
  private readonly byName: Record<string, tf.Variable> = {};

  /**
   * @param prefix start of the name of every variable
   * @param random draws the initial values; variables must be created in a fixed order
   */
  constructor(
    private readonly prefix: string,
    private readonly random: Random,
  ) {
    // Not a method of this object: what frees the variables must not lead to it.
    const { byName } = this;
    freeWhenReplaced(this, [{ dispose: () => tf.dispose(byName) }]);
  }

  /** A variable with values from a normal distribution with mean 0. */
  normal(name: string, shape: number[], deviation: number): tf.Variable {
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    for (let i = 0; i < values.length; i++) values[i] = deviation * this.random.normal();
    return this.add(name, values, shape);
  }

  /**
   * The weights of a layer before a ReLU (He et al. 2015, section 2.2).
   * @param shape the last axis is the outputs; the others together are the inputs of one output
   */
  he(name: string, shape: number[]): tf.Variable {
    const inputs = shape.slice(0, -1).reduce((product, side) => product * side, 1);
    return this.normal(name, shape, Math.sqrt(2 / inputs));
  }

  /** A variable whose values are all equal. */
  constant(name: string, shape: number[], value = 0): tf.Variable {
    return this.add(
      name,
      new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(value),
      shape,
    );
  }

  /** Every variable, by its name `prefix/name`. */
  all(): Readonly<Record<string, tf.Variable>> {
    return this.byName;
  }

  /** Frees all variables. */
  dispose(): void {
    for (const variable of Object.values(this.byName)) variable.dispose();
  }

  private add(name: string, values: Float32Array, shape: number[]): tf.Variable {
    const initial = tf.tensor(values, shape);
    const variable = tf.variable(initial);
    initial.dispose();
    this.byName[`${this.prefix}/${name}`] = variable;
    return variable;
  }
}
