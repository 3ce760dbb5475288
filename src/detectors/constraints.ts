/**
 * Rules that several detectors share. Each depends on a number that only the detector knows: the
 * stride of its anchors, or the size of the first layer of its head.
 */
import { runningBlocks } from "../backbones/constraints";
import { type BlockPlan, levelIndices } from "../backbones/backbone";
import type { Constraint } from "../config/constraints";
import type { Config } from "../config/index";

/**
 * Most anchors of an image. The matcher stores a number for each anchor and each ground-truth box,
 * so that 4 million anchors and 100 boxes need 1.6 GB.
 */
const MAX_ANCHORS = 4_000_000;

/**
 * Most weights of a fully connected layer: 1 GB, and 4 GB with its gradient and Adam's averages.
 */
const MAX_LAYER_WEIGHTS = 2 ** 28;

/** The settings that decide which blocks of the backbone run. */
export const BLOCK_SETTINGS: readonly string[] = ["backbone.lastBlock", "backbone.name"];

/**
 * Stride of the finest level of the backbone, in pixels of the network's input; null when the
 * blocks that run have no level.
 */
export function finestStride({ backbone }: Config): number | null {
  const blocks = runningBlocks(backbone);
  const [finest] = levelIndices(blocks);
  return finest === undefined ? null : blocks[finest].stride;
}

/** The last block of the backbone that runs. */
export function lastBlock({ backbone }: Config): BlockPlan {
  return runningBlocks(backbone).at(-1)!;
}

/** The only kind of neck that an architecture has. */
export function onlyNeck(architecture: string, kind: Config["neck"]["kind"]): Constraint {
  return {
    settings: ["neck.kind"],
    problem: ({ neck }) =>
      neck.kind === kind
        ? null
        : `is '${neck.kind}': the architecture '${architecture}' has the neck '${kind}'`,
  };
}

/** The only way in which an architecture reads regions from the feature map. */
export function onlyRoi(architecture: string, kind: Config["roi"]["kind"]): Constraint {
  return {
    settings: ["roi.kind"],
    problem: ({ roi }) =>
      roi.kind === kind
        ? null
        : `is '${roi.kind}': the architecture '${architecture}' has '${kind}'`,
  };
}

/**
 * Limits the number of anchors.
 * @param stride returns the stride of the feature map with the anchors; null skips the rule
 */
export function anchorLimit(stride: (config: Config) => number | null): Constraint {
  return {
    settings: ["anchors.sizes", "anchors.ratios", "data.imageSize", ...BLOCK_SETTINGS],
    problem(config) {
      const { sizes, ratios } = config.anchors;
      const pixels = stride(config);
      if (pixels === null) return null;
      const cells = Math.ceil(config.data.imageSize / pixels) ** 2;
      const count = cells * sizes.length * ratios.length;
      return count > MAX_ANCHORS
        ? `has ${sizes.length} sizes: with ${ratios.length} ratios at ${cells} cells there would be ${count} anchors; at most ${MAX_ANCHORS} are possible`
        : null;
    },
  };
}

/**
 * Limits the size of the head's fully connected layers.
 * @param channels returns the channels of the features that the head reads
 * @param channelSettings paths of the settings that `channels` reads
 */
export function layerLimit(
  channels: (config: Config) => number,
  channelSettings: readonly string[],
): Constraint {
  return {
    settings: ["head.hidden", "roi.outputSize", ...channelSettings],
    problem(config) {
      const { roi, head } = config;
      let inputs = roi.outputSize ** 2 * channels(config);
      for (const [i, units] of head.hidden.entries()) {
        if (inputs * units > MAX_LAYER_WEIGHTS)
          return `has ${units} units in layer ${i}: with ${inputs} inputs this layer would have ${inputs * units} weights; at most ${MAX_LAYER_WEIGHTS} are possible`;
        inputs = units;
      }
      return null;
    },
  };
}
