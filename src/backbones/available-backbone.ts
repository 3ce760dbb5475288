/** A stand-in for a backbone whose ImageNet weights cannot be had, so that the rest of an experiment can still be run; never without saying so. */
import { Config, configure } from "../config/index";
import { locateWeights, WeightsUnavailableError } from "../weights/sources";

export interface AvailableConfig {
  readonly config: Config;
  /** What was replaced and why, for people to read; null when nothing was. */
  readonly notice: string | null;
}

/** The configuration as it is when its backbone's weights can be had, else with EfficientNet-Lite0, whose weights are installed with the project. */
export async function withAvailableBackbone(config: Config): Promise<AvailableConfig> {
  const { name } = config.backbone;
  try {
    await locateWeights(name);
    return { config, notice: null };
  } catch (error) {
    if (!(error instanceof WeightsUnavailableError) || name === "efficientnet-lite0") throw error;
    const replaced = configure(config, {
      backbone: { name: "efficientnet-lite0", frozenBlocks: "all", lastBlock: null },
    });
    const notice = `${error.message}\nThis run uses efficientnet-lite0 in place of ${name}: its figures are not those of ${name}.`;
    return { config: replaced, notice };
  }
}
