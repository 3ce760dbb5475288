/** Makes the plan of the preset `auto` for a data set: measures the data, and the machine if asked. */
import { type Config, type Overrides, presets } from "../config/index";
import type { Dataset } from "../data/dataset";
import { isTestSplit, isValidationSplit } from "../data/splits";
import {
  type AutoPlan,
  configsToMeasure,
  holdOutFor,
  planConfig,
  type PlanOptions,
} from "../planning/auto-plan";
import { measureTraining, type TrainingStatistics } from "../planning/training-statistics";
import { measureCost } from "./cost";

/** Options of `planAutomatically`. */
export interface AutomaticOptions {
  /** Settings that the plan must not change. */
  readonly fixed?: Overrides<Config>;
  /**
   * Time that training may take. The speed of this machine is then measured. By default, the plan
   * is for 30 minutes on two slow processor cores, and it is the same on every machine.
   */
  readonly minutes?: number | null;
  /** Plans for all images but those of a test split; the default is the training part alone. */
  readonly useAll?: boolean;
  /** Stops the measurements, with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Plans a configuration for a data set. Only the training part is looked at: the same part as
 * `dataset.partition(plan.config)` has.
 * @throws when the training part has no boxes, when an image cannot be decoded, and when the fixed
 * settings cannot be used
 * @example
 * const { config, choices } = await planAutomatically(await openDataset("../data/sample"));
 */
export async function planAutomatically(
  dataset: Dataset,
  { fixed = {}, minutes = null, useAll = false, signal }: AutomaticOptions = {},
): Promise<AutoPlan> {
  const train = useAll ? dataset.withoutTest() : trainingPart(dataset, fixed);
  const statistics = await measureTraining(train, signal);
  const speeds = minutes === null ? null : await measureSpeeds(train, statistics, fixed, signal);
  return planConfig(statistics, { fixed, minutes, speeds });
}

/** The training part of the partition that the plan's configuration makes. */
function trainingPart(dataset: Dataset, { seed, training }: Overrides<Config>): Dataset {
  const own = dataset.subset(({ split }) => !isValidationSplit(split) && !isTestSplit(split));
  const holdOut = training?.holdOut ?? holdOutFor(own.groups.length);
  return dataset.partition({ seed: seed ?? presets.default.seed, training: { holdOut } }).train;
}

async function measureSpeeds(
  train: Dataset,
  statistics: TrainingStatistics,
  fixed: Overrides<Config>,
  signal?: AbortSignal,
): Promise<PlanOptions["speeds"]> {
  const configs = configsToMeasure(statistics, fixed);
  return {
    frozen: await measureCost(configs.frozen, train, { signal }),
    fineTuning: await measureCost(configs.fineTuning, train, { signal }),
  };
}
