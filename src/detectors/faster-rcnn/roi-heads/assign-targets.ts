/** Which rois the head learns from, and what (Fast R-CNN, section 2.3). */
import { boxAt, boxCount, clipBoxes, gatherBoxes } from "../../../boxes/box";
import { matchBoxes, Matches } from "../../../boxes/matcher";
import { sampleMatches } from "../../../boxes/sampler";
import type { HeadConfig } from "../../../config/index";
import type { Random } from "../../../util/random";
import type { BoxArray, Truth } from "../../../types";
import { concatBoxes } from "../rpn/rpn-loss";

/** A jittered copy's centre moves by up to this part of the box's side, and its sides change by up to this exponent. */
const JITTER = 0.2;

/** One image's sampled rois. */
export interface RoiTargets extends Matches {
  /** `[R, 4]` */
  readonly rois: BoxArray;
  readonly truth: Truth;
}

/**
 * Takes an image's rois from its proposals, its truth boxes and moved copies of these: early on no proposal is near a tumor, and the
 * head would see background alone.
 * @param proposals `[P, 4]` pixels
 * @param imageSize where moved copies are clipped
 */
export function sampleRois(
  proposals: BoxArray,
  truth: Truth,
  config: HeadConfig,
  imageSize: number,
  random: Random,
): RoiTargets {
  const jittered = jitterBoxes(truth.boxes, config.jitteredTruth, imageSize, random);
  const candidates = concatBoxes([proposals, truth.boxes, jittered]);
  const { assignment } = matchRois(candidates, truth, config.stages[0].foregroundIou);
  const { positives, negatives } = sampleMatches(assignment, config, random);
  const rois = gatherBoxes(candidates, [...positives, ...negatives]);
  return { rois, truth, ...matchRois(rois, truth, config.stages[0].foregroundIou) };
}

/** Every roi is foreground or background; what lies between is no question for the head. */
export function matchRois(rois: BoxArray, truth: Truth, foregroundIou: number): Matches {
  return matchBoxes(rois, truth.boxes, { positiveIou: foregroundIou, negativeIou: foregroundIou, forceBest: false });
}

function jitterBoxes(boxes: BoxArray, copies: number, imageSize: number, random: Random): BoxArray {
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
