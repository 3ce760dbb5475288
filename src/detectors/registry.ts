/**
 * The detectors of the project. To add one, write a folder or a file that exports its definition,
 * and add the definition to `DETECTORS` (CONTRIBUTING.md shows an example).
 */
import type { DetectorDefinition } from "./detector";
import { cascadeRcnn } from "./faster-rcnn/definition";
import { originalExperiment } from "./original/definition";

const DETECTORS: readonly DetectorDefinition[] = [cascadeRcnn, originalExperiment];

/** The definitions of all detectors. */
export const detectorDefinitions = DETECTORS;

/**
 * Returns the detector with the given architecture.
 * @throws with all names when the name is unknown
 */
export function detectorByArchitecture(architecture: string): DetectorDefinition {
  const definition = DETECTORS.find((detector) => detector.architecture === architecture);
  if (definition) return definition;
  const names = DETECTORS.map((detector) => detector.architecture).join(", ");
  throw new Error(`unknown architecture '${architecture}': the names are ${names}`);
}
