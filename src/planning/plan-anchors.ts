/** Plans the neck, the levels, the anchors, and how regions are pooled. */
import { type Shape, shapeSize } from "../boxes/anchors";
import type { PyramidConfig } from "../config/index";
import { strideOfLevel } from "../detectors/faster-rcnn/pyramid-neck";
import {
  canonicalSizeOf,
  roiLevels,
  scaledCanonicalSize,
} from "../detectors/faster-rcnn/roi-heads/multi-scale-roi-align";
import { detectionRpn } from "../detectors/faster-rcnn/rpn/proposals";
import { COVERED_IOU, fitAnchors } from "./fit-anchors";
import { percent } from "../util/percent";
import type { PlanDraft } from "./plan-draft";
import { FINEST_STRIDE, networkShapes } from "./plan-input";
import { quantile } from "./quantiles";
import type { TrainingStatistics } from "./training-statistics";

/** The range of box sizes leaves out this fraction of the boxes at each end. */
const TAIL = 0.02;

/**
 * From this factor between small and large boxes on, a pyramid is used: one map of stride 8 was
 * measured on boxes that span a factor of 4.
 */
export const MIN_PYRAMID_SPAN = 8;

/** Levels of a pyramid: the finest one of the backbones, and the coarsest one that is useful. */
const FINEST_LEVEL = Math.log2(FINEST_STRIDE);
const COARSEST_LEVEL = 6;

/** Numbers of anchor sizes: of one map, and of each level. */
const SIZES_OF_ONE_MAP = [3, 7] as const;
const SIZES_OF_LEVEL = [2, 4] as const;

/** Half of the boxes is larger than this fraction of the input: they need no surroundings. */
const LARGE_BOX = 0.4;
const CONTEXT = { usual: 1.4, large: 1.1 } as const;

/** Cells of a side of a pooled region. */
const REGION_CELLS = 7;

/** Least numbers of proposals and detections of an image, for each box of the fullest image. */
const PROPOSALS_PER_BOX = 10;
const DETECTIONS_PER_BOX = 4;

/** Plans the neck, its levels, and the anchors. */
export function planAnchors(draft: PlanDraft, { views }: TrainingStatistics): void {
  const shapes = networkShapes(views, draft.config.data);
  planNeck(draft, shapes.map(shapeSize));
  const { neck, seed } = draft.config;
  const levels = neck.kind === "pyramid" ? neck.levels : null;
  const { sizes, ratios, covered } = fitAnchors(
    levels ? byLevel(shapes, levels, draft.config) : [shapes],
    { sizes: levels ? SIZES_OF_LEVEL : SIZES_OF_ONE_MAP, seed },
  );
  const perCell = (sizes.length * ratios.length) / (levels?.length ?? 1);
  draft.choose(
    "anchors",
    { anchors: { sizes, ratios } },
    `${percent(covered)} of ${shapes.length} boxes have an anchor with an IoU of at least ${COVERED_IOU} at their center: ${perCell} anchors at each cell${levels ? " of each level" : ""}, by k-means on IoU.`,
  );
}

function planNeck(draft: PlanDraft, sizes: readonly number[]): void {
  const { channels, groups } = draft.config.neck;
  const [low, high] = [quantile(sizes, TAIL), quantile(sizes, 1 - TAIL)];
  const span = high / low;
  const range = `Box sizes span ${Math.round(low)} to ${Math.round(high)} px, a factor of ${span.toFixed(1)}`;
  const levels = levelsOf(low, high, draft.config.data.imageSize);
  if (span < MIN_PYRAMID_SPAN || levels.length === 1) {
    draft.choose(
      "neck",
      { neck: { kind: "fused", channels, groups } },
      `${range}: one map at stride ${FINEST_STRIDE} (a pyramid from a factor of ${MIN_PYRAMID_SPAN} on).`,
    );
    return;
  }
  const pyramid: PyramidConfig = { kind: "pyramid", channels, groups, levels, canonicalSize: null };
  const canonical = Math.round(scaledCanonicalSize(draft.config.data.imageSize));
  draft.choose(
    "neck",
    { neck: pyramid },
    `${range}: a pyramid with ${levels.length} levels at the strides ${levels.map(strideOfLevel).join(", ")}. A box of ${canonical} px is pooled at stride 16, and each doubling moves it one level.`,
  );
}

/** The levels that boxes of some sizes are pooled from (feature pyramids, equation 1). */
function levelsOf(low: number, high: number, imageSize: number): number[] {
  const strides = Array.from({ length: COARSEST_LEVEL - FINEST_LEVEL + 1 }, (_, i) =>
    strideOfLevel(FINEST_LEVEL + i),
  );
  const canonicalSize = scaledCanonicalSize(imageSize);
  const squares = Float32Array.of(...[low, high].flatMap((size) => [0, 0, size, size]));
  const [first, last] = roiLevels(squares, { strides, canonicalSize });
  return Array.from({ length: last - first + 1 }, (_, i) => FINEST_LEVEL + first + i);
}

/** The boxes that are pooled from each level. */
function byLevel(
  shapes: readonly Shape[],
  levels: readonly number[],
  config: PlanDraft["config"],
): Shape[][] {
  const strides = levels.map(strideOfLevel);
  const boxes = Float32Array.from(shapes.flatMap(({ width, height }) => [0, 0, width, height]));
  const places = roiLevels(boxes, { strides, canonicalSize: canonicalSizeOf(config) });
  return levels.map((_, level) => shapes.filter((_, i) => places[i] === level));
}

/** Plans the pooling of regions, and the numbers of proposals and detections. */
export function planRegions(draft: PlanDraft, { views, mostBoxes }: TrainingStatistics): void {
  const { imageSize, cropToHead } = draft.config.data;
  const median = quantile(networkShapes(views, { imageSize, cropToHead }).map(shapeSize), 0.5);
  const isLarge = median > LARGE_BOX * imageSize;
  const context = isLarge ? CONTEXT.large : CONTEXT.usual;
  draft.choose(
    "regions",
    { roi: { outputSize: REGION_CELLS, context } },
    `The median box has ${Math.round(median)} px, ${(median / FINEST_STRIDE).toFixed(1)} cells at stride ${FINEST_STRIDE}: ${REGION_CELLS} × ${REGION_CELLS} cells, ${isLarge ? "with little around it, because boxes fill much of the image" : `with the surroundings of ${context} times its side`}.`,
  );
  const { rpn, inference } = draft.config;
  const proposals = PROPOSALS_PER_BOX * mostBoxes;
  const numbers = (before: number, after: number) => ({
    proposalsBeforeNms: Math.max(before, 2 * proposals),
    proposalsAfterNms: Math.max(after, proposals),
  });
  const detection = detectionRpn({ rpn, inference });
  draft.choose(
    "numbers of boxes",
    {
      rpn: numbers(rpn.proposalsBeforeNms, rpn.proposalsAfterNms),
      inference: {
        ...numbers(
          Math.max(rpn.proposalsBeforeNms, detection.proposalsBeforeNms),
          Math.max(rpn.proposalsAfterNms, detection.proposalsAfterNms),
        ),
        maxDetections: Math.max(inference.maxDetections, DETECTIONS_PER_BOX * mostBoxes),
      },
    },
    `An image has at most ${mostBoxes} boxes. Detection uses more proposals than training: its boxes are then slightly tighter.`,
  );
}
