/** The definition of Faster R-CNN with a cascade of heads, for the registry. */
import type { DetectorDefinition } from "../detector";
import { CASCADE_RULES } from "./constraints";
import { FasterRCNN } from "./faster-rcnn";

/** Cascade R-CNN. With one stage it is Faster R-CNN. */
export const cascadeRcnn: DetectorDefinition = {
  ...CASCADE_RULES,
  create: (config, classNames, options) => FasterRCNN.create(config, classNames, options),
};
