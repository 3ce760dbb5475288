/** The detector a configuration asks for. */
import { checkConfig, type Config } from "../config/index";
import type { Detector } from "./detector";
import { OriginalDetector } from "./original/original-detector";
import { FasterRCNN } from "./faster-rcnn/faster-rcnn";

/**
 * Makes it with its backbone's ImageNet weights and fresh heads; the caller disposes it. Throws when the configuration cannot be used, with
 * everything that is wrong with it, and when those weights cannot be had.
 */
export async function createDetector(config: Config, classNames: readonly string[]): Promise<Detector> {
  checkConfig(config, "createDetector");
  switch (config.architecture) {
    case "modern":
      return FasterRCNN.create(config, classNames);
    case "original":
      return OriginalDetector.create(config, classNames);
  }
}
