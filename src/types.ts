/**
 * The data types that all parts of the project use. Read this file first.
 *
 * Two conventions are the same everywhere. Boxes are `[x1, y1, x2, y2]` in pixels, and their type
 * says whether these are pixels of the image or of the network's input. Images are NHWC float32
 * tensors with values from 0 to 255.
 *
 * Letters in the doc comments: A anchors, G ground-truth boxes, R RoIs (proposals), C classes, N
 * images of a batch.
 */

/**
 * One box, `[x1, y1, x2, y2]`: left, top, right and bottom edge. Its width is `x2 - x1`. This type
 * is for arithmetic in any frame of coordinates.
 */
export type Box = readonly [number, number, number, number];

/** `[N, 4]` boxes in one flat array, box after box, for fast loops. */
export type BoxArray = Float32Array;

/**
 * Marks a box with its frame of coordinates. The mark exists only for the compiler, which refuses a
 * box of one frame where the other is expected.
 */
declare const frame: unique symbol;

/** A box in pixels of the original image, after its EXIF rotation. */
export type ImageBox = Box & { readonly [frame]?: "image" };

/** A box in pixels of the network's input. */
export type NetworkBox = Box & { readonly [frame]?: "network" };

/** `[N, 4]` boxes in pixels of the network's input. */
export type NetworkBoxes = BoxArray & { readonly [frame]?: "network" };

/** A grey image. */
export interface GreyImage {
  /** `[height, width]` grey values from 0 to 255, row by row. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** An image in colors. */
export interface ColorImage {
  /** `[height, width, 3]` red, green and blue from 0 to 255, row by row. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
}

/** The numbers of an image as its file has them. */
export interface Raster {
  /**
   * `[height, width, C]`, row by row. Bytes are grey values or colors. Other numbers are values of
   * any scale, NaN where there is none: a range of values turns them into bytes.
   */
  readonly values: Uint8Array | Float32Array;
  readonly width: number;
  readonly height: number;
  /** C: 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
}

/** The values that become black and white, in the scale of an image's file. */
export type ValueRange = readonly [low: number, high: number];

/** One lesion that was annotated in an image. */
export interface Annotation {
  /** Index into the data set's class names. */
  readonly classId: number;
  readonly box: ImageBox;
  /**
   * Where the annotation is in its source, counted from 1: the line of a text file, or the position
   * in a list.
   */
  readonly line: number;
  /**
   * The lesion that it is a part of, where the format knows it: equal for the boxes of one lesion
   * in several slices.
   */
  readonly lesion?: string;
}

/** Recognizes an image by its content, in another folder and under another name. */
export interface Fingerprint {
  /** The first 128 bits of the SHA-256 of the size and the decoded pixels, in hexadecimal. */
  readonly pixels: string;
  /**
   * A perceptual hash of 256 bits, in hexadecimal: see `data/look-hash.ts`. Null for an image that
   * is too small or too smooth to be told from others.
   */
  readonly look: string | null;
}

/** What an image of a scan shows. */
export interface DecodeOptions {
  /**
   * Names of the two or three sequences that are the channels; by default the image is grey and
   * shows one sequence.
   */
  readonly sequences?: readonly string[] | null;
  /** Percentiles of the scan's values that become black and white, in percent. */
  readonly percentiles?: readonly [low: number, high: number];
}

/** One image of a data set, without its pixels; `decodeRecord` in `data/image.ts` reads them. */
export interface ImageRecord {
  /**
   * Unique in the data set: the path below the data set's folder, with forward slashes; with `#`
   * and a part if the file contains several images.
   */
  readonly id: string;
  /** Absolute path of the file that contains the pixels. */
  readonly path: string;
  /** Absolute path of the file that contains the annotations; null if there is none. */
  readonly labelPath: string | null;
  /** Name of the split, for example `train`. */
  readonly split: string;
  /** All images with the same value are of one patient. Null if the patient is not known. */
  readonly patient: string | null;
  /**
   * Images with the same value stay in the same part of the data set: images that are alike, where
   * the patient is not known. See `groupOf` in `data/groups.ts`.
   */
  readonly group?: string;
  /** What the image shows, whatever its name; undefined for an image that was not read. */
  readonly fingerprint?: Fingerprint;
  /** Size of the original image in pixels, after its EXIF rotation. */
  readonly width: number;
  readonly height: number;
  readonly annotations: readonly Annotation[];
  /** Decodes the pixels; undefined for an image file. Call `decodeRecord` instead. */
  readonly decode?: (options?: DecodeOptions) => Promise<GreyImage | Raster>;
  /**
   * The range of the training images of its data set, or of its fold; undefined for an image of 8
   * bits.
   */
  readonly valueRange?: ValueRange;
  /** The range of this image alone; undefined for an image of 8 bits. */
  readonly ownRange?: ValueRange;
}

/**
 * The map from pixels of the original image to pixels of the network's input:
 * `network = original * scale + (dx, dy)`, with the same scale on both axes.
 */
export interface Letterbox {
  readonly scale: number;
  readonly dx: number;
  readonly dy: number;
  /** Side of the network's square input in pixels. */
  readonly size: number;
}

/** A decoded image at the network's input size, with its ground truth. */
export interface Sample {
  readonly record: ImageRecord;
  /**
   * `[size, size]` grey values, or `[size, size, 3]` colors, from 0 to 255, row by row; 0 outside
   * the image.
   */
  readonly pixels: Uint8Array;
  readonly letterbox: Letterbox;
  readonly boxes: readonly NetworkBox[];
  readonly classIds: readonly number[];
}

/** The target of one image of a batch: its ground truth in pixels of the network's input. */
export interface Target {
  /** `[G, 4]` */
  readonly boxes: NetworkBoxes;
  /** `[G]` */
  readonly classIds: Int32Array;
}

/** One lesion that a detector found. */
export interface Detection<B extends Box = ImageBox> {
  readonly box: B;
  /**
   * Probability that the box contains a lesion of any class, in [0, 1]. Class-agnostic metrics rank
   * detections by it.
   */
  readonly score: number;
  /**
   * `[C]`, the sum is 1. Class-aware metrics rank detections by `score * classProbabilities[c]`.
   */
  readonly classProbabilities: readonly number[];
  /** Index of the class with the highest probability. */
  readonly classId: number;
}

/** A detection in pixels of the network's input. */
export type NetworkDetection = Detection<NetworkBox>;

/** The ground truth of one image, for evaluation. */
export interface ImageGroundTruth {
  readonly imageId: string;
  /** Null if the patient is not known. */
  readonly patient: string | null;
  /** As in `ImageRecord`: the images of a group count together where patients are not known. */
  readonly group?: string;
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
