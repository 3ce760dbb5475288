/** Which tumors are found, by size, by position, and by contrast with their surroundings. */
import { quantileSorted } from "simple-statistics";
import type { ImageBox, ImageDetections, ImageGroundTruth } from "../types";
import { UNMATCHED } from "./matching";
import { detectionOutcomes, HIT_IOU } from "./outcomes";

/** Boxes are divided into so many groups, if there are enough of them. */
const GROUPS = 4;
/** The smallest number of boxes in a group, unless there are fewer in all. */
const MIN_GROUP = 3;
/** The quantile of the normal distribution for a two-sided 95 % interval. */
const Z = 1.959963984540054;

/** What boxes are grouped by, with its unit. */
export const FACTORS = {
  size: "side in pixels (root of the area)",
  position: "distance from the image's center, in parts of its half diagonal",
  contrast: "grey levels brighter than the surroundings",
} as const;
export type Factor = keyof typeof FACTORS;

/** Boxes with similar values of a factor. */
export interface FactorGroup {
  /** The lowest and the highest value of the factor in the group. */
  readonly low: number;
  readonly high: number;
  readonly boxes: number;
  readonly found: number;
  /** `found / boxes` */
  readonly sensitivity: number;
  /** 95 % interval of the sensitivity. */
  readonly interval: readonly [number, number];
  /** Of the found boxes; null when none is found. */
  readonly meanIou: number | null;
}

export interface RecallByFactorOptions {
  readonly scoreThreshold: number;
  /**
   * From `boxContrasts`. Without it, boxes are not grouped by contrast. A box of contrast NaN is
   * left out there.
   */
  readonly contrasts?: ReadonlyMap<string, readonly number[]>;
}

export interface RecallByFactor {
  readonly scoreThreshold: number;
  /** IoU of a hit. */
  readonly iou: number;
  readonly factors: readonly { readonly factor: Factor; readonly groups: readonly FactorGroup[] }[];
}

interface GroupedBox {
  readonly values: Readonly<Record<Factor, number>>;
  /** IoU with the detection that found it; null for a missed box. */
  readonly iou: number | null;
}

/**
 * The sensitivity in groups of boxes with similar values of a factor, whatever the classes. The
 * groups have about the same number of boxes; boxes with equal values are in the same group.
 * @param groundTruths all evaluated images; boxes in pixels of the original images
 * @param detections boxes in the same pixels
 * @throws when an image with boxes has no contrasts, and as `joinImages` does
 * @example
 * const { factors } = recallByFactor(test.groundTruths(), detections, { scoreThreshold: 0.5 });
 */
export function recallByFactor(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  options: RecallByFactorOptions,
): RecallByFactor {
  const { scoreThreshold, contrasts } = options;
  const boxes = detectionOutcomes(groundTruths, detections, { scoreThreshold }).flatMap(
    ({ groundTruth, outcomes }) => {
      const boxContrasts = contrasts?.get(groundTruth.imageId);
      if (contrasts && !boxContrasts && groundTruth.boxes.length)
        throw new Error(`image '${groundTruth.imageId}' has no contrasts`);
      return groundTruth.boxes.map((box, g): GroupedBox => ({
        values: {
          size: sideOf(box),
          position: distanceFromCenter(box, groundTruth),
          contrast: boxContrasts?.[g] ?? NaN,
        },
        iou: outcomes.find(({ match }) => match !== UNMATCHED && match === g)?.iou ?? null,
      }));
    },
  );
  const factors = (Object.keys(FACTORS) as Factor[]).filter(
    (factor) => factor !== "contrast" || contrasts,
  );
  return {
    scoreThreshold,
    iou: HIT_IOU,
    factors: factors.map((factor) => ({ factor, groups: groupsBy(boxes, factor) })),
  };
}

function groupsBy(boxes: readonly GroupedBox[], factor: Factor): FactorGroup[] {
  const measured = boxes.filter(({ values }) => Number.isFinite(values[factor]));
  const sorted = measured.map(({ values }) => values[factor]).sort((a, b) => a - b);
  const count = Math.max(1, Math.min(GROUPS, Math.floor(measured.length / MIN_GROUP)));
  if (!measured.length) return [];
  const borders = Array.from(
    new Set(Array.from({ length: count - 1 }, (_, i) => quantileSorted(sorted, (i + 1) / count))),
  );
  const groupOf = (value: number) => borders.filter((border) => value > border).length;
  return Array.from({ length: borders.length + 1 }, (_, i) =>
    measured.filter(({ values }) => groupOf(values[factor]) === i),
  )
    .filter((group) => group.length)
    .map((group) => {
      const values = group.map((box) => box.values[factor]);
      const ious = group.flatMap(({ iou }) => (iou === null ? [] : [iou]));
      return {
        low: Math.min(...values),
        high: Math.max(...values),
        boxes: group.length,
        found: ious.length,
        sensitivity: ious.length / group.length,
        interval: wilson(ious.length, group.length),
        meanIou: ious.length ? ious.reduce((sum, iou) => sum + iou, 0) / ious.length : null,
      };
    });
}

/**
 * The 95 % interval of a share (Wilson 1927).
 * @throws when `count` is 0
 */
export function wilson(successes: number, count: number): readonly [number, number] {
  if (!count) throw new Error("wilson: the count is 0: a share of nothing has no interval");
  const share = successes / count;
  const center = (share + Z ** 2 / (2 * count)) / (1 + Z ** 2 / count);
  const reach =
    (Z / (1 + Z ** 2 / count)) *
    Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
  return [Math.max(0, center - reach), Math.min(1, center + reach)];
}

/** The side, in pixels, of a square of the same area. */
function sideOf([x1, y1, x2, y2]: ImageBox): number {
  return Math.sqrt((x2 - x1) * (y2 - y1));
}

/** The distance of the centers of box and image, in parts of the half diagonal of the image. */
function distanceFromCenter(
  [x1, y1, x2, y2]: ImageBox,
  { width, height }: ImageGroundTruth,
): number {
  return (
    Math.hypot((x1 + x2 - width) / 2, (y1 + y2 - height) / 2) / (Math.hypot(width, height) / 2)
  );
}
