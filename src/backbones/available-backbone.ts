/**
 * Replaces a backbone whose ImageNet weights are not available, so that the rest of an experiment
 * can still run. The result contains a notice, which every caller prints.
 */
import { type Config, configure } from "../config/index";
import { WeightsUnavailableError } from "../weights/sources";
import { backboneByName, INSTALLED_BACKBONE } from "./registry";

/** A configuration whose backbone has weights. */
export interface AvailableConfig {
  readonly config: Config;
  /** A sentence that says what was replaced and why; null when nothing was replaced. */
  readonly notice: string | null;
}

/**
 * Returns the configuration unchanged when the weights of its backbone are available. Otherwise
 * returns a copy with the backbone that is installed with the project.
 * @throws WeightsUnavailableError when the weights of the installed backbone are missing
 * @example
 * const { config, notice } = await withAvailableBackbone(presets.original);
 */
export async function withAvailableBackbone(config: Config): Promise<AvailableConfig> {
  const { name } = config.backbone;
  try {
    await backboneByName(name).weights.locate();
    return { config, notice: null };
  } catch (error) {
    if (!(error instanceof WeightsUnavailableError) || name === INSTALLED_BACKBONE) throw error;
    const replaced = configure(config, {
      backbone: { name: INSTALLED_BACKBONE, frozenBlocks: "all", lastBlock: null },
    });
    const notice = `${error.message}\nThis run uses ${INSTALLED_BACKBONE} in place of ${name}: its metrics are not those of ${name}.`;
    return { config: replaced, notice };
  }
}
