/** Checks a configuration by the rules of its settings, of all backbones and of all detectors. */
import { problemsByRules, requireUsable } from "../config/check";
import type { Config } from "../config/index";
import { configRules } from "./config-rules";
import { detectorDefinitions } from "./registry";

/**
 * Checks every setting: unknown names, missing settings, wrong types, numbers out of range, and
 * settings that contradict each other.
 * @param source the start of the error message: the file that the configuration was read from
 * @returns the configuration itself
 * @throws one error that lists all problems, each with its path
 * @example
 * checkConfig(configure(presets.default, { rpn: { samples: 64 } }), "this cell");
 */
export function checkConfig(config: unknown, source: string): Config {
  return requireUsable(config, source, configRules(detectorDefinitions));
}

/** Returns what is wrong with a configuration, one sentence each; empty when it can be used. */
export function configProblems(config: unknown): string[] {
  return problemsByRules(config, configRules(detectorDefinitions));
}
