/** Creates the detector of a configuration. */
import type { Config } from "../config/index";
import { checkConfig } from "./check-config";
import type { CreateOptions, Detector } from "./detector";
import { detectorByArchitecture } from "./registry";

/**
 * Creates a detector. Its backbone has ImageNet weights; the other weights are random. The caller
 * disposes it.
 * @throws one error that lists every problem of the configuration
 * @throws WeightsUnavailableError when the backbone's weights are not available
 * @example
 * const detector = await createDetector(presets.default, dataset.classNames);
 */
export async function createDetector(
  config: Config,
  classNames: readonly string[],
  options?: CreateOptions,
): Promise<Detector> {
  const { architecture } = checkConfig(config, "createDetector");
  return detectorByArchitecture(architecture).create(config, classNames, options);
}
