/**
 * The original's second stage: two fully connected layers and one unit with tanh, whose sign tells
 * two classes apart.
 */
import type { HeadConfig } from "../../config/index";
import { Parameters } from "../../tensor/parameters";
import type { Random } from "../../util/random";
import { tf } from "../../tensor/tensorflow";

export class ClassHead {
  private readonly parameters: Parameters;
  private readonly layers: { kernel: tf.Variable; bias: tf.Variable }[];

  /** @param inputs numbers of a pooled region */
  constructor(config: HeadConfig, inputs: number, random: Random) {
    const parameters = (this.parameters = new Parameters("head", random));
    const sizes = [inputs, ...config.hidden, 1];
    this.layers = sizes.slice(1).map((units, i) => ({
      kernel: parameters.he(`layer${i}/kernel`, [sizes[i], units]),
      bias: parameters.constant(`layer${i}/bias`, [units]),
    }));
  }

  /**
   * @param regions `[R, inputs]`
   * @returns `[R]` in (-1, 1): below 0 the first class, above it the second; for the caller's tape
   * or tidy
   */
  forward(regions: tf.Tensor2D): tf.Tensor1D {
    let x: tf.Tensor = regions;
    this.layers.forEach(({ kernel, bias }, i) => {
      const sum = tf.matMul(x, kernel as unknown as tf.Tensor2D).add(bias);
      x = i < this.layers.length - 1 ? sum.relu() : sum.tanh();
    });
    return x.reshape([-1]);
  }

  variables(): Readonly<Record<string, tf.Variable>> {
    return this.parameters.all();
  }

  dispose(): void {
    this.parameters.dispose();
  }
}
