/**
 * Classes that probably mean that nothing is there. Some data sets draw a box around the whole head
 * of a person without a tumor, because their labelling program cannot store an image without boxes.
 */
import { quotedForShell } from "../../util/quoted-for-shell";
import type { ImageRecord } from "../../types";

/** A class that probably means that nothing is there. */
export interface BackgroundSuggestion {
  readonly classId: number;
  /** Number of its boxes. */
  readonly boxes: number;
  /** Those of them that cover most of their image. */
  readonly large: number;
  /** For people to read, with the option to use. */
  readonly text: string;
}

/** Share of the image's area: a larger box covers most of the image. */
const MOST_OF_IMAGE = 0.5;
/** Share of the boxes of a class that have to be as large. */
const NEARLY_ALL = 0.9;
/** Fewer boxes say nothing of a class. */
const MIN_BOXES = 5;

/**
 * The classes nearly all of whose boxes cover most of the image. Nothing is suggested if that is so
 * in every class.
 * @example
 * backgroundSuggestions(dataset.images, dataset.classNames).map(({ text }) => text);
 */
export function backgroundSuggestions(
  images: readonly ImageRecord[],
  classNames: readonly string[],
): BackgroundSuggestion[] {
  const boxes = classNames.map(() => ({ all: 0, large: 0 }));
  for (const { annotations, width, height } of images)
    for (const { classId, box } of annotations) {
      const share = ((box[2] - box[0]) * (box[3] - box[1])) / (width * height);
      boxes[classId].all++;
      if (share > MOST_OF_IMAGE) boxes[classId].large++;
    }
  const isSuspect = ({ all, large }: { all: number; large: number }) =>
    all >= MIN_BOXES && large >= NEARLY_ALL * all;
  const withBoxes = boxes.filter(({ all }) => all);
  if (withBoxes.every(isSuspect)) return [];
  return classNames.flatMap((name, classId) => {
    const { all, large } = boxes[classId];
    if (!isSuspect(boxes[classId])) return [];
    const text = `${large} of ${all} boxes of the class ${name} cover most of the image: if it means that nothing is there, use --background ${quotedForShell(name)}.`;
    return [{ classId, boxes: all, large, text }];
  });
}
