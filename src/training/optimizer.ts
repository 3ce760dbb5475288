/**
 * Adam (Kingma and Ba 2015, algorithm 1). Weight decay is added to the gradient (L2), or subtracted
 * from the weights (AdamW, Loshchilov and Hutter 2019, algorithm 2).
 */
import type { TrainingConfig } from "../config/index";
import { attribute, rawOperation, tf } from "../tensor/tensorflow";
import { Resource } from "../tensor/resource";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
const FLOAT = attribute.type("float32");
const APPLY_ADAM = {
  T: FLOAT,
  use_locking: attribute.bool(false),
  use_nesterov: attribute.bool(false),
};

/** The state of an optimizer as plain values, for a checkpoint. */
export interface OptimizerState {
  readonly step: number;
  /** First and second moments by the name of the variable. */
  readonly moments: Readonly<Record<string, readonly [Float32Array, Float32Array]>>;
}

/** The state of one variable. Each resource is changed in place. */
interface Slot {
  readonly value: Resource;
  readonly first: Resource;
  readonly second: Resource;
}

/** Adam or AdamW, with clipping of the global gradient norm. */
export class AdamOptimizer {
  private step = 0;
  private readonly slots = new Map<string, Slot>();

  constructor(
    private readonly config: Pick<TrainingConfig, "optimizer" | "weightDecay" | "clipNorm">,
  ) {}

  /**
   * Moves the variables once. Changes nothing when the norm of the gradients is not finite.
   * @param variables by name
   * @param gradients by the name of the variable; the caller disposes them
   * @param learningRate of each variable, by its name
   * @returns the global norm of the gradients before clipping
   */
  apply(
    variables: Readonly<Record<string, tf.Variable>>,
    gradients: Readonly<Record<string, tf.Tensor>>,
    learningRate: (name: string) => number,
  ): number {
    const norm = globalNorm(Object.values(gradients));
    if (!Number.isFinite(norm)) return norm;
    const { clipNorm } = this.config;
    const clip = clipNorm !== null && norm > clipNorm ? clipNorm / norm : 1;
    this.step++;
    const next = tf.tidy(() => {
      const power1 = BETA1 ** this.step;
      const power2 = BETA2 ** this.step;
      // TensorFlow adds epsilon before it corrects the second moment, the paper adds it after.
      // Scaling epsilon makes both the same.
      const rule = [power1, power2].map((power) => tf.scalar(power));
      const rest = [BETA1, BETA2, EPSILON * Math.sqrt(1 - power2)].map((number) =>
        tf.scalar(number),
      );
      return Object.entries(gradients).map(([name, gradient]) => {
        const variable = variables[name];
        const rate = learningRate(name);
        const slot = this.slotOf(name, variable);
        slot.value.assign(this.decayed(variable, rate));
        const { value, first, second } = slot;
        const handles = [value.handle, first.handle, second.handle];
        const inputs = [
          ...handles,
          ...rule,
          tf.scalar(rate),
          ...rest,
          this.adjusted(gradient, variable, clip),
        ];
        rawOperation("ResourceApplyAdam", inputs, APPLY_ADAM, { outputs: 0 });
        return value.read();
      });
    });
    Object.keys(gradients).forEach((name, i) => variables[name].assign(next[i]));
    tf.dispose(next);
    return norm;
  }

  /** The state as plain values, for a checkpoint. */
  state(): OptimizerState {
    const values = (moment: Resource) => {
      const tensor = moment.read();
      const copy = tensor.dataSync<"float32">().slice();
      tensor.dispose();
      return copy;
    };
    const moments: Record<string, [Float32Array, Float32Array]> = {};
    for (const [name, { first, second }] of this.slots)
      moments[name] = [values(first), values(second)];
    return { step: this.step, moments };
  }

  /** Replaces the state by one that `state` returned. */
  restore(state: OptimizerState, variables: Readonly<Record<string, tf.Variable>>): void {
    this.dispose();
    this.step = state.step;
    tf.tidy(() => {
      for (const [name, moments] of Object.entries(state.moments)) {
        const { shape } = variables[name];
        const [first, second] = moments.map((values) => new Resource(tf.tensor(values, shape)));
        this.slots.set(name, { value: new Resource(variables[name]), first, second });
      }
    });
  }

  /** Frees the moments of all variables. */
  dispose(): void {
    for (const slot of this.slots.values())
      for (const resource of Object.values(slot)) (resource as Resource).dispose();
    this.slots.clear();
  }

  private slotOf(name: string, variable: tf.Variable): Slot {
    let slot = this.slots.get(name);
    if (!slot) {
      const [value, first, second] = [variable, tf.zerosLike(variable), tf.zerosLike(variable)];
      slot = {
        value: new Resource(value),
        first: new Resource(first),
        second: new Resource(second),
      };
      this.slots.set(name, slot);
    }
    return slot;
  }

  /**
   * The variable after the weight decay of AdamW. Biases and scales of normalization do not decay:
   * pulling them to 0 does not regularize.
   */
  private decayed(variable: tf.Variable, rate: number): tf.Tensor {
    const { optimizer, weightDecay } = this.config;
    return optimizer === "adamw" && variable.rank > 1
      ? variable.mul(1 - rate * weightDecay)
      : variable;
  }

  /** The gradient after clipping, and with the weight decay of Adam added to it. */
  private adjusted(gradient: tf.Tensor, variable: tf.Variable, clip: number): tf.Tensor {
    const { optimizer, weightDecay } = this.config;
    const clipped = clip === 1 ? gradient : gradient.mul(clip);
    return optimizer === "adam" && weightDecay ? clipped.add(variable.mul(weightDecay)) : clipped;
  }
}

/** The Euclidean norm of all numbers of several tensors together. */
export function globalNorm(gradients: readonly tf.Tensor[]): number {
  const norm = tf.tidy(() => {
    const halves = gradients.map((gradient) => rawOperation("L2Loss", [gradient], { T: FLOAT })[0]);
    return tf
      .addN([tf.scalar(0), ...halves])
      .mul(2)
      .sqrt();
  });
  const [value] = norm.dataSync();
  norm.dispose();
  return value;
}
