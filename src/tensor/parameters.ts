/** The trained variables of a network part, made with seeded initial values and kept by name. */
import type { Random } from "../util/random";
import { tf } from "./tensorflow";

export class Parameters {
  private readonly byName: Record<string, tf.Variable> = {};

  constructor(
    private readonly prefix: string,
    private readonly random: Random,
  ) {}

  /** Values from a normal distribution of that standard deviation. */
  normal(name: string, shape: number[], deviation: number): tf.Variable {
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    for (let i = 0; i < values.length; i++) values[i] = deviation * this.random.normal();
    return this.add(name, values, shape);
  }

  /**
   * Weights before a ReLU: the last axis counts outputs, the others together the inputs of one (He
   * et al. 2015, section 2.2).
   */
  he(name: string, shape: number[]): tf.Variable {
    const inputs = shape.slice(0, -1).reduce((product, side) => product * side, 1);
    return this.normal(name, shape, Math.sqrt(2 / inputs));
  }

  constant(name: string, shape: number[], value = 0): tf.Variable {
    return this.add(
      name,
      new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(value),
      shape,
    );
  }

  /** Every variable, as `prefix/name`. */
  all(): Readonly<Record<string, tf.Variable>> {
    return this.byName;
  }

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
