/**
 * An exponential moving average of the weights (Polyak and Juditsky 1992). It evens out the noise
 * of single steps, so that it validates better than the weights of the last step.
 */
import { tf } from "../tensor/tensorflow";

/** The state of an average as plain values, for a checkpoint. */
export interface WeightAverageState {
  readonly updates: number;
  readonly averages: Readonly<Record<string, Float32Array>>;
}

/** The moving average of the variables of a detector. */
export class WeightAverage {
  private readonly averages = new Map<string, tf.Tensor>();
  private updates = 0;

  /**
   * @param variables by name
   * @param decay weight of the old average at each step, in [0, 1)
   */
  constructor(
    private readonly variables: Readonly<Record<string, tf.Variable>>,
    private readonly decay: number,
  ) {}

  /**
   * Adds the current values of the variables to the average. Early steps have more weight, so that
   * the first values do not stay in the average for long.
   */
  update(): void {
    this.updates++;
    const decay = Math.min(this.decay, this.updates / (this.updates + 9));
    for (const [name, variable] of Object.entries(this.variables)) {
      const old = this.averages.get(name);
      this.averages.set(
        name,
        tf.tidy(() => (old ? old.mul(decay).add(variable.mul(1 - decay)) : variable.clone())),
      );
      old?.dispose();
    }
  }

  /**
   * Runs `work` while the variables hold the averages. Afterwards they hold their former values
   * again, also when `work` throws.
   */
  async during<T>(work: () => T | Promise<T>): Promise<T> {
    const before = new Map<string, tf.Tensor>();
    for (const [name, average] of this.averages) {
      // A clone shares memory with the variable until `assign` gives the variable new memory.
      before.set(name, tf.clone(this.variables[name]));
      this.variables[name].assign(average);
    }
    try {
      return await work();
    } finally {
      for (const [name, value] of before) {
        this.variables[name].assign(value);
        value.dispose();
      }
    }
  }

  /** Assigns the averages to the variables. */
  apply(): void {
    for (const [name, average] of this.averages) this.variables[name].assign(average);
  }

  /** The state as plain values, for a checkpoint. */
  state(): WeightAverageState {
    const averages: Record<string, Float32Array> = {};
    for (const [name, average] of this.averages)
      averages[name] = average.dataSync<"float32">().slice();
    return { updates: this.updates, averages };
  }

  /** Replaces the averages by those that `state` returned. */
  restore(state: WeightAverageState): void {
    this.dispose();
    this.updates = state.updates;
    for (const [name, values] of Object.entries(state.averages)) {
      this.averages.set(name, tf.tensor(values, this.variables[name].shape));
    }
  }

  /** Frees the averages. */
  dispose(): void {
    for (const average of this.averages.values()) average.dispose();
    this.averages.clear();
  }
}
