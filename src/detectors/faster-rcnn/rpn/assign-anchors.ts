/**
 * Training of the region proposal network, first part: the targets of the anchors (Faster R-CNN,
 * section 3.1.2), and the sampling of the anchors that the loss uses (section 3.1.3).
 */
import { Matcher, type Matches } from "../../../boxes/matcher";
import { type Sampled, sampleMatches } from "../../../boxes/sampler";
import type { RpnConfig } from "../../../config/index";
import type { NetworkBoxes, Target } from "../../../types";
import type { Random } from "../../../util/random";

/** The targets of the anchors of one image, and the sampled anchors. */
export interface AnchorAssignment extends Matches, Sampled {
  /** `[A, 4]` */
  readonly anchors: NetworkBoxes;
  readonly target: Target;
}

/** The settings of `anchorMatcher`. */
export type AnchorMatching = Pick<RpnConfig, "positiveIou" | "negativeIou">;

/**
 * Makes the matcher for anchors. The anchors with the highest IoU of each ground-truth box are
 * positive too, so that every box has a positive anchor.
 * @example
 * const { assignment } = anchorMatcher(config.rpn).match(anchors, target.boxes);
 */
export function anchorMatcher({ positiveIou, negativeIou }: AnchorMatching): Matcher {
  return new Matcher({ positiveIou, negativeIou, allowLowQualityMatches: true });
}

/**
 * Matches the anchors of one image to its ground truth, and samples the anchors that the loss uses.
 * @param anchors `[A, 4]`
 * @param options how to match and sample
 * @param options.config thresholds and size of the sample
 * @param options.random draws the sample
 */
export function assignAnchors(
  anchors: NetworkBoxes,
  target: Target,
  { config, random }: { readonly config: RpnConfig; readonly random: Random },
): AnchorAssignment {
  const matches = anchorMatcher(config).match(anchors, target.boxes);
  return { anchors, target, ...matches, ...sampleMatches(matches.assignment, config, random) };
}
