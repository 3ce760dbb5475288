/**
 * The shapes that travel between the parts of the detector; read this file first.
 *
 * Two conventions hold everywhere, unless a name says otherwise: boxes are `[x1, y1, x2, y2]` in
 * pixels of the network's input, and images are NHWC float32 tensors of values in [0, 255].
 *
 * Letters in the doc comments: A anchors, G truth boxes, R rois (proposals), C classes, N images of a batch.
 */

/** One box, `[x1, y1, x2, y2]`: left, top, right, bottom edge; width is `x2 - x1`. */
export type Box = readonly [number, number, number, number];

/** N boxes in one flat array of 4N numbers, box after box: what the inner loops work on. */
export type BoxArray = Float32Array;

/** One line of a label file. */
export interface Annotation {
  /** Index into the data set's class names. */
  readonly classId: number;
  /** In pixels of the original image (after its EXIF rotation). */
  readonly box: Box;
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

/** How original pixels map to the network's: `network = original * scale + (dx, dy)`, on both axes alike. */
export interface Letterbox {
  readonly scale: number;
  readonly dx: number;
  readonly dy: number;
  /** Side of the network's square input in pixels. */
  readonly size: number;
}

/** A decoded image at the network's input size, with its boxes in the same pixels. */
export interface Sample {
  readonly record: ImageRecord;
  /** `[size, size]` grey values, row by row: 8 bits each, 0 outside the image. */
  readonly pixels: Uint8Array;
  readonly letterbox: Letterbox;
  readonly boxes: readonly Box[];
  readonly classIds: readonly number[];
}

/** The truth of one image of a batch. */
export interface Truth {
  /** `[G, 4]` */
  readonly boxes: BoxArray;
  /** `[G]` */
  readonly classIds: Int32Array;
}

/** One found tumor. The pixels its box is in are named by the function that returns it. */
export interface Detection {
  readonly box: Box;
  /** Probability that the box holds a tumor of any class, in [0, 1]: what class-agnostic figures rank by. */
  readonly score: number;
  /** `[C]`, sums to 1: `score * classProbabilities[c]` is what class-aware figures rank by. */
  readonly classProbabilities: readonly number[];
  /** The class of highest probability. */
  readonly classId: number;
}

/** The truth of one image, as evaluation wants it; boxes in pixels of the original image. */
export interface ImageTruth {
  readonly imageId: string;
  readonly patient: string;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly classIds: readonly number[];
}

/** The detections of one image; boxes in pixels of the original image. */
export interface ImageDetections {
  readonly imageId: string;
  readonly detections: readonly Detection[];
}
