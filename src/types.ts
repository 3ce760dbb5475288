/**
 * The data that travels between the parts of the project. Read this file first.
 *
 * Two conventions hold everywhere. Boxes are `[x1, y1, x2, y2]` in pixels; their type says which
 * pixels. Images are NHWC float32 tensors with values from 0 to 255.
 *
 * Letters in the doc comments: A anchors, G ground-truth boxes, R RoIs (proposals), C classes, N
 * images of a batch.
 */

/**
 * One box, `[x1, y1, x2, y2]`: left, top, right and bottom edge. Its width is `x2 - x1`. The frame
 * is that of the surrounding data.
 */
export type Box = readonly [number, number, number, number];

/** N boxes in one flat array of 4N numbers, box after box. The inner loops work on this. */
export type BoxArray = Float32Array;

/**
 * The frame that a box is measured in. The mark exists only for the compiler: it costs nothing at
 * run time, and a box of one frame is not accepted where the other is expected.
 */
declare const frame: unique symbol;
type InFrame<Boxes, Frame extends string> = Boxes & { readonly [frame]?: Frame };

/** A box in pixels of the original image, after its EXIF rotation. */
export type ImageBox = InFrame<Box, "image">;

/** A box in pixels of the network's input. */
export type NetworkBox = InFrame<Box, "network">;

/** `[N, 4]` boxes in pixels of the network's input. */
export type NetworkBoxes = InFrame<BoxArray, "network">;

/** One line of a label file. */
export interface Annotation {
  /** Index into the data set's class names. */
  readonly classId: number;
  readonly box: ImageBox;
  /** Line of the label file, counted from 1. */
  readonly line: number;
}

/** One image file of a data set with everything known of it before its pixels are decoded. */
export interface ImageRecord {
  /** Unique within the data set: its path below the data set's folder, with forward slashes. */
  readonly id: string;
  /** Absolute path of the image file. */
  readonly path: string;
  /** Absolute path of its label file; null where there is none (an image without boxes). */
  readonly labelPath: string | null;
  readonly split: string;
  readonly patient: string;
  /** Pixels of the original image, after its EXIF rotation. */
  readonly width: number;
  readonly height: number;
  readonly annotations: readonly Annotation[];
}

/**
 * How original pixels map to the network's: `network = original * scale + (dx, dy)`, on both axes
 * alike.
 */
export interface Letterbox {
  readonly scale: number;
  readonly dx: number;
  readonly dy: number;
  /** Side of the network's square input in pixels. */
  readonly size: number;
}

/** A decoded image at the network's input size, with its boxes. */
export interface Sample {
  readonly record: ImageRecord;
  /** `[size, size]` grey values, row by row: 8 bits each, 0 outside the image. */
  readonly pixels: Uint8Array;
  readonly letterbox: Letterbox;
  readonly boxes: readonly NetworkBox[];
  readonly classIds: readonly number[];
}

/**
 * What a detector learns from one image of a batch: its ground truth in pixels of the network's
 * input.
 */
export interface Target {
  /** `[G, 4]` */
  readonly boxes: NetworkBoxes;
  /** `[G]` */
  readonly classIds: Int32Array;
}

/** One tumor that a detector found. */
export interface Detection<B extends Box = ImageBox> {
  readonly box: B;
  /**
   * Probability that the box holds a tumor of any class, in [0, 1]. Class-agnostic metrics rank by
   * it.
   */
  readonly score: number;
  /** `[C]`, sums to 1. Class-aware metrics rank by `score * classProbabilities[c]`. */
  readonly classProbabilities: readonly number[];
  /** The class of the highest probability. */
  readonly classId: number;
}

/** A detection in pixels of the network's input. */
export type NetworkDetection = Detection<NetworkBox>;

/** The ground truth of one image, as evaluation uses it. */
export interface ImageGroundTruth {
  readonly imageId: string;
  readonly patient: string;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly ImageBox[];
  readonly classIds: readonly number[];
}

/** The detections of one image. */
export interface ImageDetections {
  readonly imageId: string;
  readonly detections: readonly Detection[];
}
