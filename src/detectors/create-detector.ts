/** The detector that a configuration asks for. */
import type { Config } from "../config/index";
import { checkConfig } from "./check-config";
import type { Detector } from "./detector";
import { detectorByArchitecture } from "./registry";

/**
 * Makes a detector with its backbone's ImageNet weights and fresh heads; the caller disposes it.
 * @throws when the configuration cannot be used, with everything that is wrong with it
 * @throws WeightsUnavailableError when the backbone's weights are not available
 */
export async function createDetector(
  config: Config,
  classNames: readonly string[],
): Promise<Detector> {
  checkConfig(config, "createDetector");
  return detectorByArchitecture(config.architecture).create(config, classNames);
}
