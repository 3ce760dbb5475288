/**
 * The detectors of the project. A new detector is one folder that exports its definition, and one
 * line in this list.
 */
import type { DetectorDefinition } from "./detector";
import { cascadeRcnn } from "./faster-rcnn/definition";
import { originalExperiment } from "./original/definition";

const DETECTORS: readonly DetectorDefinition[] = [cascadeRcnn, originalExperiment];

/** The definitions of all detectors. */
export const detectorDefinitions = DETECTORS;

/** Names that `architecture` of a configuration may have. */
export const architectureNames: readonly string[] = DETECTORS.map(
  ({ architecture }) => architecture,
);

/**
 * The detector of that name.
 * @throws with the names that exist, when there is none
 */
export function detectorByArchitecture(architecture: string): DetectorDefinition {
  const found = DETECTORS.find((detector) => detector.architecture === architecture);
  if (!found)
    throw new Error(
      `unknown architecture '${architecture}': the names are ${architectureNames.join(", ")}`,
    );
  return found;
}
