/**
 * The first stage of the detector: the backbone computes features from pixels (Faster R-CNN,
 * section 3). Its weights were trained on ImageNet. Any number of its first blocks can stay frozen;
 * the others are fine-tuned.
 */
import type { BackboneConfig } from "../config/index";
import type { tf } from "../tensor/tensorflow";
import { readWeights, type WeightSourceOptions } from "../weights/sources";
import { UnusableWeightsError } from "../weights/weight-map";
import { type Backbone, buildBackbone } from "./backbone";
import { backboneByName } from "./registry";

export type { Backbone, BackboneBlock } from "./backbone";

/**
 * Creates the backbone of a configuration with its ImageNet weights. The caller disposes it.
 * @throws WeightsUnavailableError when the weights are not available; its message says how to get
 * them
 * @throws when the weights file belongs to another network, or has numbers that are not finite; the
 * message names the file
 * @throws when `frozenBlocks` or `lastBlock` is not among the backbone's blocks
 * @example
 * const backbone = await createBackbone(presets.default.backbone);
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

/** The blocks that `runBlocks` runs. */
export interface BlockRange {
  /** Index of the first block that runs; the default is 0, the stem. */
  readonly from?: number;
  /** Index after the last block that runs; by default all blocks run. */
  readonly to?: number;
  /**
   * Indices of the blocks whose outputs are returned; the default is the last block of the range.
   * Indices outside the range are ignored.
   */
  readonly outputs?: readonly number[];
}

/**
 * Runs a range of blocks. Call it within `tf.tidy`, which frees the intermediate tensors, or within
 * a gradient function, whose tape needs them.
 * @param x `[N, H, W, C]`: the output of the block before the range, or preprocessed images when
 * the range starts with the stem
 * @returns one `[N, H, W, channels]` for each of `outputs`, in their order
 * @example
 * const levels = tf.tidy(() =>
 *   runBlocks(backbone, backbone.preprocess(images), { outputs: backbone.levels }),
 * );
 */
export function runBlocks(
  backbone: Backbone,
  x: tf.Tensor4D,
  { from = 0, to = backbone.blocks.length, outputs = [to - 1] }: BlockRange = {},
): tf.Tensor4D[] {
  const outputByBlock = new Map<number, tf.Tensor4D>();
  let current = x;
  for (let index = from; index < to; index++) {
    current = backbone.blocks[index].forward(current);
    outputByBlock.set(index, current);
  }
  return outputs.flatMap((index) => outputByBlock.get(index) ?? []);
}
