/**
 * What each anchor learns (Faster R-CNN, section 3.1.2), and which anchors the loss sees (section
 * 3.1.3).
 */
import { Matcher, type Matches } from "../../../boxes/matcher";
import { type Sampled, sampleMatches } from "../../../boxes/sampler";
import type { RpnConfig } from "../../../config/index";
import type { NetworkBoxes, Target } from "../../../types";
import type { Random } from "../../../util/random";

/** One image's anchors with what each of them learns, in plain arrays. */
export interface AnchorAssignment extends Matches, Sampled {
  /** `[A, 4]` */
  readonly anchors: NetworkBoxes;
  readonly target: Target;
}

/** The settings of the anchors' matcher. */
export type AnchorMatching = Pick<RpnConfig, "positiveIou" | "negativeIou">;

/**
 * Matches anchors by the thresholds of the region proposal network; the anchors that overlap a
 * ground-truth box most are positive too.
 */
export function anchorMatcher({ positiveIou, negativeIou }: AnchorMatching): Matcher {
  return new Matcher({ positiveIou, negativeIou, allowLowQualityMatches: true });
}

/**
 * Matches the anchors of one image to its ground truth, and samples those that the loss sees.
 * @param anchors `[A, 4]`
 */
export function assignAnchors(
  anchors: NetworkBoxes,
  target: Target,
  { config, random }: { readonly config: RpnConfig; readonly random: Random },
): AnchorAssignment {
  const matches = anchorMatcher(config).match(anchors, target.boxes);
  return { anchors, target, ...matches, ...sampleMatches(matches.assignment, config, random) };
}
