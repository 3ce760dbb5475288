/** The rules for the configurations of some detectors. */
import { BACKBONE_CONSTRAINTS } from "../backbones/constraints";
import { backboneNames } from "../backbones/registry";
import type { ConfigRules } from "../config/check";
import type { Constraint } from "../config/constraints";
import type { DetectorDefinition } from "./detector";

/** The part of a detector's definition that concerns configurations. */
export type DetectorRules = Pick<DetectorDefinition, "architecture" | "constraints">;

/**
 * Combines the rules of all backbones with those of the given detectors. The constraints of a
 * detector apply only to configurations of its architecture.
 */
export function configRules(detectors: readonly DetectorRules[]): ConfigRules {
  return {
    architectures: detectors.map(({ architecture }) => architecture),
    backbones: backboneNames,
    constraints: [...BACKBONE_CONSTRAINTS, ...detectors.flatMap(constraintsOf)],
  };
}

function constraintsOf({ architecture, constraints }: DetectorRules): Constraint[] {
  return constraints.map(({ settings, problem }) => ({
    settings: [...settings, "architecture"],
    problem: (config) => (config.architecture === architecture ? problem(config) : null),
  }));
}
