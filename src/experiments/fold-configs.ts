/** The configuration of each fold: the same for all, or a plan made from the fold's training part. */
import { AUTO_PRESET, type Config, type Overrides, presets } from "../config/index";
import type { AutoPlan } from "../planning/auto-plan";
import { planAutomatically } from "../training/plan-automatically";
import { withChannels } from "../training/with-channels";
import { validatedOnce } from "./fold-run";
import type { Fold } from "./same-fold";

/** What the folds are trained with. */
export interface FoldSettings {
  /** The configuration of all folds; `auto` plans one for each fold. */
  readonly config: Config | typeof AUTO_PRESET;
  /** With `auto`: settings that the plans must not change. */
  readonly fixed?: Overrides<Config>;
}

/** The configuration of a fold, and the plan that made it; null without a plan. */
export interface FoldConfig {
  readonly config: Config;
  readonly auto: AutoPlan | null;
}

/** The first seed. It also divides the patients into folds. */
export function firstSeed({ config, fixed }: FoldSettings): number {
  return config === AUTO_PRESET ? (fixed?.seed ?? presets.default.seed) : config.seed;
}

/**
 * Makes the configuration of a fold. A plan sees only the training part of the fold, and equal
 * training parts give equal plans.
 * @throws when the training part has no boxes, and when the settings cannot be used
 */
export async function foldConfig(
  { config, fixed }: FoldSettings,
  { train }: Fold,
): Promise<FoldConfig> {
  const auto =
    config === AUTO_PRESET ? await planAutomatically(train, { fixed, useAll: true }) : null;
  const chosen = auto?.config ?? (config as Config);
  return { config: validatedOnce(withChannels(chosen, train)), auto };
}
