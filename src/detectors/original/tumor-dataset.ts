/**
 * The original experiment's data set: each item is an image with what the region proposal network
 * is to learn from it.
 */
import { BoxCoder } from "../../boxes/box-coder";
import { flattenBoxes, gatherBoxes } from "../../boxes/box";
import { BACKGROUND } from "../../boxes/matcher";
import { anchorMatcher } from "../faster-rcnn/rpn/assign-anchors";
import type { Config } from "../../config/index";
import type { Dataset } from "../../data/dataset";
import { loadSample } from "../../data/sample";
import type { NetworkBoxes, Sample, Target } from "../../types";

/** What each anchor is to learn. A anchors; rows of anchors that are not positive are 0. */
export interface RpnTrainingData {
  /** `[A]`: 1 positive, 0 negative, -1 neither. */
  readonly labels: Int32Array;
  /** `[A, 4]`: from the anchor to its truth box. */
  readonly deltas: Float32Array;
  /** `[A]`: class of its truth box, -1 without one. */
  readonly classes: Int32Array;
  /** `[A]`: index of its truth box, or a sentinel of `boxes/match`. */
  readonly assignment: Int32Array;
  /** `[A]`: IoU with the truth box it overlaps most. */
  readonly iou: Float32Array;
}

/** An image at the network's size, its scaled boxes, and the training data of every anchor. */
export interface TumorItem extends RpnTrainingData {
  readonly sample: Sample;
}

/** Labels, deltas and classes of all anchors for one image; every box of its label file counts. */
export function rpnTrainingData(
  anchors: NetworkBoxes,
  target: Target,
  config: Pick<Config, "rpn">,
): RpnTrainingData {
  const { assignment, iou } = anchorMatcher(config.rpn).match(anchors, target.boxes);
  const labels = assignment.map((match) => (match >= 0 ? 1 : match === BACKGROUND ? 0 : -1));
  const classes = assignment.map((match) => (match >= 0 ? target.classIds[match] : -1));
  const deltas = new Float32Array(anchors.length);
  assignment.forEach((match, i) => {
    if (match >= 0)
      deltas.set(
        new BoxCoder().encode(gatherBoxes(anchors, [i]), gatherBoxes(target.boxes, [match])),
        4 * i,
      );
  });
  return { labels, deltas, classes, assignment, iou };
}

export class TumorDataset {
  /** @param anchors `[A, 4]` pixels of the network's input */
  constructor(
    private readonly dataset: Dataset,
    private readonly anchors: NetworkBoxes,
    private readonly config: Config,
  ) {}

  get length(): number {
    return this.dataset.images.length;
  }

  /** The i-th image, decoded and scaled, with its training data. */
  async item(i: number): Promise<TumorItem> {
    const sample = await loadSample(this.dataset.images[i], this.config.data);
    const target = {
      boxes: flattenBoxes(sample.boxes),
      classIds: Int32Array.from(sample.classIds),
    };
    return { sample, ...rpnTrainingData(this.anchors, target, this.config) };
  }
}
