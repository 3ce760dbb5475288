/** Adam (Kingma & Ba 2015, algorithm 1), with its weight decay added to the gradient (L2) or taken off the weights (AdamW, Loshchilov & Hutter 2019, algorithm 2). */
import type { TrainingConfig } from "../config";
import { tf } from "../tensorflow";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Plain values of an optimizer, for a checkpoint. */
export interface OptimizerState {
  readonly step: number;
  /** First and second moments, as `name` -> values. */
  readonly moments: Readonly<Record<string, readonly [Float32Array, Float32Array]>>;
}

export class AdamOptimizer {
  private step = 0;
  private readonly moments = new Map<string, [tf.Tensor, tf.Tensor]>();

  constructor(private readonly config: Pick<TrainingConfig, "optimizer" | "weightDecay" | "clipNorm">) {}

  /**
   * Moves the variables once.
   * @param gradients by variable name; the caller disposes them
   * @param learningRate of each variable
   * @returns the global norm of the gradients before clipping; when it is not finite, nothing was changed
   */
  apply(
    variables: Readonly<Record<string, tf.Variable>>,
    gradients: Readonly<Record<string, tf.Tensor>>,
    learningRate: (name: string) => number,
  ): number {
    const norm = globalNorm(Object.values(gradients));
    if (!Number.isFinite(norm)) return norm;
    const { clipNorm, optimizer, weightDecay } = this.config;
    const clip = clipNorm !== null && norm > clipNorm ? clipNorm / norm : 1;
    this.step++;
    const correction1 = 1 - BETA1 ** this.step;
    const correction2 = 1 - BETA2 ** this.step;
    for (const [name, gradient] of Object.entries(gradients)) {
      const variable = variables[name];
      const rate = learningRate(name);
      // Biases and normalisation scales are not decayed by AdamW: pulling them to 0 regularizes nothing.
      const decays = optimizer === "adam" || variable.rank > 1;
      const [next, first, second] = tf.tidy(() => {
        const [m, v] = this.moments.get(name) ?? [tf.zerosLike(variable), tf.zerosLike(variable)];
        let g: tf.Tensor = clip === 1 ? gradient : gradient.mul(clip);
        if (optimizer === "adam" && weightDecay) g = g.add(variable.mul(weightDecay));
        const newM = m.mul(BETA1).add(g.mul(1 - BETA1));
        const newV = v.mul(BETA2).add(g.square().mul(1 - BETA2));
        const update = newM.mul(rate / correction1).div(newV.div(correction2).sqrt().add(EPSILON));
        const kept = optimizer === "adamw" && decays ? variable.mul(1 - rate * weightDecay) : variable;
        return [kept.sub(update), newM, newV];
      });
      variable.assign(next);
      next.dispose();
      this.replaceMoments(name, [first, second]);
    }
    return norm;
  }

  state(): OptimizerState {
    const moments: Record<string, [Float32Array, Float32Array]> = {};
    for (const [name, [m, v]] of this.moments) {
      moments[name] = [m.dataSync<"float32">().slice(), v.dataSync<"float32">().slice()];
    }
    return { step: this.step, moments };
  }

  restore(state: OptimizerState, variables: Readonly<Record<string, tf.Variable>>): void {
    this.step = state.step;
    for (const [name, [m, v]] of Object.entries(state.moments)) {
      const { shape } = variables[name];
      this.replaceMoments(name, [tf.tensor(m, shape), tf.tensor(v, shape)]);
    }
  }

  dispose(): void {
    for (const pair of this.moments.values()) tf.dispose(pair);
    this.moments.clear();
  }

  private replaceMoments(name: string, moments: [tf.Tensor, tf.Tensor]): void {
    tf.dispose(this.moments.get(name));
    this.moments.set(name, moments);
  }
}

/** The Euclidean norm of all the numbers of several tensors together. */
export function globalNorm(gradients: readonly tf.Tensor[]): number {
  const norm = tf.tidy(() => tf.addN([tf.scalar(0), ...gradients.map((gradient) => gradient.square().sum())]).sqrt());
  const [value] = norm.dataSync();
  norm.dispose();
  return value;
}
