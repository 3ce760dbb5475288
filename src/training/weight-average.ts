/**
 * An exponential moving average of the weights: it validates better than the last step's, whose
 * noise it evens out (Polyak & Juditsky 1992).
 */
import { tf } from "../tensor/tensorflow";

/** Plain values of an average, for a checkpoint. */
export interface WeightAverageState {
  readonly updates: number;
  readonly averages: Readonly<Record<string, Float32Array>>;
}

export class WeightAverage {
  private readonly averages = new Map<string, tf.Tensor>();
  private updates = 0;

  /** @param decay part of the old average kept at a step */
  constructor(
    private readonly variables: Readonly<Record<string, tf.Variable>>,
    private readonly decay: number,
  ) {}

  /**
   * Takes up the variables' present values; early steps count more, so that the first values do
   * not linger.
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
   * Runs `work` with the averages in the variables' place; the present values come back after it,
   * also when it throws.
   */
  async during<T>(work: () => T | Promise<T>): Promise<T> {
    const present = new Map<string, tf.Tensor>();
    for (const [name, average] of this.averages) {
      // A clone shares memory with the variable until `assign` gives the variable new memory.
      present.set(name, tf.clone(this.variables[name]));
      this.variables[name].assign(average);
    }
    try {
      return await work();
    } finally {
      for (const [name, value] of present) {
        this.variables[name].assign(value);
        value.dispose();
      }
    }
  }

  /** Puts the averages into the variables for good. */
  apply(): void {
    for (const [name, average] of this.averages) this.variables[name].assign(average);
  }

  /** Values for a checkpoint. */
  state(): WeightAverageState {
    const averages: Record<string, Float32Array> = {};
    for (const [name, average] of this.averages)
      averages[name] = average.dataSync<"float32">().slice();
    return { updates: this.updates, averages };
  }

  restore(state: WeightAverageState): void {
    this.dispose();
    this.updates = state.updates;
    for (const [name, values] of Object.entries(state.averages)) {
      this.averages.set(name, tf.tensor(values, this.variables[name].shape));
    }
  }

  dispose(): void {
    for (const average of this.averages.values()) average.dispose();
    this.averages.clear();
  }
}
