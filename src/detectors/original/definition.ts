/** The definition of the original experiment's detector, for the registry. */
import type { DetectorDefinition } from "../detector";
import { ORIGINAL_RULES } from "./constraints";
import { CLASSES, OriginalDetector } from "./original-detector";

/** The detector of the experiment that this project repeats. */
export const originalExperiment: DetectorDefinition = {
  ...ORIGINAL_RULES,
  classCount: CLASSES,
  create: (config, classNames, options) => OriginalDetector.create(config, classNames, options),
};
