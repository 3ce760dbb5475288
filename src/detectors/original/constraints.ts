/** Rules for configurations of the architecture `original`. */
import type { Constraint } from "../../config/constraints";
import type { Config } from "../../config/index";
import type { DetectorRules } from "../config-rules";
import {
  anchorLimit,
  BLOCK_SETTINGS,
  lastBlock,
  layerLimit,
  onlyNeck,
  onlyRoi,
} from "../constraints";

const CONSTRAINTS: readonly Constraint[] = [
  {
    settings: ["backbone.frozenBlocks"],
    problem: ({ backbone: { frozenBlocks } }) =>
      frozenBlocks === "all"
        ? null
        : `is ${frozenBlocks}: the architecture 'original' never trains its backbone, so it must be 'all'`,
  },
  onlyNeck("original", "none"),
  onlyRoi("original", "pool"),
  {
    settings: ["head.stages"],
    problem: ({ head }) =>
      head.stages.length
        ? "has stages: the architecture 'original' has none, so it must be []"
        : null,
  },
  {
    settings: ["head.classWeights"],
    problem: ({ head }) =>
      head.classWeights
        ? "has weights: the architecture 'original' weighs its two classes alike, so it must be null"
        : null,
  },
  ...(["proposalsBeforeNms", "proposalsAfterNms"] as const).map((name) => ({
    settings: [`inference.${name}`],
    problem: ({ inference }: Config) =>
      inference[name] === null
        ? null
        : `is ${inference[name]}: the architecture 'original' detects with the proposals of rpn.${name}, so it must be null`,
  })),
  anchorLimit((config) => [lastBlock(config).stride]),
  layerLimit((config) => lastBlock(config).channels, BLOCK_SETTINGS),
];

/** The rules of the original experiment's detector. */
export const ORIGINAL_RULES: DetectorRules = {
  architecture: "original",
  constraints: CONSTRAINTS,
};
