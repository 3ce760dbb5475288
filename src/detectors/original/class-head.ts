/**
 * The second stage of the original experiment: fully connected layers, followed by one unit with
 * tanh. The sign of the output is the class. Faster R-CNN has a softmax over all classes instead
 * (Fast R-CNN, section 2).
 */
import type { HeadConfig } from "../../config/index";
import { Parameters } from "../../tensor/parameters";
import type { Random } from "../../util/random";
import { tf } from "../../tensor/tensorflow";

/** Classifies pooled regions into two classes. */
export class ClassHead {
  private readonly parameters: Parameters;
  private readonly layers: { kernel: tf.Variable; bias: tf.Variable }[];

  /**
   * @param inputs number of features of a pooled region
   * @param random draws the initial weights
   */
  constructor(config: HeadConfig, inputs: number, random: Random) {
    const parameters = (this.parameters = new Parameters("head", random));
    const sizes = [inputs, ...config.hidden, 1];
    this.layers = sizes.slice(1).map((units, i) => ({
      kernel: parameters.he(`layer${i}/kernel`, [sizes[i], units]),
      bias: parameters.constant(`layer${i}/bias`, [units]),
    }));
  }

  /**
   * Computes the output for each region.
   * @param regions `[R, inputs]`
   * @returns `[R]` in (-1, 1): below 0 for the first class, above 0 for the second. It belongs to
   * the caller's gradient tape or `tf.tidy`.
   */
  forward(regions: tf.Tensor2D): tf.Tensor1D {
    let x: tf.Tensor = regions;
    this.layers.forEach(({ kernel, bias }, i) => {
      const sum = tf.matMul(x, kernel as unknown as tf.Tensor2D).add(bias);
      x = i < this.layers.length - 1 ? sum.relu() : sum.tanh();
    });
    return x.reshape([-1]);
  }

  /** The trained variables, by name. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return this.parameters.all();
  }

  /** Frees the weights. */
  dispose(): void {
    this.parameters.dispose();
  }
}
