/**
 * The data set class of the original experiment: each item is an image together with the targets of
 * its anchors (Faster R-CNN, section 3.1.2). Training computes the same targets in batches
 * (`assignAnchors`).
 */
import { BoxCoder } from "../../boxes/box-coder";
import { flattenBoxes, gatherBoxes } from "../../boxes/box";
import { BACKGROUND, type Matches } from "../../boxes/matcher";
import { type AnchorMatching, anchorMatcher } from "../faster-rcnn/rpn/assign-anchors";
import type { Config } from "../../config/index";
import type { Dataset } from "../../data/dataset";
import { loadSample } from "../../data/sample";
import type { NetworkBoxes, Sample, Target } from "../../types";

/** The targets of A anchors. */
export interface AnchorTargets extends Matches {
  /** `[A]`: 1 for positive, 0 for negative, -1 for ignored anchors. */
  readonly labels: Int32Array;
  /** `[A, 4]`: from the anchor to its ground-truth box; 0 for anchors that are not positive. */
  readonly deltas: Float32Array;
  /** `[A]`: class of the ground-truth box; -1 for anchors that are not positive. */
  readonly classIds: Int32Array;
}

/** One image with its boxes at the network's size, and the targets of its anchors. */
export interface TumorItem extends AnchorTargets {
  readonly sample: Sample;
}

/**
 * Computes the targets of the anchors of one image.
 * @param anchors `[A, 4]`
 */
export function anchorTargets(
  anchors: NetworkBoxes,
  target: Target,
  matching: AnchorMatching,
): AnchorTargets {
  const { assignment, iou } = anchorMatcher(matching).match(anchors, target.boxes);
  const labels = assignment.map((match) => (match >= 0 ? 1 : match === BACKGROUND ? 0 : -1));
  const classIds = assignment.map((match) => (match >= 0 ? target.classIds[match] : -1));
  const positives = Array.from(assignment.keys()).filter((i) => assignment[i] >= 0);
  const matched = positives.map((i) => assignment[i]);
  const encoded = new BoxCoder().encode(
    gatherBoxes(anchors, positives),
    gatherBoxes(target.boxes, matched),
  );
  const deltas = new Float32Array(anchors.length);
  positives.forEach((i, k) => deltas.set(encoded.subarray(4 * k, 4 * k + 4), 4 * i));
  return { assignment, iou, labels, deltas, classIds };
}

/**
 * Images of a data set with the targets of their anchors. The original experiment read only the
 * first box of a label file; this class reads all of them.
 * @example
 * const items = new TumorDataset(dataset, detector.anchors, presets.original);
 * const { sample, labels, deltas } = await items.item(0);
 */
export class TumorDataset {
  /** @param anchors `[A, 4]` */
  constructor(
    private readonly dataset: Dataset,
    private readonly anchors: NetworkBoxes,
    private readonly config: Config,
  ) {}

  /** The number of images. */
  get length(): number {
    return this.dataset.images.length;
  }

  /** Decodes and scales the image at index i, and computes the targets of its anchors. */
  async item(i: number): Promise<TumorItem> {
    const sample = await loadSample(this.dataset.images[i], this.config.data);
    const target = {
      boxes: flattenBoxes(sample.boxes),
      classIds: Int32Array.from(sample.classIds),
    };
    return { sample, ...anchorTargets(this.anchors, target, this.config.rpn) };
  }
}
