/**
 * Ranks the detections of all images by falling score and matches each to the ground-truth boxes of
 * its image. Average precision, average recall and FROC count along this ranking. The bootstrap
 * counts again for every resample, with a weight for each image.
 */
import { area } from "../boxes/box";
import type { Detection, ImageBox } from "../types";
import {
  byFallingScore,
  EvaluatedImage,
  matchDetections,
  overlapTable,
  UNMATCHED,
} from "./matching";

/**
 * What a detection is at an IoU threshold. An ignored detection counts neither as a hit nor as a
 * miss: its box lies outside the area range.
 */
export const OUTCOME = { miss: 0, hit: 1, ignored: 2 } as const;

/** The 101 recalls of COCO: 0, 0.01 … 1. */
const RECALLS = linspace(0, 1, 101);

/** A range of areas in square pixels. Both ends belong to it, as in pycocotools. */
export interface AreaRange {
  readonly min: number;
  readonly max: number;
}

export interface RankingOptions {
  /** Null ranks all boxes as one class. */
  readonly classId: number | null;
  readonly iouThresholds: readonly number[];
  /** Only so many detections of highest score count in an image; all by default. */
  readonly maxDetections?: number;
  /** Boxes outside this range need not be found. */
  readonly area?: AreaRange;
}

/** A ranking of D detections in I images at T IoU thresholds. */
export interface Ranking {
  readonly classId: number | null;
  readonly iouThresholds: readonly number[];
  /** `[D]`: falling */
  readonly scores: readonly number[];
  /** `[D]`: index of the image */
  readonly images: Int32Array;
  /** `[D]`: number of detections of the same image that come before */
  readonly places: Int32Array;
  /** `[T][D]`: values of `OUTCOME` */
  readonly outcomes: readonly Uint8Array[];
  /** `[I]`: boxes to find in each image */
  readonly boxes: Int32Array;
}

/** How often each image counts, `[I]`. Null counts each image once. */
export type ImageWeights = ArrayLike<number> | null;

/**
 * Ranks detections and matches them. Detections of equal score keep the order of the images, and
 * within an image the given order, as in pycocotools.
 * @throws when a detection has no probability for the ranked class
 */
export function rankDetections(
  images: readonly EvaluatedImage[],
  options: RankingOptions,
): Ranking {
  return rankByArea(images, options, [options.area])[0];
}

/**
 * Does what `rankDetections` does, for several area ranges at once: they share the order and the
 * overlaps.
 * @param areas undefined stands for all boxes
 * @returns one ranking for each area range
 * @throws as `rankDetections` does
 */
export function rankByArea(
  images: readonly EvaluatedImage[],
  { classId, iouThresholds, maxDetections = Infinity }: Omit<RankingOptions, "area">,
  areas: readonly (AreaRange | undefined)[],
): Ranking[] {
  const scored = images.map(({ groundTruth, detections }) =>
    byFallingScore(
      detections.map((detection) => ({
        box: detection.box,
        score: scoreFor(detection, classId, groundTruth.imageId),
      })),
    ).slice(0, maxDetections),
  );
  const count = scored.reduce((sum, ranked) => sum + ranked.length, 0);
  const row = {
    scores: new Float64Array(count),
    images: new Int32Array(count),
    places: new Int32Array(count),
    outcomes: areas.map(() => iouThresholds.map(() => new Uint8Array(count))),
  };
  const boxes = areas.map(() => new Int32Array(images.length));
  let start = 0;
  scored.forEach((ranked, image) => {
    const { groundTruth } = images[image];
    const classBoxes = groundTruth.boxes.filter(
      (_, g) => classId === null || groundTruth.classIds[g] === classId,
    );
    const overlaps = overlapTable(
      ranked.map(({ box }) => box),
      classBoxes,
    );
    ranked.forEach(({ score }, place) => {
      row.scores[start + place] = score;
      row.images[start + place] = image;
      row.places[start + place] = place;
    });
    areas.forEach((range, a) => {
      const ignored = classBoxes.map((box) => range !== undefined && outside(box, range));
      const ignoredIfMissed = ranked.map(({ box }) => range !== undefined && outside(box, range));
      boxes[a][image] = ignored.filter((isIgnored) => !isIgnored).length;
      iouThresholds.forEach((threshold, t) => {
        const matches = matchDetections(overlaps, threshold, ignored);
        const outcomes = row.outcomes[a][t];
        // A plain loop, because thresholds, areas and classes together run it a million times.
        for (let place = 0; place < matches.length; place++) {
          const isHit = matches[place] !== UNMATCHED;
          const isIgnored = isHit ? ignored[matches[place]] : ignoredIfMissed[place];
          outcomes[start + place] = isIgnored
            ? OUTCOME.ignored
            : isHit
              ? OUTCOME.hit
              : OUTCOME.miss;
        }
      });
    });
    start += ranked.length;
  });

  const order = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => row.scores[b] - row.scores[a] || a - b,
  );
  const shared = {
    classId,
    iouThresholds,
    scores: order.map((i) => row.scores[i]),
    images: Int32Array.from(order, (i) => row.images[i]),
    places: Int32Array.from(order, (i) => row.places[i]),
  };
  return areas.map((_, a) => ({
    ...shared,
    outcomes: row.outcomes[a].map((outcomes) => inOrder(outcomes, order)),
    boxes: boxes[a],
  }));
}

function inOrder(values: Uint8Array, order: readonly number[]): Uint8Array {
  const ordered = new Uint8Array(order.length);
  for (let i = 0; i < order.length; i++) ordered[i] = values[order[i]];
  return ordered;
}

function outside(box: ImageBox, { min, max }: AreaRange): boolean {
  const pixels = area(box);
  return pixels < min || pixels > max;
}

function scoreFor(
  { score, classProbabilities }: Detection,
  classId: number | null,
  imageId: string,
): number {
  if (classId === null) return score;
  if (classId >= classProbabilities.length) {
    throw new Error(
      `a detection in image '${imageId}' has no probability of class ${classId}: it has ${classProbabilities.length} class probabilities only`,
    );
  }
  return score * classProbabilities[classId];
}

/** The number of boxes to find. Each box counts as often as its image. */
export function boxesToFind({ boxes }: Ranking, weights: ImageWeights = null): number {
  return boxes.reduce((sum, count, image) => sum + count * (weights ? weights[image] : 1), 0);
}

/**
 * The average precision of a ranking: the mean, over the 101 recalls of COCO, of the best precision
 * at this recall or a higher one (Lin et al. 2014). At recalls that are not reached, precision is
 * 0.
 * @param threshold index into the IoU thresholds of the ranking
 * @param weights an image of weight 2 counts as the image and a copy of it. The copies of a
 * detection stay together among detections of equal score
 * @returns null when there is no box to find
 */
export function interpolatedPrecision(
  ranking: Ranking,
  threshold: number,
  weights: ImageWeights = null,
): number | null {
  const boxes = boxesToFind(ranking, weights);
  if (!boxes) return null;
  const { images } = ranking;
  const outcomes = ranking.outcomes[threshold];
  let hits = 0;
  let misses = 0;
  for (let d = 0; d < outcomes.length; d++) {
    const weight = weights ? weights[images[d]] : 1;
    if (outcomes[d] === OUTCOME.hit) hits += weight;
    else if (outcomes[d] === OUTCOME.miss) misses += weight;
  }
  // Goes from the end to the start, which gives the best precision from each place on. Precision is
  // highest right after a hit, so that other places are skipped.
  let next = RECALLS.length - 1;
  while (RECALLS[next] > hits / boxes) next--;
  let best = 0;
  let sum = 0;
  for (let d = outcomes.length - 1; d >= 0 && hits > 0; d--) {
    const weight = weights ? weights[images[d]] : 1;
    if (outcomes[d] === OUTCOME.miss) misses -= weight;
    if (outcomes[d] !== OUTCOME.hit || !weight) continue;
    best = Math.max(best, hits / (hits + misses));
    hits -= weight;
    for (; RECALLS[next] > hits / boxes; next--) sum += best;
  }
  // Recall 0 is left. Every ranking reaches it.
  return (sum + best) / RECALLS.length;
}

export interface RecallOptions {
  /** Only so many detections of highest score count in each image; all by default. */
  readonly perImage?: number;
  /** How often each image counts. */
  readonly weights?: ImageWeights;
}

/**
 * The share of the boxes that a detection finds.
 * @param threshold index into the IoU thresholds of the ranking
 * @param options how many detections count in an image, and how often each image counts
 * @returns null when there is no box to find
 */
export function recallOf(
  ranking: Ranking,
  threshold: number,
  { perImage = Infinity, weights = null }: RecallOptions = {},
): number | null {
  const { outcomes, images, places } = ranking;
  const total = boxesToFind(ranking, weights);
  if (!total) return null;
  let hits = 0;
  outcomes[threshold].forEach((outcome, d) => {
    if (outcome === OUTCOME.hit && places[d] < perImage) hits += weights ? weights[images[d]] : 1;
  });
  return hits / total;
}

/**
 * Returns `count` evenly spaced numbers from `first` to `last`. They have the same bits as those of
 * `linspace` in NumPy, so that a value at a threshold falls on the same side.
 */
export function linspace(first: number, last: number, count: number): number[] {
  const step = (last - first) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : first + i * step));
}
