/** Which RoIs the head learns from, and what (Fast R-CNN, section 2.3). */
import { boxAt, boxCount, clipBoxes, concatBoxes, gatherBoxes } from "../../../boxes/box";
import { Matcher, type Matches } from "../../../boxes/matcher";
import { sampleMatches } from "../../../boxes/sampler";
import type { HeadConfig } from "../../../config/index";
import type { NetworkBoxes, Target } from "../../../types";
import type { Random } from "../../../util/random";

/**
 * The center of a jittered copy moves by up to this part of the box's side, and its sides change
 * by up to e to this power.
 */
const JITTER = 0.2;

/** One image's sampled RoIs. */
export interface RoiAssignment extends Matches {
  /** `[R, 4]` */
  readonly rois: NetworkBoxes;
  readonly target: Target;
}

export interface RoiSampling {
  readonly config: HeadConfig;
  /** Side of the network's input in pixels; jittered copies are clipped to it. */
  readonly imageSize: number;
  readonly random: Random;
}

/**
 * Samples an image's RoIs from its proposals, its ground-truth boxes and jittered copies of these.
 * Early in training no proposal is near a tumor, and without the others the head would see only
 * background.
 * @param proposals `[P, 4]`
 */
export function sampleRois(
  proposals: NetworkBoxes,
  target: Target,
  sampling: RoiSampling,
): RoiAssignment {
  const { config, random } = sampling;
  const candidates = concatBoxes([proposals, target.boxes, jitterBoxes(target.boxes, sampling)]);
  const { assignment } = matchRois(candidates, target, config.stages[0].foregroundIou);
  const { positives, negatives } = sampleMatches(assignment, config, random);
  const rois = gatherBoxes(candidates, [...positives, ...negatives]);
  return { rois, target, ...matchRois(rois, target, config.stages[0].foregroundIou) };
}

/** Every RoI is foreground or background; the head does not ignore any. */
export function matchRois(rois: NetworkBoxes, target: Target, foregroundIou: number): Matches {
  return new Matcher({ positiveIou: foregroundIou, negativeIou: foregroundIou }).match(
    rois,
    target.boxes,
  );
}

function jitterBoxes(
  boxes: NetworkBoxes,
  { config, imageSize, random }: RoiSampling,
): NetworkBoxes {
  const copies = config.jitteredGroundTruth;
  const moved = new Float32Array(boxes.length * copies);
  for (let copy = 0, offset = 0; copy < copies; copy++) {
    for (let i = 0; i < boxCount(boxes); i++, offset += 4) {
      const [x1, y1, x2, y2] = boxAt(boxes, i);
      const x = (x1 + x2) / 2 + (x2 - x1) * random.uniform(-JITTER, JITTER);
      const y = (y1 + y2) / 2 + (y2 - y1) * random.uniform(-JITTER, JITTER);
      const halfWidth = ((x2 - x1) / 2) * Math.exp(random.uniform(-JITTER, JITTER));
      const halfHeight = ((y2 - y1) / 2) * Math.exp(random.uniform(-JITTER, JITTER));
      moved.set([x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight], offset);
    }
  }
  return clipBoxes(moved, imageSize, imageSize);
}
