/** Measures the training part of a data set: the numbers that a plan is made from. */
import { headSquare } from "../data/crop-to-head";
import type { Dataset } from "../data/dataset";
import { channelsOf, decodeRecord } from "../data/image";
import { loadAhead } from "../data/loader";
import type { ColorImage, GreyImage, ImageRecord } from "../types";
import { presets } from "../config/index";
import { spread } from "../util/spread";
import { namesSide } from "./side-names";

/** At most this many images are decoded, evenly spread over the part. */
const MAX_DECODED = 400;

/** If fewer of them have boxes, up to this many images with boxes are decoded as well. */
const MIN_WITH_BOXES = 200;

/** Images that are decoded together. */
const BATCH = 8;

/**
 * An image has colors when its channels differ by more than this in one of its pixels. JPEG files
 * of grey images differ by a few levels.
 */
const COLOR_DIFFERENCE = 16;

/** A box is cut by the crop when more than this fraction of its side is outside. */
const CUT = 0.05;

/** The crop whose effect is measured. */
export const MEASURED_CROP = presets.default.data.cropToHead!;

/** One image, in pixels of the original image. */
export interface ImageView {
  readonly longerSide: number;
  /** Side of the square around the head, as `headSquare` finds it. */
  readonly headSide: number;
  readonly isColored: boolean;
  readonly boxes: readonly BoxView[];
}

/** One box, in pixels of the original image. */
export interface BoxView {
  readonly width: number;
  readonly height: number;
  /** Whether a part of it is outside the square around the head. */
  readonly isCut: boolean;
}

/** The number of boxes of a class. */
export interface ClassCount {
  readonly name: string;
  readonly boxes: number;
}

/** What is known of the training part of a data set. */
export interface TrainingStatistics {
  /** Number of images. */
  readonly images: number;
  /** Number of images without a box. */
  readonly emptyImages: number;
  /** Number of patients; of groups of images that are alike, where patients are not known. */
  readonly groups: number;
  readonly arePatientsKnown: boolean;
  /** By class index. */
  readonly classes: readonly ClassCount[];
  /** Largest number of boxes of an image. */
  readonly mostBoxes: number;
  /** Class names that name a side, for example `left lung`. */
  readonly sideClasses: readonly string[];
  /** Number of images whose file name names a side. */
  readonly sideFiles: number;
  /** The decoded images: all of them, or some that are evenly spread over the part. */
  readonly views: readonly ImageView[];
}

/**
 * Measures the training part of a data set. Some hundred images are decoded.
 * @param train the training part: validation and test images must not be in it
 * @param signal stops after the current batch of images, with its reason
 * @throws when there are no images or no boxes, and when an image cannot be decoded
 * @example
 * const statistics = await measureTraining(dataset.partition({ seed: 1 }).train);
 */
export async function measureTraining(
  train: Dataset,
  signal?: AbortSignal,
): Promise<TrainingStatistics> {
  const { images, classNames } = train;
  if (!train.boxCount)
    throw new Error(
      `${train.root}: the training part has ${images.length} images and no boxes: nothing can be planned`,
    );
  const decoded = imagesToDecode(images);
  const views: ImageView[] = [];
  for await (const batch of loadAhead(decoded, BATCH, viewOf)) {
    signal?.throwIfAborted();
    views.push(...batch);
  }
  const annotations = images.flatMap((image) => image.annotations);
  return {
    images: images.length,
    emptyImages: images.filter((image) => !image.annotations.length).length,
    groups: train.groups.length,
    arePatientsKnown: train.arePatientsKnown,
    classes: classNames.map((name, id) => ({
      name,
      boxes: annotations.filter(({ classId }) => classId === id).length,
    })),
    mostBoxes: images.reduce((most, image) => Math.max(most, image.annotations.length), 0),
    sideClasses: classNames.filter(namesSide),
    sideFiles: images.filter(({ id }) => namesSide(id.slice(id.lastIndexOf("/") + 1))).length,
    views,
  };
}

/** Some of the images, in their order. Where boxes are rare, images with boxes are added. */
function imagesToDecode(images: readonly ImageRecord[]): readonly ImageRecord[] {
  const hasBoxes = (image: ImageRecord) => image.annotations.length > 0;
  const even = spread(images, MAX_DECODED);
  if (even.filter(hasBoxes).length >= MIN_WITH_BOXES) return even;
  const chosen = new Set([...even, ...spread(images.filter(hasBoxes), MIN_WITH_BOXES)]);
  return images.filter((image) => chosen.has(image));
}

async function viewOf(record: ImageRecord): Promise<ImageView> {
  const image = await decodeRecord(record, { channels: "rgb" });
  const [left, top, right, bottom] = headSquare(image, MEASURED_CROP);
  return {
    longerSide: Math.max(image.width, image.height),
    headSide: right - left,
    isColored: hasColors(image),
    boxes: record.annotations.map(({ box: [x1, y1, x2, y2] }) => {
      const [width, height] = [x2 - x1, y2 - y1];
      const outside = Math.max(left - x1, top - y1, x2 - right, y2 - bottom);
      return { width, height, isCut: outside > CUT * Math.min(width, height) };
    }),
  };
}

function hasColors(image: GreyImage | ColorImage): boolean {
  if (channelsOf(image) === 1) return false;
  const { pixels } = image;
  for (let i = 0; i < pixels.length; i += 3) {
    const [red, green, blue] = [pixels[i], pixels[i + 1], pixels[i + 2]];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > COLOR_DIFFERENCE) return true;
  }
  return false;
}
