/** Rules for configurations of the architecture `cascade-rcnn`. */
import { levelIndices } from "../../backbones/backbone";
import { backboneByName } from "../../backbones/registry";
import { atLeastOnePositive, type Constraint } from "../../config/constraints";
import type { Config } from "../../config/index";
import type { DetectorRules } from "../config-rules";
import { strideOfLevel } from "./pyramid-neck";
import { detectionRpn } from "./rpn/proposals";
import {
  anchorLimit,
  BLOCK_SETTINGS,
  finestStride,
  layerLimit,
  levelStrides,
  onlyNeck,
  onlyRoi,
} from "../constraints";

const CONSTRAINTS: readonly Constraint[] = [
  {
    settings: ["backbone.name"],
    problem: ({ backbone: { name } }) =>
      levelIndices(backboneByName(name).plan()).length
        ? null
        : `is '${name}': none of its blocks has the stride 8, 16 or 32`,
  },
  {
    settings: BLOCK_SETTINGS,
    problem(config) {
      const { name, lastBlock } = config.backbone;
      const plans = backboneByName(name).plan();
      const [finest] = levelIndices(plans);
      if (finest === undefined || finestStride(config) !== null) return null;
      const { stride } = plans[finest];
      const first = plans.findIndex((plan) => plan.stride === stride);
      return `is ${lastBlock}: ${name} reaches stride ${stride} with block ${first}, the first one whose features can be used`;
    },
  },
  onlyNeck("cascade-rcnn", "fused", "pyramid"),
  {
    settings: ["neck.levels", "neck.kind", ...BLOCK_SETTINGS],
    problem(config) {
      const { neck, backbone } = config;
      if (neck.kind !== "pyramid") return null;
      const strides = levelStrides(config);
      return strides.includes(strideOfLevel(neck.levels[0]))
        ? null
        : `is [${neck.levels.join(", ")}]: the first level must be one of ${backbone.name}, which has ${strides.map(Math.log2).join(", ")} here`;
    },
  },
  onlyRoi("cascade-rcnn", "align"),
  {
    settings: ["head.stages"],
    problem: ({ head }) =>
      head.stages.length
        ? null
        : "is empty: the architecture 'cascade-rcnn' needs at least one stage",
  },
  {
    settings: ["inference.fusion"],
    problem: ({ inference }) =>
      inference.fusion === "mean-box"
        ? "is 'mean-box', which only the architecture 'original' has: choose 'nms' or 'soft-nms'"
        : null,
  },
  {
    settings: ["inference.proposalsAfterNms", "inference.proposalsBeforeNms", "rpn"],
    problem(config) {
      const { inference } = config;
      // Without numbers of its own, detection has those of training, which have their own rule.
      if (inference.proposalsAfterNms === null && inference.proposalsBeforeNms === null)
        return null;
      const { proposalsAfterNms: after, proposalsBeforeNms: before } = detectionRpn(config);
      return after > before
        ? `is ${after} in detection: it must not be above inference.proposalsBeforeNms, which is ${before}`
        : null;
    },
  },
  atLeastOnePositive("head"),
  anchorLimit(neckStrides, ["neck.levels", "neck.kind"]),
  layerLimit(({ neck }) => neck.channels, ["neck.channels"]),
];

/** Strides of the maps of the neck, finest first, in pixels of the network's input. */
function neckStrides(config: Config): number[] {
  const { neck } = config;
  if (neck.kind === "pyramid") return neck.levels.map(strideOfLevel);
  return levelStrides(config).slice(0, 1);
}

/** The rules of Faster R-CNN with a cascade of heads. */
export const CASCADE_RULES: DetectorRules = {
  architecture: "cascade-rcnn",
  constraints: CONSTRAINTS,
};
