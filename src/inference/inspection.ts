/**
 * Runs one image through every stage of a detector, and returns what each stage makes of it as
 * plain arrays. Figures of the stages are drawn from the result.
 */
import { type AnchorGrid, type Shape, anchorShapes } from "../boxes/anchors";
import { gatherBoxes } from "../boxes/box";
import { nms } from "../boxes/nms";
import { samplesToTensor } from "../data/augment";
import { toNetwork } from "../data/letterbox";
import { loadRecordImage, type NetworkImage } from "../data/sample";
import { tf } from "../tensor/tensorflow";
import type { ImageRecord, NetworkBox, NetworkBoxes } from "../types";
import type { DetectionTrace } from "../detectors/faster-rcnn/detection-trace";
import { type Detector, type FeatureMap, requireTwoStages } from "../detectors/detector";

export interface Inspection {
  /** The image in its data set. */
  readonly record: ImageRecord;
  readonly image: NetworkImage;
  readonly groundTruth: readonly NetworkBox[];
  readonly classNames: readonly string[];
  /** The levels of the backbone, finest first, then the maps of the neck, finest first. */
  readonly maps: readonly FeatureMap[];
  /** `[A, 4]`: by map, row, column and shape. */
  readonly anchors: NetworkBoxes;
  /** The maps with the anchors, finest first. */
  readonly grids: readonly AnchorGrid[];
  /** The shapes of all maps: those of the finest map first, and as many for each map. */
  readonly shapes: readonly Shape[];
  readonly trace: DetectionTrace;
  /** The input of the head for the first proposals: one map each, `outputSize` cells a side. */
  readonly regions: readonly FeatureMap[];
}

/** Number of proposals whose regions are returned. */
const REGIONS = 8;

/**
 * Runs one image through a detector and records what every stage makes of it. Leaves no tensors
 * behind.
 * @throws when the detector has no stages or no feature maps to look at, and when the image cannot
 * be decoded
 * @example
 * const inspection = await inspectImage(detector, test.images[0]);
 * await show(await figures.nmsSlider(inspection, detector.config.rpn.nmsIou));
 */
export async function inspectImage(detector: Detector, record: ImageRecord): Promise<Inspection> {
  const staged = requireTwoStages(detector);
  if (!staged.featureMaps)
    throw new Error(
      `the feature maps of the architecture '${detector.config.architecture}' cannot be shown`,
    );
  const { config, anchors, anchorGrids, classNames } = staged;
  const image = await loadRecordImage(record, config.data);
  const input = samplesToTensor([image]);
  const features = staged.frozenFeatures(input);
  const [trace] = staged.traceDetections(features);
  const { maps, regions } = staged.featureMaps(features, trace.proposals.slice(0, 4 * REGIONS));
  tf.dispose([input, features]);
  return {
    record,
    image,
    groundTruth: record.annotations.map(({ box }) => toNetwork(box, image.letterbox)),
    classNames,
    maps,
    anchors,
    grids: anchorGrids,
    shapes: anchorShapes(config.anchors),
    trace,
    regions,
  };
}

/**
 * The candidates of an inspection that another NMS threshold would leave.
 * @returns indices into the candidates, by falling score
 */
export function candidatesAfterNms({ trace }: Inspection, nmsIou: number): number[] {
  return Array.from(nms(trace.candidates, trace.candidateScores, nmsIou));
}

/**
 * The anchors of the candidates: their boxes before the region proposal network moved them.
 * @returns `[≤ proposalsBeforeNms, 4]`
 */
export function candidateAnchors({ trace, anchors }: Inspection): NetworkBoxes {
  return gatherBoxes(anchors, trace.candidateAnchors);
}
