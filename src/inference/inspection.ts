/**
 * One image through every stage of the detector, in plain arrays: what a reader looks at to see
 * how a detection comes about.
 */
import { type Shape, anchorShapes } from "../boxes/anchors";
import { gatherBoxes } from "../boxes/box";
import { nms } from "../boxes/nms";
import { samplesToTensor } from "../data/augment";
import { toNetwork } from "../data/letterbox";
import { loadNetworkImage, type NetworkImage } from "../data/sample";
import { tf } from "../tensor/tensorflow";
import type { ImageRecord, NetworkBox, NetworkBoxes } from "../types";
import type { DetectionTrace } from "../detectors/faster-rcnn/detection-trace";
import { type Detector, type FeatureMap, requireTwoStages } from "../detectors/detector";

export interface Inspection {
  /** The image file. */
  readonly path: string;
  readonly image: NetworkImage;
  /** The tumors, in pixels of the network's input. */
  readonly groundTruth: readonly NetworkBox[];
  readonly classNames: readonly string[];
  /** The backbone's levels, finest first, and last the neck's one map. */
  readonly maps: readonly FeatureMap[];
  /** `[A, 4]`: row, column, shape. */
  readonly anchors: NetworkBoxes;
  readonly shapes: readonly Shape[];
  readonly trace: DetectionTrace;
  /** What the head sees of the first proposals: a map each, of `outputSize` cells a side. */
  readonly regions: readonly FeatureMap[];
}

/** Proposals whose regions are kept to be shown. */
const REGIONS = 8;

/**
 * Runs one image through a detector and records what every stage made of it. No tensor is left.
 * @throws when the detector has no stages to look at, as that of the original experiment
 * @throws when the image cannot be decoded
 */
export async function inspectImage(detector: Detector, record: ImageRecord): Promise<Inspection> {
  const staged = requireTwoStages(detector);
  if (!staged.featureMaps)
    throw new Error(
      `the feature maps of the architecture '${detector.config.architecture}' cannot be shown`,
    );
  const { config, anchors, classNames } = staged;
  const image = await loadNetworkImage(record.path, config.data);
  const input = samplesToTensor([image]);
  const features = staged.frozenFeatures(input);
  const [trace] = staged.traceDetections(features);
  const { maps, regions } = staged.featureMaps(features, trace.proposals.slice(0, 4 * REGIONS));
  tf.dispose([input, features]);
  return {
    path: record.path,
    image,
    groundTruth: record.annotations.map(({ box }) => toNetwork(box, image.letterbox)),
    classNames,
    maps,
    anchors,
    shapes: anchorShapes(config.anchors),
    trace,
    regions,
  };
}

/**
 * The proposals another NMS threshold would leave of an inspection's candidates: indices, by
 * falling score.
 */
export function candidatesAfterNms({ trace }: Inspection, nmsIou: number): number[] {
  return Array.from(nms(trace.candidates, trace.candidateScores, nmsIou));
}

/**
 * The anchors that the candidates were before the region proposal network moved them, `[≤
 * proposalsBeforeNms, 4]`.
 */
export function candidateAnchors({ trace, anchors }: Inspection): NetworkBoxes {
  return gatherBoxes(anchors, trace.candidateAnchors);
}
