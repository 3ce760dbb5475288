/**
 * The network that turns pixels into features, trained on ImageNet by others (Ren et al. 2015, section 3.1). A backbone is a row
 * of blocks; any number of the first stay frozen, the rest is fine-tuned. Adding a backbone is one file that plans its blocks, a
 * source of its weights, and a line below.
 */
import type { BackboneConfig } from "../config/index";
import type { tf } from "../tensor/tensorflow";
import { locateWeights, readWeights, type WeightSourceOptions } from "../weights/sources";
import { UnusableWeightsError, type WeightMap } from "../weights/weight-map";
import type { Backbone } from "./backbone";
import { efficientNetLite0 } from "./efficientnet-lite";
import { resNet50 } from "./resnet";

export type { Backbone, BackboneBlock } from "./backbone";

const BUILDERS: Readonly<Record<BackboneConfig["name"], (weights: WeightMap, config: BackboneConfig) => Backbone>> = {
  "efficientnet-lite0": efficientNetLite0,
  resnet50: resNet50,
};

/**
 * The backbone with its ImageNet weights; the caller disposes it. Throws a WeightsUnavailableError, which says how to provide them,
 * when they can't be had, and an Error that names their file when they are of another network or not finite, or when `frozenBlocks` or `lastBlock` is not among the backbone's blocks.
 */
export async function createBackbone(config: BackboneConfig, options: WeightSourceOptions = {}): Promise<Backbone> {
  const path = await locateWeights(config.name, options);
  const weights = await readWeights(path);
  try {
    return BUILDERS[config.name](weights, config);
  } catch (error) {
    if (!(error instanceof UnusableWeightsError)) throw error;
    throw new UnusableWeightsError(`${path}: ${error.message}`, { cause: error });
  }
}

/**
 * Runs the blocks from `from` to before `to` on x: the output of block `from - 1`, or preprocessed images.
 * Call it within tf.tidy, which frees what lies between the outputs, or within a gradient function, whose tape needs it.
 * @param outputs indices of the blocks whose outputs are wanted, the range's last by default; those outside the range are left out
 * @returns `[N, H, W, channels]` for each of them, in their order; the caller's tidy owns them
 */
export function runBlocks(
  backbone: Backbone,
  x: tf.Tensor4D,
  from: number,
  to: number,
  outputs: readonly number[] = [to - 1],
): tf.Tensor4D[] {
  const found = new Map<number, tf.Tensor4D>();
  let current = x;
  for (let index = from; index < to; index++) {
    current = backbone.blocks[index].forward(current);
    found.set(index, current);
  }
  return outputs.flatMap((index) => found.get(index) ?? []);
}
