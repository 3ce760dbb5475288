/** Faster R-CNN with a cascade of heads, as the registry lists it. */
import { runningBlocks } from "../../backbones/constraints";
import type { Constraint } from "../../config/constraints";
import type { DetectorDefinition } from "../detector";
import { FasterRCNN } from "./faster-rcnn";

/** Stride of the finest feature map that the neck uses, in pixels. */
const FINEST_STRIDE = 8;

const CONSTRAINTS: readonly Constraint[] = [
  {
    // The neck starts from the features at stride 8.
    settings: ["backbone.lastBlock", "backbone.name"],
    problem({ backbone }) {
      if (runningBlocks(backbone).at(-1)!.stride >= FINEST_STRIDE) return null;
      const first = runningBlocks({ ...backbone, lastBlock: null }).findIndex(
        ({ stride }) => stride >= FINEST_STRIDE,
      );
      return `is ${backbone.lastBlock}: ${backbone.name} reaches stride ${FINEST_STRIDE} with block ${first}, the first one whose features can be used`;
    },
  },
  {
    settings: ["neck.kind"],
    problem: ({ neck }) =>
      neck.kind === "fused"
        ? null
        : `is '${neck.kind}': the architecture 'cascade-rcnn' has the neck 'fused'`,
  },
  {
    settings: ["roi.kind"],
    problem: ({ roi }) =>
      roi.kind === "align" ? null : `is '${roi.kind}': the architecture 'cascade-rcnn' has 'align'`,
  },
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
];

/** Cascade R-CNN; with one stage it is Faster R-CNN. */
export const cascadeRcnn: DetectorDefinition = {
  architecture: "cascade-rcnn",
  constraints: CONSTRAINTS,
  create: (config, classNames) => FasterRCNN.create(config, classNames),
};
