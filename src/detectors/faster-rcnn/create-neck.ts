/** Creates the neck of a configuration. */
import type { NeckConfig } from "../../config/index";
import type { Random } from "../../util/random";
import { FusedNeck, type Neck, type NeckInput } from "./neck";
import { PyramidNeck } from "./pyramid-neck";

/**
 * Creates the neck of a configuration. The caller disposes it.
 * @param config `fused` or `pyramid`
 * @param inputs the levels of the backbone, finest first
 * @param random draws the initial weights
 * @throws when there is no such neck, or when the backbone lacks the pyramid's finest level
 */
export function createNeck(config: NeckConfig, inputs: readonly NeckInput[], random: Random): Neck {
  if (config.kind === "none")
    throw new Error("neck.kind is 'none': region proposal network and heads need a neck");
  return config.kind === "pyramid"
    ? new PyramidNeck(config, inputs, random)
    : new FusedNeck(config, inputs, random);
}
