/**
 * The detections of all images in one row by falling score, each matched to the boxes of its image
 * once. Average precision, average recall and FROC are counts along that row; with a weight for
 * each image they are counted anew for every resample of the bootstrap.
 */
import { area } from "../boxes/box";
import type { Box, Detection } from "../types";
import {
  byFallingScore,
  EvaluatedImage,
  matchDetections,
  overlapTable,
  UNMATCHED,
} from "./matching";

/**
 * The average precision where there is no box to find, so that no recall exists: pycocotools'
 * convention. It survives JSON, which NaN does not.
 */
export const NOTHING_TO_FIND = -1;

/**
 * What a detection is at an IoU threshold; one of a box outside the area range counts for nothing,
 * neither right nor wrong.
 */
export const OUTCOME = { miss: 0, hit: 1, ignored: 2 } as const;

/** COCO's 101 recalls: 0, 0.01 … 1. */
const RECALLS = linspace(0, 1, 101);

/** Square pixels; both ends belong to the range, as in pycocotools. */
export interface AreaRange {
  readonly min: number;
  readonly max: number;
}

export interface RankingOptions {
  /** Null: all boxes are of one class. */
  readonly classId: number | null;
  readonly iouThresholds: readonly number[];
  /** Detections of highest score that count in an image; all by default. */
  readonly maxDetections?: number;
  /** Boxes outside it need not be found. */
  readonly area?: AreaRange;
}

/** D detections, I images, T IoU thresholds. */
export interface Ranking {
  readonly classId: number | null;
  readonly iouThresholds: readonly number[];
  /** `[D]`, falling */
  readonly scores: readonly number[];
  /** `[D]`: index of the image */
  readonly images: Int32Array;
  /** `[D]`: how many detections of the same image come before */
  readonly places: Int32Array;
  /** `[T][D]`: values of `OUTCOME` */
  readonly outcomes: readonly Uint8Array[];
  /** `[I]`: boxes to find in each image */
  readonly boxes: Int32Array;
}

/** How often each image counts, `[I]`; null counts each once. */
export type ImageWeights = ArrayLike<number> | null;

/**
 * Ranks and matches. Equal scores stay in the order of the images, and within an image in the order
 * given, as in pycocotools. Throws when an image's detections do not know a class of its boxes.
 */
export function rankDetections(
  images: readonly EvaluatedImage[],
  options: RankingOptions,
): Ranking {
  return rankByArea(images, options, [options.area])[0];
}

/**
 * As `rankDetections`, for several area ranges at once (undefined: all boxes): they share the
 * ranking and the overlaps.
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
  const count = scored.reduce((sum, own) => sum + own.length, 0);
  const empty = {
    scores: new Float64Array(count),
    images: new Int32Array(count),
    places: new Int32Array(count),
  };
  const row = {
    ...empty,
    outcomes: areas.map(() => iouThresholds.map(() => new Uint8Array(count))),
  };
  const boxes = areas.map(() => new Int32Array(images.length));
  let start = 0;
  scored.forEach((own, image) => {
    const { groundTruth } = images[image];
    const truthBoxes = groundTruth.boxes.filter(
      (_, g) => classId === null || groundTruth.classIds[g] === classId,
    );
    const overlaps = overlapTable(
      own.map(({ box }) => box),
      truthBoxes,
    );
    own.forEach(({ score }, place) => {
      row.scores[start + place] = score;
      row.images[start + place] = image;
      row.places[start + place] = place;
    });
    areas.forEach((range, a) => {
      const ignored = truthBoxes.map((box) => range !== undefined && outside(box, range));
      const ignoredIfMissed = own.map(({ box }) => range !== undefined && outside(box, range));
      boxes[a][image] = ignored.filter((isIgnored) => !isIgnored).length;
      iouThresholds.forEach((threshold, t) => {
        const matches = matchDetections(overlaps, threshold, ignored);
        const outcomes = row.outcomes[a][t];
        // A plain loop: with all thresholds, areas and classes this is run a million times.
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
    start += own.length;
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

function outside(box: Box, { min, max }: AreaRange): boolean {
  const own = area(box);
  return own < min || own > max;
}

function scoreFor(
  { score, classProbabilities }: Detection,
  classId: number | null,
  imageId: string,
): number {
  if (classId === null) return score;
  if (classId >= classProbabilities.length) {
    throw new Error(
      `image '${imageId}' has a box of class ${classId}, but its detections know ${classProbabilities.length} classes only`,
    );
  }
  return score * classProbabilities[classId];
}

/** Boxes to find; each as often as its image counts. */
export function boxesToFind({ boxes }: Ranking, weights: ImageWeights = null): number {
  return boxes.reduce((sum, count, image) => sum + count * (weights ? weights[image] : 1), 0);
}

/**
 * Mean of the best precision at each of COCO's 101 recalls or beyond it; 0 at recalls that are not
 * reached (Lin et al. 2014). `NOTHING_TO_FIND` without boxes.
 * @param threshold index into the ranking's IoU thresholds
 * @param weights an image that counts twice gives what the image and a copy of it give, except that
 * the copies of detections of equal score stay together
 */
export function interpolatedPrecision(
  ranking: Ranking,
  threshold: number,
  weights: ImageWeights = null,
): number {
  const boxes = boxesToFind(ranking, weights);
  if (!boxes) return NOTHING_TO_FIND;
  const { images } = ranking;
  const outcomes = ranking.outcomes[threshold];
  let hits = 0;
  let misses = 0;
  for (let d = 0; d < outcomes.length; d++) {
    const weight = weights ? weights[images[d]] : 1;
    if (outcomes[d] === OUTCOME.hit) hits += weight;
    else if (outcomes[d] === OUTCOME.miss) misses += weight;
  }
  // From the end, so that the best precision from here on is at hand. Precision is highest right
  // after a hit: only hits are asked.
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
  // Recall 0 is left, which the whole row has reached.
  return (sum + best) / RECALLS.length;
}

/**
 * Part of the boxes that a detection finds; `NOTHING_TO_FIND` without boxes.
 * @param threshold index into the ranking's IoU thresholds
 * @param perImage only so many detections of each image count
 */
export function recallOf(
  { outcomes, images, places, boxes }: Ranking,
  threshold: number,
  perImage = Infinity,
  weights: ImageWeights = null,
): number {
  const total = boxes.reduce(
    (sum, count, image) => sum + count * (weights ? weights[image] : 1),
    0,
  );
  if (!total) return NOTHING_TO_FIND;
  let hits = 0;
  outcomes[threshold].forEach((outcome, d) => {
    if (outcome === OUTCOME.hit && places[d] < perImage) hits += weights ? weights[images[d]] : 1;
  });
  return hits / total;
}

/**
 * `count` numbers from `first` to `last`, computed as numpy's linspace does, so that a value right
 * at one falls on the same side.
 */
export function linspace(first: number, last: number, count: number): number[] {
  const step = (last - first) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : first + i * step));
}
