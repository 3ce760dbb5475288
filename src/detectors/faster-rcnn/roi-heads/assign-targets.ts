/**
 * Training of the head, first part: the sampled RoIs and their targets (Fast R-CNN, section 2.3).
 */
import { boxAt, boxCount, clipBoxes, concatBoxes, gatherBoxes } from "../../../boxes/box";
import { Matcher, type Matches } from "../../../boxes/matcher";
import { sampleMatches } from "../../../boxes/sampler";
import type { HeadConfig } from "../../../config/index";
import type { NetworkBoxes, Target } from "../../../types";
import type { Random } from "../../../util/random";

/**
 * Largest shift of the center of a jittered copy, as a fraction of the box's side. It is also the
 * largest logarithm of the factor of its sides.
 */
const JITTER = 0.2;

/** The RoIs of one image, and the ground-truth box of each. */
export interface RoiAssignment extends Matches {
  /** `[R, 4]` */
  readonly rois: NetworkBoxes;
  readonly target: Target;
}

/** Options of `sampleRois`. */
export interface RoiSampling {
  readonly config: HeadConfig;
  /** Side of the network's input, in pixels. Jittered copies are clipped to it. */
  readonly imageSize: number;
  /** Draws the jittered copies and the sample. */
  readonly random: Random;
}

/**
 * Samples RoIs of one image from its proposals, its ground-truth boxes, and jittered copies of the
 * ground-truth boxes. Early in training no proposal is close to a tumor; without the other boxes
 * all RoIs would be background.
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

/**
 * Matches RoIs to the ground truth. Every RoI is foreground or background; none is ignored.
 * @param rois `[R, 4]`
 * @param foregroundIou lowest IoU of a foreground RoI
 */
export function matchRois(rois: NetworkBoxes, target: Target, foregroundIou: number): Matches {
  return new Matcher({ positiveIou: foregroundIou, negativeIou: foregroundIou }).match(
    rois,
    target.boxes,
  );
}

/** Randomly moved and scaled copies of boxes, clipped to the image. */
function jitterBoxes(
  boxes: NetworkBoxes,
  { config, imageSize, random }: RoiSampling,
): NetworkBoxes {
  const copies = config.jitteredGroundTruth;
  const jittered = new Float32Array(boxes.length * copies);
  for (let copy = 0, offset = 0; copy < copies; copy++) {
    for (let i = 0; i < boxCount(boxes); i++, offset += 4) {
      const [x1, y1, x2, y2] = boxAt(boxes, i);
      const x = (x1 + x2) / 2 + (x2 - x1) * random.uniform(-JITTER, JITTER);
      const y = (y1 + y2) / 2 + (y2 - y1) * random.uniform(-JITTER, JITTER);
      const halfWidth = ((x2 - x1) / 2) * Math.exp(random.uniform(-JITTER, JITTER));
      const halfHeight = ((y2 - y1) / 2) * Math.exp(random.uniform(-JITTER, JITTER));
      jittered.set([x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight], offset);
    }
  }
  return clipBoxes(jittered, imageSize, imageSize);
}
