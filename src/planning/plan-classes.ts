/** Plans what depends on the classes: their weights in the loss, and flips. */
import { percent } from "../util/percent";
import type { PlanDraft } from "./plan-draft";
import type { ClassCount, TrainingStatistics } from "./training-statistics";

/** A class is rare when the most frequent one has more than this many times its boxes. */
const RARE = 4;

/** The weight of a class is its inverse frequency to this power: 1 would let few boxes dominate. */
const WEIGHT_POWER = 0.5;

/** Limit of the weights. */
const MAX_WEIGHT = 4;

/** Images are not flipped when more than this fraction of the files names a side. */
const MAX_SIDE_FILES = 0.05;

/** Plans the weights of the classes. */
export function planClassWeights(draft: PlanDraft, { classes }: TrainingStatistics): void {
  const present = classes.filter(({ boxes }) => boxes > 0);
  const most = Math.max(...present.map(({ boxes }) => boxes));
  const counts = classes.map(({ name, boxes }) => `${name} ${boxes}`).join(", ");
  const rare = present.filter(({ boxes }) => boxes * RARE < most);
  draft.choose(
    "class weights",
    { head: { classWeights: rare.length ? weightsOf(classes) : null } },
    rare.length
      ? `Boxes: ${counts}. Less than a ${RARE}th of the most frequent class: ${rare.map(({ name }) => name).join(", ")}. The weights fall with the square root of the count; their mean over the boxes is 1.`
      : classes.length === 1
        ? `There is one class, ${classes[0].name}.`
        : `Boxes: ${counts}. No class has less than a ${RARE}th of the boxes of the most frequent one.`,
  );
}

/** The weight of each class; 1 for a class without boxes. */
function weightsOf(classes: readonly ClassCount[]): number[] {
  const raw = classes.map(({ boxes }) => (boxes ? boxes ** -WEIGHT_POWER : 0));
  const boxCount = classes.reduce((sum, { boxes }) => sum + boxes, 0);
  const mean = classes.reduce((sum, { boxes }, i) => sum + boxes * raw[i], 0) / boxCount;
  return raw.map((weight) =>
    weight ? Math.round(100 * Math.min(MAX_WEIGHT, weight / mean)) / 100 : 1,
  );
}

/** Plans the probability of a left-right flip. */
export function planFlip(
  draft: PlanDraft,
  { sideClasses, sideFiles, images }: TrainingStatistics,
): void {
  const files = sideFiles / images;
  const [flip, reason] = sideClasses.length
    ? [
        0,
        `Class names name a side (${sideClasses.join(", ")}): in a flipped image they would be wrong.`,
      ]
    : files > MAX_SIDE_FILES
      ? [
          0,
          `${percent(files)} of the file names name a side: a flipped image would show the other one.`,
        ]
      : [draft.config.augmentation.flip, "Neither class names nor file names name a side."];
  draft.choose("flip", { augmentation: { flip } }, reason);
}
