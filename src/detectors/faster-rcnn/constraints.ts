/** Rules for configurations of the architecture `cascade-rcnn`. */
import { levelIndices } from "../../backbones/backbone";
import { backboneByName } from "../../backbones/registry";
import { atLeastOnePositive, type Constraint } from "../../config/constraints";
import type { DetectorRules } from "../config-rules";
import {
  anchorLimit,
  BLOCK_SETTINGS,
  finestStride,
  layerLimit,
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
  onlyNeck("cascade-rcnn", "fused"),
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
  atLeastOnePositive("head"),
  anchorLimit(finestStride),
  layerLimit(({ neck }) => neck.channels, ["neck.channels"]),
];

/** The rules of Faster R-CNN with a cascade of heads. */
export const CASCADE_RULES: DetectorRules = {
  architecture: "cascade-rcnn",
  constraints: CONSTRAINTS,
};
