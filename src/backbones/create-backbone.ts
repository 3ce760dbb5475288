/**
 * The network that turns pixels into features, trained on ImageNet by others (Ren et al. 2015,
 * section 3.1). A backbone is a row of blocks. Any number of the first blocks stay frozen; the rest
 * is fine-tuned.
 */
import type { BackboneConfig } from "../config/index";
import type { tf } from "../tensor/tensorflow";
import { readWeights, type WeightSourceOptions } from "../weights/sources";
import { UnusableWeightsError } from "../weights/weight-map";
import { type Backbone, buildBackbone } from "./backbone";
import { backboneByName } from "./registry";

export type { Backbone, BackboneBlock } from "./backbone";

/**
 * The backbone that a configuration names, with its ImageNet weights; the caller disposes it.
 * @throws WeightsUnavailableError, which says how to provide the weights, when they are not
 * available
 * @throws Error that names the weights file, when it belongs to another network or holds numbers
 * that are not finite
 * @throws Error when `frozenBlocks` or `lastBlock` is not among the backbone's blocks
 */
export async function createBackbone(
  config: BackboneConfig,
  options: WeightSourceOptions = {},
): Promise<Backbone> {
  const definition = backboneByName(config.name);
  const path = await definition.weights.locate(options);
  const weights = await readWeights(path);
  try {
    return buildBackbone(definition, weights, config);
  } catch (error) {
    if (!(error instanceof UnusableWeightsError)) throw error;
    throw new UnusableWeightsError(`${path}: ${error.message}`, { cause: error });
  }
}

export interface BlockRange {
  /** The first block that runs; 0, the stem, by default. */
  readonly from?: number;
  /** The block before which to stop; all blocks run by default. */
  readonly to?: number;
  /**
   * Indices of the blocks whose outputs are wanted; by default the last one of the range. Those
   * outside the range are left out.
   */
  readonly outputs?: readonly number[];
}

/**
 * Runs a range of blocks. Call it within tf.tidy, which frees the tensors between the outputs, or
 * within a gradient function, whose tape needs them.
 * @param x the output of the block before the range, or preprocessed images when the range starts
 * with the stem
 * @returns `[N, H, W, channels]` for each of them, in their order; the caller's tidy owns them
 */
export function runBlocks(
  backbone: Backbone,
  x: tf.Tensor4D,
  { from = 0, to = backbone.blocks.length, outputs = [to - 1] }: BlockRange = {},
): tf.Tensor4D[] {
  const found = new Map<number, tf.Tensor4D>();
  let current = x;
  for (let index = from; index < to; index++) {
    current = backbone.blocks[index].forward(current);
    found.set(index, current);
  }
  return outputs.flatMap((index) => found.get(index) ?? []);
}
