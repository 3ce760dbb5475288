/**
 * The preset `auto`: a configuration for a data set, made from the training part alone. Every
 * choice has a reason in words and numbers.
 */
import { AUTO_PRESET, type Config, configure, type Overrides } from "../config/index";
import { checkConfig } from "../detectors/check-config";
import { planAnchors, planRegions } from "./plan-anchors";
import { planClassWeights, planFlip } from "./plan-classes";
import { PLAN_BASES, type PlanChoice, PlanDraft } from "./plan-draft";
import { type BackboneUse, planInput } from "./plan-input";
import {
  DEFAULT_MINUTES,
  enoughEpochs,
  epochsFor,
  minutesOf,
  planBatch,
  planSchedule,
  speedOf,
  type TimeEstimate,
  type TrainingSpeed,
} from "./plan-schedule";
import { quantile } from "./quantiles";
import type { TrainingStatistics } from "./training-statistics";

/** A plan for a data set, as `plan.json` has it. */
export interface AutoPlan {
  /** The data in numbers. */
  readonly data: PlannedData;
  /** The choices in the order in which they were made: later ones depend on earlier ones. */
  readonly choices: readonly PlanChoice[];
  /** The estimated time. */
  readonly time: TimeEstimate;
  readonly config: Config;
}

/** The numbers of the training part that a plan was made from. */
export type PlannedData = Omit<TrainingStatistics, "views"> & {
  /** Number of images that were decoded. */
  readonly decodedImages: number;
  /** Median of the longer side, in pixels of the original images. */
  readonly medianSide: number;
};

/** Options of `planConfig`. */
export interface PlanOptions {
  /** Settings that the plan must not change, such as those of the option `--config`. */
  readonly fixed?: Overrides<Config>;
  /** Time that training may take. The default is 30 minutes on two slow processor cores. */
  readonly minutes?: number | null;
  /** The measured speed of this machine, with and without fine-tuning; null assumes a slow one. */
  readonly speeds?: Readonly<Record<BackboneUse, TrainingSpeed>> | null;
}

/**
 * Plans a configuration for the training part of a data set. It reads no files and measures nothing:
 * equal numbers give equal plans.
 * @throws when the fixed settings cannot be used
 * @example
 * const statistics = await measureTraining(dataset.partition({ seed: 1 }).train);
 * const { config, choices } = planConfig(statistics);
 */
export function planConfig(
  statistics: TrainingStatistics,
  { fixed = {}, minutes = null, speeds = null }: PlanOptions = {},
): AutoPlan {
  const budget = minutes ?? DEFAULT_MINUTES;
  const fineTuned = draftFor("fineTuning", statistics, fixed);
  const neededMinutes = neededFor(fineTuned, statistics, speeds?.fineTuning ?? null);
  const frozenBlocks = fixed.backbone?.frozenBlocks;
  const isFrozen = frozenBlocks === undefined ? neededMinutes > budget : frozenBlocks === "all";
  const use: BackboneUse = isFrozen ? "frozen" : "fineTuning";
  const draft = isFrozen ? draftFor("frozen", statistics, fixed) : fineTuned;
  const { backbone, training } = draft.config;
  draft.choose(
    "backbone",
    {
      backbone: { frozenBlocks: backbone.frozenBlocks },
      training: { backboneLearningRate: training.backboneLearningRate },
    },
    `Fine-tuning takes at least ${Math.ceil(neededMinutes)} minutes, and there are ${budget}: ${isFrozen ? "the backbone stays frozen, so that its features are computed once (more --minutes allow fine-tuning)" : `all but its first ${String(backbone.frozenBlocks)} blocks are trained`}.`,
  );
  const time = planSchedule(draft, statistics, {
    use,
    speed: speedOf(draft, use, speeds?.[use] ?? null),
    isMeasured: speeds !== null,
    budget,
  });
  const config = checkConfig(draft.config, "the plan");
  return { data: plannedData(statistics), choices: draft.choices, time, config };
}

/**
 * The configurations whose speed decides about the backbone: measure both for `PlanOptions.speeds`.
 */
export function configsToMeasure(
  statistics: TrainingStatistics,
  fixed: Overrides<Config> = {},
): Readonly<Record<BackboneUse, Config>> {
  return {
    frozen: draftFor("frozen", statistics, fixed).config,
    fineTuning: draftFor("fineTuning", statistics, fixed).config,
  };
}

/** All choices but those that depend on the time. */
function draftFor(
  use: BackboneUse,
  statistics: TrainingStatistics,
  fixed: Overrides<Config>,
): PlanDraft {
  const base = configure(PLAN_BASES[use], {
    preset: AUTO_PRESET,
    training: { holdOut: holdOutFor(statistics.groups) },
  });
  const draft = new PlanDraft(base, fixed);
  planInput(draft, statistics, use);
  planAnchors(draft, statistics);
  planRegions(draft, statistics);
  planFlip(draft, statistics);
  planClassWeights(draft, statistics);
  planBatch(draft, statistics);
  return draft;
}

/** The least time that fine-tuning takes, in minutes. */
function neededFor(
  draft: PlanDraft,
  { images }: TrainingStatistics,
  measured: TrainingSpeed | null,
): number {
  const { augmentation, training } = draft.config;
  const { copies } = augmentation;
  const { batchSize } = training;
  const epochs = enoughEpochs(epochsFor(images, batchSize, "fineTuning"));
  const speed = speedOf(draft, "fineTuning", measured);
  return minutesOf(images, { epochs, copies, batchSize }, speed);
}

/** From this number of patients or groups on, a smaller part of them is enough to validate on. */
const MANY_GROUPS = 50;

/**
 * One patient, or one group of images that are alike, in this many is held out for validation.
 * @param groups number of patients or groups outside validation and test splits
 */
export function holdOutFor(groups: number): number {
  return groups >= MANY_GROUPS
    ? PLAN_BASES.fineTuning.training.holdOut
    : PLAN_BASES.frozen.training.holdOut;
}

function plannedData({ views, ...data }: TrainingStatistics): PlannedData {
  const sides = views.map(({ longerSide }) => longerSide);
  return { ...data, decodedImages: views.length, medianSide: quantile(sides, 0.5) };
}

/** The plan as lines of text: each choice with its settings and its reason. */
export function planLines({ choices, time }: AutoPlan): string[] {
  const lines = choices.map(({ what, settings, reason }) => {
    const values = Object.entries(settings).map(
      ([path, value]) => `${path} ${JSON.stringify(value)}`,
    );
    return `${what}: ${values.join(", ")}. ${reason}`;
  });
  return [...lines, `time: about ${Math.ceil(time.minutes)} minutes.`];
}

/** The most important settings of a plan, in one line. */
export function planSummary({ config, time }: AutoPlan): string {
  const { data, neck, anchors, backbone, training } = config;
  const levels = neck.kind === "pyramid" ? `, levels ${neck.levels.join(" ")}` : "";
  const crop = data.cropToHead ? "cropped to the head" : "not cropped";
  return [
    `planned ${data.imageSize} px, ${crop}`,
    `neck ${neck.kind}${levels}`,
    `anchors ${anchors.sizes.join(" ")} with the ratios ${anchors.ratios.join(" ")}`,
    `frozen blocks ${backbone.frozenBlocks}`,
    `${training.epochs} epochs, about ${Math.ceil(time.minutes)} min`,
  ].join("; ");
}
