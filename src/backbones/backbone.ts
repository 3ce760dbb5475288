/**
 * The pieces that every backbone is put together from: plans of blocks, of which the first ones
 * are frozen and the last ones may be cut off.
 */
import type { BackboneConfig } from "../config/index";
import type { tf } from "../tensor/tensorflow";
import type { WeightSource } from "../weights/sources";
import type { WeightMap } from "../weights/weight-map";
import {
  foldedConvolution,
  type FoldedConvolution,
  type FoldedConvolutionOptions,
} from "./folded-convolution";

/** The strides whose features detectors use; finer maps know too little of what they show. */
const LEVEL_STRIDES = [8, 16, 32];

export interface BackboneBlock {
  readonly name: string;
  /** Pixels of the image from one cell of the output to the next. */
  readonly stride: number;
  /** Of the output. */
  readonly channels: number;
  /**
   * What is trained, as `backbone/BLOCK/LAYER/kernel` and `…/bias`; empty when the block is
   * frozen.
   */
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /**
   * `[N, H, W, inputs]` to `[N, H', W', channels]`; call it within tf.tidy, which frees what it
   * leaves behind.
   */
  forward(x: tf.Tensor4D): tf.Tensor4D;
}

export interface Backbone {
  readonly name: string;
  readonly blocks: readonly BackboneBlock[];
  /**
   * Index of the block whose output is each level, finest first: the last one at stride 8, 16 and
   * 32, as far as the blocks go.
   */
  readonly levels: readonly number[];
  /**
   * Images `[N, H, W, 3]` of values in [0, 255], red first, to what the weights were trained on;
   * the caller disposes the result.
   */
  preprocess(images: tf.Tensor4D): tf.Tensor4D;
  /** Frees the weights of all blocks. */
  dispose(): void;
}

/** Everything about a convolution but whether it is trained. */
export type LayerPlan = Omit<FoldedConvolutionOptions, "trained">;

type Layer = (x: tf.Tensor4D) => tf.Tensor4D;

export interface BlockPlan extends Pick<BackboneBlock, "name" | "stride" | "channels"> {
  readonly layers: Readonly<Record<string, LayerPlan>>;
  /** How the layers, by their names above, are connected. */
  forward(layers: Readonly<Record<string, Layer>>, x: tf.Tensor4D): tf.Tensor4D;
}

/** All that the project knows of a backbone: what its file exports, and what the registry lists. */
export interface BackboneDefinition {
  /** As configurations name it. */
  readonly name: string;
  /** Where its ImageNet weights come from. */
  readonly weights: WeightSource;
  /** The plans of its blocks, the stem first. Needs no weights. */
  readonly plan: () => BlockPlan[];
  /** As in `Backbone`. */
  readonly preprocess: Backbone["preprocess"];
}

/**
 * Builds the blocks that a backbone plans. The caller disposes the result.
 * @throws when the weights belong to another network, or when the configuration names blocks that
 * the backbone does not have
 */
export function buildBackbone(
  { plan, preprocess }: BackboneDefinition,
  weights: WeightMap,
  config: BackboneConfig,
): Backbone {
  const plans = plan();
  const last = config.lastBlock ?? plans.length - 1;
  if (!Number.isInteger(last) || last < 0 || last >= plans.length) {
    throw new Error(
      `backbone.lastBlock is ${last}, but the blocks of ${config.name} are 0 to ${plans.length - 1}`,
    );
  }
  const frozen = config.frozenBlocks === "all" ? last + 1 : config.frozenBlocks;
  if (!Number.isInteger(frozen) || frozen < 0 || frozen > last + 1) {
    throw new Error(
      `backbone.frozenBlocks is ${frozen}, but ${config.name} runs ${last + 1} blocks: say 0 to ${last + 1}, or "all"`,
    );
  }
  const layers: FoldedConvolution[] = [];
  const dispose = () => layers.forEach((layer) => layer.dispose());
  const build = (plan: LayerPlan, trained: boolean) => {
    const layer = foldedConvolution(weights, { ...plan, trained });
    layers.push(layer);
    return layer;
  };
  try {
    const blocks = plans
      .slice(0, last + 1)
      .map((plan, index) => buildBlock(plan, index >= frozen, build));
    const strides = blocks.map(({ stride }) => stride);
    const levels = LEVEL_STRIDES.map((stride) => strides.lastIndexOf(stride)).filter(
      (index) => index >= 0,
    );
    return { name: config.name, blocks, levels, preprocess, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function buildBlock(
  plan: BlockPlan,
  trained: boolean,
  build: (plan: LayerPlan, trained: boolean) => FoldedConvolution,
): BackboneBlock {
  const { name, stride, channels } = plan;
  const variables: Record<string, tf.Variable> = {};
  const forward: Record<string, Layer> = {};
  for (const [layerName, layerPlan] of Object.entries(plan.layers)) {
    const layer = build(layerPlan, trained);
    forward[layerName] = layer.forward;
    for (const [part, variable] of Object.entries(layer.variables)) {
      variables[`backbone/${name}/${layerName}/${part}`] = variable;
    }
  }
  return { name, stride, channels, variables, forward: (x) => plan.forward(forward, x) };
}
