/** Checks a configuration by the rules of its settings, of all backbones and of all detectors. */
import { BACKBONE_CONSTRAINTS } from "../backbones/constraints";
import { backboneNames } from "../backbones/registry";
import { problemList, problemsByRules } from "../config/check";
import type { Config } from "../config/index";
import { architectureNames, detectorDefinitions } from "./registry";

/**
 * Checks every setting: unknown names, missing settings, wrong types, numbers out of range, and
 * settings that do not go together.
 * @param source what the error starts with: the file that the configuration was read from
 * @returns the configuration itself
 * @throws one error that lists all problems, each with its path
 */
export function checkConfig(config: unknown, source: string): Config {
  const problems = configProblems(config);
  if (problems.length)
    throw new Error(problemList(`${source}: the configuration cannot be used`, problems));
  return config as Config;
}

/** What is wrong with a configuration, one sentence each; empty when it can be used. */
export function configProblems(config: unknown): string[] {
  return problemsByRules(config, {
    architectures: architectureNames,
    backbones: backboneNames,
    constraints: [
      ...BACKBONE_CONSTRAINTS,
      ...detectorDefinitions.flatMap(({ architecture, constraints }) =>
        constraints.map(({ settings, problem }) => ({
          settings: [...settings, "architecture"],
          problem: (own: Config) => (own.architecture === architecture ? problem(own) : null),
        })),
      ),
    ],
  });
}
