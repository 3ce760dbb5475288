/** One image through every stage of the detector, in plain arrays: what a reader looks at to see how a detection comes about. */
import { type Shape, anchorShapes } from "../boxes/anchors";
import { boxCount, gatherBoxes } from "../boxes/box";
import { nms } from "../boxes/nms";
import { samplesToTensor } from "../data/augment";
import { toNetwork } from "../data/letterbox";
import { loadNetworkImage, type NetworkImage } from "../data/sample";
import { tf } from "../tensor/tensorflow";
import type { Box, BoxArray, ImageRecord } from "../types";
import type { DetectionTrace } from "../detectors/faster-rcnn/detection-trace";
import type { Detector } from "../detectors/detector";
import { FasterRCNN } from "../detectors/faster-rcnn/faster-rcnn";

/** How strongly each cell of a feature map answers: the mean over its channels of what they are in absolute value. */
export interface FeatureMap {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Pixels of the network's input from cell to cell. */
  readonly stride: number;
  /** `[height, width]`, row by row. */
  readonly values: Float32Array;
}

export interface Inspection {
  /** The image file. */
  readonly path: string;
  readonly image: NetworkImage;
  /** The tumors, in pixels of the network's input. */
  readonly truth: readonly Box[];
  readonly classNames: readonly string[];
  /** The backbone's levels, finest first, and last the neck's one map. */
  readonly maps: readonly FeatureMap[];
  /** `[A, 4]`: row, column, shape. */
  readonly anchors: BoxArray;
  readonly shapes: readonly Shape[];
  readonly trace: DetectionTrace;
  /** What the head sees of the first proposals: a map each, of `outputSize` cells a side. */
  readonly regions: readonly FeatureMap[];
}

/** Proposals whose regions are kept to be shown. */
const REGIONS = 8;

/**
 * Runs one image through a detector and keeps what every stage made of it. No tensor is left.
 * Throws for the original experiment's detector, which has other stages, and when the image cannot be decoded.
 */
export async function inspectImage(detector: Detector, record: ImageRecord): Promise<Inspection> {
  if (!(detector instanceof FasterRCNN)) {
    throw new Error("stages can be looked at in a FasterRCNN only (the presets default and accurate), not in the original's detector"); // prettier-ignore
  }
  const { config, anchors, classNames, backbone, stride } = detector;
  const image = await loadNetworkImage(record.path, config.data);
  const input = samplesToTensor([image]);
  const features = detector.frozenFeatures(input);
  const [trace] = detector.traceDetections(features);
  const rois = trace.proposals.slice(0, 4 * REGIONS);
  const strengths = tf.tidy(() => {
    const levels = detector.levelFeatures(features);
    const fused = detector.neck.forward(levels);
    const count = boxCount(rois);
    const regions = detector.cascade.heads[0].regionFeatures(fused, tf.tensor2d(rois, [count, 4]), tf.zeros([count], "int32")); // prettier-ignore
    return [...levels, fused, regions].map((map) => map.abs().mean<tf.Tensor3D>(3));
  });
  const answers = strengths.map((map) => ({ shape: map.shape, values: map.dataSync<"float32">() }));
  tf.dispose([input, features, strengths]);
  const regions = answers.pop()!;
  const fused = answers.pop()!;
  const maps = answers.map((level, i) => {
    const block = backbone.blocks[backbone.levels[i]];
    return featureMap(`backbone, stride ${block.stride}`, level, 0, block.stride, block.channels);
  });
  return {
    path: record.path,
    image,
    truth: record.annotations.map(({ box }) => toNetwork(box, image.letterbox)),
    classNames,
    maps: [...maps, featureMap(`neck, stride ${stride}`, fused, 0, stride, config.neck.channels)],
    anchors,
    shapes: anchorShapes(config.anchors),
    trace,
    regions: Array.from({ length: boxCount(rois) }, (_, i) => featureMap(`proposal ${i + 1}`, regions, i, 0, config.neck.channels)), // prettier-ignore
  };
}

/** The proposals another NMS threshold would leave of an inspection's candidates: indices, by falling score. */
export function candidatesAfterNms({ trace }: Inspection, nmsIou: number): number[] {
  return Array.from(nms(trace.candidates, trace.candidateScores, nmsIou));
}

/** The anchors that the candidates were before the region proposal network moved them, `[≤ proposalsBeforeNms, 4]`. */
export function candidateAnchors({ trace, anchors }: Inspection): BoxArray {
  return gatherBoxes(anchors, trace.candidateAnchors);
}

/** The n-th map of `[N, H, W]`. */
function featureMap(
  name: string,
  { shape, values }: { readonly shape: readonly number[]; readonly values: Float32Array },
  n: number,
  stride: number,
  channels: number,
): FeatureMap {
  const [, height, width] = shape;
  const cells = height * width;
  return { name, height, width, channels, stride, values: values.slice(n * cells, (n + 1) * cells) };
}
