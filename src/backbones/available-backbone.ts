/**
 * A stand-in for a backbone whose ImageNet weights are not available, so that the rest of an
 * experiment can still be run. It is always announced.
 */
import { type Config, configure } from "../config/index";
import { WeightsUnavailableError } from "../weights/sources";
import { backboneByName, INSTALLED_BACKBONE } from "./registry";

export interface AvailableConfig {
  readonly config: Config;
  /** What was replaced and why, for people to read; null when nothing was replaced. */
  readonly notice: string | null;
}

/**
 * The configuration itself when its backbone's weights are available; otherwise a copy with the
 * backbone that is installed with the project.
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
