/** Creates the detector of a configuration. */
import type { Config } from "../config/index";
import { checkConfig } from "./check-config";
import type { CreateOptions, Detector } from "./detector";
import { detectorByArchitecture } from "./registry";

/**
 * Creates a detector. Its backbone has ImageNet weights; the other weights are random. The caller
 * disposes it.
 * @throws one error that lists every problem of the configuration
 * @throws when there is no class, or when two classes have the same name
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
  requireClasses(classNames);
  return detectorByArchitecture(architecture).create(config, classNames, options);
}

function requireClasses(classNames: readonly string[]): void {
  if (!classNames.length)
    throw new Error("createDetector: there are no class names; a detector needs at least one");
  const repeated = classNames.find((name, i) => classNames.indexOf(name) < i);
  if (repeated !== undefined)
    throw new Error(`createDetector: two classes have the name '${repeated}'`);
}
