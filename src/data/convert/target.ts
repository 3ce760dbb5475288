/** The interface of a format that data sets are converted to. */
import type { OutputImage } from "./output-names";

/** The names of the targets in `convert-dataset.ts`. Commands list them without loading them. */
export const TARGET_NAMES = ["yolo", "coco"] as const;

/** An image whose file was written. */
export interface PlacedImage extends OutputImage {
  /** Path of the image below the data set's folder, with forward slashes. */
  readonly file: string;
}

/** What is written about the images. */
export interface TargetFiles {
  /** Texts of the files by their paths below the data set's folder. */
  readonly files: ReadonlyMap<string, string>;
  /** What the format cannot hold, and what a reader must know; full sentences. */
  readonly remarks: readonly string[];
}

/** A format that data sets are converted to. */
export interface ConversionTarget {
  /** The value of the option `to`. */
  readonly name: string;
  /** The annotation files of images that are in `images/SPLIT`. */
  annotationFiles(images: readonly PlacedImage[], classNames: readonly string[]): TargetFiles;
}

/** A remark on splits that get another name when the data set is read again. */
export function renamedSplits(
  images: readonly PlacedImage[],
  readName: (folder: string) => string,
): string[] {
  const names = new Map(images.map(({ record, split }) => [record.split, readName(split)]));
  return Array.from(names)
    .filter(([before, after]) => before !== after)
    .map(([before, after]) => `The split '${before}' is called '${after}' now.`);
}
