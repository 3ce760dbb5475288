/**
 * The parts of a backbone (Faster R-CNN, section 3). A backbone is a sequence of blocks. The first
 * blocks are frozen, the following ones are trained, and the last ones can be left out.
 */
import type { BackboneConfig } from "../config/index";
import type { tf } from "../tensor/tensorflow";
import { freeWhenReplaced } from "../util/running-cell";
import type { WeightSource } from "../weights/sources";
import type { WeightMap } from "../weights/weight-map";
import {
  foldedConvolution,
  type FoldedConvolution,
  type FoldedConvolutionOptions,
} from "./folded-convolution";

/**
 * The strides of the features that detectors use. Features at finer strides contain edges and
 * textures, but not yet parts of objects.
 */
const LEVEL_STRIDES = [8, 16, 32];

/** One block of a backbone, with its weights. */
export interface BackboneBlock {
  readonly name: string;
  /** Pixels of the network's input from one cell of the output to the next. */
  readonly stride: number;
  /** Channels of the output. */
  readonly channels: number;
  /**
   * The trained variables, named `backbone/BLOCK/LAYER/kernel` and `backbone/BLOCK/LAYER/bias`;
   * empty when the block is frozen.
   */
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /**
   * Computes `[N, H', W', channels]` from `[N, H, W, inputs]`. Call it within `tf.tidy`, which
   * frees the intermediate tensors.
   */
  forward(x: tf.Tensor4D): tf.Tensor4D;
}

/** A sequence of blocks with their weights. */
export interface Backbone {
  /** Name in configurations. */
  readonly name: string;
  readonly blocks: readonly BackboneBlock[];
  /** The blocks whose outputs detectors use, finest first, as `levelIndices` returns them. */
  readonly levels: readonly number[];
  /**
   * Normalizes images as in the training of the ImageNet weights.
   * @param images `[N, H, W, 3]` in [0, 255], channels in the order red, green, blue
   * @returns `[N, H, W, 3]`; the caller disposes it
   */
  preprocess(images: tf.Tensor4D): tf.Tensor4D;
  /** Frees the weights of all blocks. */
  dispose(): void;
}

/** All settings of a convolution except whether it is trained. */
export type LayerPlan = Omit<FoldedConvolutionOptions, "trained">;

type Layer = (x: tf.Tensor4D) => tf.Tensor4D;

/** A block without weights. */
export interface BlockPlan extends Pick<BackboneBlock, "name" | "stride" | "channels"> {
  /** The convolutions of the block, by name. */
  readonly layers: Readonly<Record<string, LayerPlan>>;
  /** Connects the layers. `layers` has the names above. */
  forward(layers: Readonly<Record<string, Layer>>, x: tf.Tensor4D): tf.Tensor4D;
}

/** Everything the project needs to know about a backbone. The registry lists the definitions. */
export interface BackboneDefinition {
  /** Name in configurations. */
  readonly name: string;
  /** How to get the ImageNet weights. */
  readonly weights: WeightSource;
  /** The plans of the blocks, starting with the stem. Needs no weights. */
  readonly plan: () => BlockPlan[];
  /** See `Backbone`. */
  readonly preprocess: Backbone["preprocess"];
}

/**
 * Builds the blocks of a backbone from its plans and its weights. The caller disposes the result.
 * @throws when the weights belong to another network
 * @throws when the configuration names blocks that the backbone does not have
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
      `backbone.frozenBlocks is ${frozen}, but ${config.name} runs ${last + 1} blocks: write 0 to ${last + 1}, or "all"`,
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
    const levels = levelIndices(blocks);
    const backbone = { name: config.name, blocks, levels, preprocess, dispose };
    freeWhenReplaced(backbone, layers);
    return backbone;
  } catch (error) {
    dispose();
    throw error;
  }
}

/**
 * The blocks whose outputs are the levels, finest first: the last blocks at strides 8, 16 and 32. A
 * stride without a block has no level.
 * @returns indices into `blocks`
 */
export function levelIndices(blocks: readonly Pick<BackboneBlock, "stride">[]): number[] {
  const strides = blocks.map(({ stride }) => stride);
  return LEVEL_STRIDES.map((stride) => strides.lastIndexOf(stride)).filter((index) => index >= 0);
}

/** Builds the layers of a block, and connects them. */
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
