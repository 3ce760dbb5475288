/**
 * The interface of a data set format: how the files of a folder become images with annotations.
 *
 * A new format is one file that implements `DatasetFormat`, one line in `registry.ts` and its name
 * in `FORMAT_NAMES`. A format only lists images and reads their annotations. `read-dataset.ts` does
 * what all formats share: it decodes and hashes the images, finds patients and duplicates, checks
 * the splits and sorts the problems.
 */
import type { Annotation, DecodeOptions, GreyImage, Raster } from "../../types";
import type { Problem } from "../checks";
import type { Plane } from "../volumes/geometry";

/** The names of the formats in `registry.ts`. Commands list them without loading the formats. */
export const FORMAT_NAMES = ["yolo", "coco", "voc", "csv", "label-maps", "masks", "figshare"];

/** How sure a format can be that a folder is one of its data sets, from the least to the most. */
export const CONFIDENCES = ["low", "medium", "high"] as const;

/** Why a format takes a folder for one of its data sets. */
export interface Recognition {
  /**
   * `high`: the folder has files that only this format has. `medium`: its files fit this format,
   * and others may have them too. `low`: the folder can be read, but parts that the format expects
   * are missing.
   */
  readonly confidence: (typeof CONFIDENCES)[number];
  /**
   * What was found, for people to read, without a full stop: `labels/train is beside images/train`.
   */
  readonly evidence: string;
}

/** What may be done with objects that are marked as difficult. */
export const DIFFICULT_CHOICES = ["keep", "leave-out"] as const;

/** What may be done with images that no annotation file names. */
export const UNLISTED_CHOICES = ["leave-out", "no-boxes"] as const;

/** Options that a format may use. */
export interface FormatOptions {
  /** Names of the classes, by class index, in place of those in the data set's files. */
  readonly classNames?: readonly string[];
  /**
   * CSV: the columns that the table has, by what they contain: `{ file: "image", x1: "left" }`. A
   * number is the place of a column, counted from 1, in a table without a header.
   */
  readonly columns?: Readonly<Record<string, string>>;
  /**
   * Pascal VOC: objects that are marked as difficult are boxes like all others (`keep`, the
   * default), or they are left out.
   */
  readonly difficult?: (typeof DIFFICULT_CHOICES)[number];
  /**
   * Pascal VOC: the number of the first pixel. By default 1, as in the original data set, or 0 if a
   * box begins there.
   */
  readonly firstPixel?: 0 | 1;
  /**
   * COCO, Pascal VOC, CSV and masks: images that no annotation file names are left out (the
   * default), or they count as images without boxes.
   */
  readonly unlisted?: (typeof UNLISTED_CHOICES)[number];
  /** Scans with label maps: the plane of the slices that become images; axial by default. */
  readonly plane?: Plane;
  /** Scans with label maps: every n-th slice; by default slices that are about 5 mm apart. */
  readonly every?: number;
  /** Scans with label maps: slices without a lesion of each scan; 2 by default. */
  readonly lesionFree?: number;
  /**
   * Scans with label maps: the sequence that the images show, by a part of its name. A list of two
   * or three names: patients who lack one of them are left out, and the images show the first. To
   * make the sequences the channels of the network's input, name them in `data.channels`.
   */
  readonly sequence?: string | readonly string[];
  /** Scans with label maps: the classes, with their values in the label map. */
  readonly labels?: Readonly<Record<string, readonly number[]>>;
  /** Scans with label maps: a part of the file names of label maps. */
  readonly labelMap?: string;
  /**
   * Masks and figshare: pixels of the smallest region that is a box; 1 by default. An image is left
   * out if all its regions are smaller. Scans with label maps: pixels that a lesion covers in a
   * slice at least; 10 by default.
   */
  readonly minArea?: number;
}

/** The properties of an image that reading its annotations needs. */
export interface AnnotationContext {
  /** Size of the image in pixels, after its EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** Number of classes; null when neither the options nor the files name them. */
  readonly classCount: number | null;
}

/** The annotations of one image. */
export interface ImageAnnotations {
  /** Empty for an image without lesions, and where the annotations could not be read. */
  readonly annotations: readonly Annotation[];
  /** The image's patient, if the format stores it; otherwise it is looked for in its path. */
  readonly patient?: string;
  /** What is wrong with the annotations, including the reason why they could not be read. */
  readonly problems: readonly Problem[];
  /**
   * False if the image must be left out: its annotations cannot be used, and it would count as an
   * image without boxes.
   */
  readonly isUsable?: boolean;
  /**
   * Number of objects that are not boxes and became one, by what they are, for a note:
   * `polygons became their bounding boxes`.
   */
  readonly conversions?: Readonly<Record<string, number>>;
}

/** One image that a format found. */
export interface ListedImage {
  /** Absolute path of the file that contains the pixels. */
  readonly path: string;
  /**
   * The path in which the patient is looked for: below the folder of images, with forward slashes
   * and without its ending. By default below the folder of its split.
   */
  readonly name?: string;
  /** Which image of a file with several: `12` for a slice. It becomes a part of the image's id. */
  readonly part?: string;
  /**
   * Decodes a file that is not an image file: to grey pixels, or to values, which are then scaled
   * by the range of the data set. Without sequences in the options the image has one channel.
   */
  readonly decode?: (options?: DecodeOptions) => Promise<GreyImage | Raster>;
  /** Absolute path of the file that its annotations are read from; null if there is none. */
  readonly labelPath: string | null;
  /** Reads the image's annotations. Called at most once, and only if the image can be decoded. */
  annotate(context: AnnotationContext): Promise<ImageAnnotations>;
}

/** The images of one split. */
export interface ListedSplit {
  readonly name: string;
  /**
   * Absolute path that a problem with the split's name refers to: its folder, or the file that
   * names it.
   */
  readonly place: string;
  readonly images: readonly ListedImage[];
}

/** Everything that a format finds in a folder before an image is decoded. */
export interface Listing {
  readonly splits: readonly ListedSplit[];
  /** Null when the files do not name the classes. */
  readonly classNames: readonly string[] | null;
  /** Scans: the names of their channels by number, if the files have them. */
  readonly channelNames?: readonly string[];
  /** What is wrong with the folders and with the files that describe the data set. */
  readonly problems: readonly Problem[];
  /** Remarks that are not problems, for people to read; full sentences. */
  readonly notes: readonly string[];
}

/** One way to store a data set in a folder. */
export interface DatasetFormat {
  /** Short name in lower case: the value of the option `format`. */
  readonly name: string;
  /** The files that the format expects, for the end of a sentence that begins with `It has`. */
  readonly expects: string;
  /**
   * Decides from the names of files and folders, and from small files, whether a folder is a data
   * set of this format. Does not throw for a folder of another kind.
   */
  recognize(folder: string): Promise<Recognition | null>;
  /**
   * Says what a folder that is not recognized has of this format, and what is missing, in a
   * sentence; null if it has nothing of it.
   */
  explain?(folder: string): Promise<string | null>;
  /**
   * Lists the images of a data set. Reports what is wrong as problems.
   * @throws when no image can be found; the message says what was looked for
   */
  read(folder: string, options: FormatOptions): Promise<Listing>;
}
