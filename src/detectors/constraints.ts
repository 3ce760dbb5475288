/**
 * Rules that several detectors share. Each depends on a number that only the detector knows: the
 * stride of its anchors, or the size of the first layer of its head.
 */
import { runningBlocks } from "../backbones/constraints";
import { type BlockPlan, levelIndices } from "../backbones/backbone";
import { anchorGrids } from "../boxes/anchor-levels";
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
export function finestStride(config: Config): number | null {
  return levelStrides(config)[0] ?? null;
}

/** Strides of the levels of the backbone, finest first, in pixels of the network's input. */
export function levelStrides({ backbone }: Config): number[] {
  const blocks = runningBlocks(backbone);
  return levelIndices(blocks).map((index) => blocks[index].stride);
}

/** The last block of the backbone that runs. */
export function lastBlock({ backbone }: Config): BlockPlan {
  return runningBlocks(backbone).at(-1)!;
}

/** The only kinds of neck that an architecture has. */
export function onlyNeck(architecture: string, ...kinds: Config["neck"]["kind"][]): Constraint {
  return {
    settings: ["neck.kind"],
    problem: ({ neck }) =>
      kinds.includes(neck.kind)
        ? null
        : `is '${neck.kind}': the architecture '${architecture}' has the neck ${kinds.map((kind) => `'${kind}'`).join(" or ")}`,
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
 * @param strides returns the strides of the feature maps with the anchors, among which the sizes
 * are divided; an empty list skips the rule
 * @param strideSettings paths of the settings that `strides` reads besides those of the backbone
 */
export function anchorLimit(
  strides: (config: Config) => readonly number[],
  strideSettings: readonly string[] = [],
): Constraint {
  const settings = ["anchors.sizes", "anchors.ratios", "data.imageSize"];
  return {
    settings: [...settings, ...BLOCK_SETTINGS, ...strideSettings],
    problem(config) {
      const { sizes, ratios } = config.anchors;
      const pixels = strides(config);
      if (!pixels.length) return null;
      const cells = anchorGrids(pixels, config.data.imageSize).reduce(
        (sum, { rows, columns }) => sum + rows * columns,
        0,
      );
      const count = (cells * sizes.length * ratios.length) / pixels.length;
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
