/** Rules about the backbone's settings together with others. They hold for every detector. */
import type { Constraint } from "../config/constraints";
import type { BackboneConfig } from "../config/index";
import type { BlockPlan } from "./backbone";
import { backboneByName } from "./registry";

/**
 * The plans of the blocks that run with a configuration.
 * @throws when the backbone's name is unknown
 */
export function runningBlocks({ name, lastBlock }: BackboneConfig): BlockPlan[] {
  const plans = backboneByName(name).plan();
  return lastBlock === null ? plans : plans.slice(0, lastBlock + 1);
}

/** Rules that hold for every backbone. */
export const BACKBONE_CONSTRAINTS: readonly Constraint[] = [
  {
    settings: ["backbone.lastBlock", "backbone.name"],
    problem({ backbone: { name, lastBlock } }) {
      const { length } = backboneByName(name).plan();
      return lastBlock !== null && lastBlock >= length
        ? `is ${lastBlock}: the blocks of ${name} are 0 to ${length - 1}`
        : null;
    },
  },
  {
    settings: ["backbone.frozenBlocks", "backbone.lastBlock", "backbone.name"],
    problem({ backbone }) {
      const { frozenBlocks, name } = backbone;
      const running = runningBlocks(backbone).length;
      return frozenBlocks !== "all" && frozenBlocks > running
        ? `is ${frozenBlocks}: ${name} runs ${running} blocks here, so write 0 to ${running}, or 'all'`
        : null;
    },
  },
  {
    settings: [
      "training.backboneLearningRate",
      "backbone.frozenBlocks",
      "backbone.lastBlock",
      "backbone.name",
    ],
    problem({ backbone, training }) {
      const { frozenBlocks } = backbone;
      const trains = frozenBlocks !== "all" && frozenBlocks < runningBlocks(backbone).length;
      return trains && training.backboneLearningRate === 0
        ? `is 0, but backbone.frozenBlocks is ${frozenBlocks}: the other blocks would be computed in every step and never change; set a rate, or freeze 'all'`
        : null;
    },
  },
  {
    settings: ["data.imageSize", "backbone.lastBlock", "backbone.name"],
    problem({ backbone, data: { imageSize } }) {
      const { stride } = runningBlocks(backbone).at(-1)!;
      return imageSize % stride
        ? `is ${imageSize}: it must be a multiple of ${stride}, the stride of the backbone's last block`
        : null;
    },
  },
];
