/** The original experiment's detector, as the registry lists it. */
import type { Constraint } from "../../config/constraints";
import type { DetectorDefinition } from "../detector";
import { CLASSES, OriginalDetector } from "./original-detector";

const CONSTRAINTS: readonly Constraint[] = [
  {
    settings: ["backbone.frozenBlocks"],
    problem: ({ backbone: { frozenBlocks } }) =>
      frozenBlocks === "all"
        ? null
        : `is ${frozenBlocks}: the original never trains its backbone, so it must be 'all'`,
  },
  {
    settings: ["neck.kind"],
    problem: ({ neck }) =>
      neck.kind === "none"
        ? null
        : `is '${neck.kind}': the architecture 'original' has the neck 'none'`,
  },
  {
    settings: ["roi.kind"],
    problem: ({ roi }) =>
      roi.kind === "pool" ? null : `is '${roi.kind}': the architecture 'original' has 'pool'`,
  },
  {
    settings: ["head.stages"],
    problem: ({ head }) =>
      head.stages.length
        ? "has stages: the architecture 'original' has none, so it must be []"
        : null,
  },
];

/** The experiment that this project re-does. */
export const originalExperiment: DetectorDefinition = {
  architecture: "original",
  constraints: CONSTRAINTS,
  classCount: CLASSES,
  create: (config, classNames) => OriginalDetector.create(config, classNames),
};
