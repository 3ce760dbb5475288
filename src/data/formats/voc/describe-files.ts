/** Turns the content of Pascal VOC files into images with their boxes. */
import { basename, extname } from "path";
import type { Box } from "../../../types";
import { pathBelow } from "../../folders";
import type { FormatOptions } from "../format";
import type { DescribedBox, DescribedImage } from "../shared/described-image";
import type { FileProblems } from "../shared/file-problems";
import { areFractions, FRACTIONS } from "../shared/fractions";
import { boxAroundRotated, rotatedBoxes } from "../shared/rotated-box";
import { ONLY_SPLIT, splitInFolders } from "../shared/split-names";
import { type ImageSet, setsOf } from "./image-sets";
import type { VocContent, VocObject } from "./parse-voc";
import type { VocFile } from "./xml-files";

/** The images of all files, with the splits they are in. */
export function describeFiles(
  root: string,
  context: {
    readonly files: readonly VocFile[];
    readonly sets: readonly ImageSet[];
    readonly options: FormatOptions;
    readonly problems: FileProblems;
  },
): DescribedImage[] {
  const { files, sets, options, problems } = context;
  const isFraction = files.map(({ content }) => areFractions(edgesOf(content.objects)));
  const inPixels = files.filter((_, i) => !isFraction[i]);
  const edges = inPixels.flatMap(({ content }) => edgesOf(content.objects));
  const firstPixel = options.firstPixel ?? guessFirstPixel(edges, problems);
  if (inPixels.length < files.length)
    problems.report(
      "warning",
      `files whose boxes are below 1 and are read as fractions of the image: ${files.length - inPixels.length}`,
    );
  const rotated = inPixels.flatMap(({ content }) =>
    content.objects.filter(({ edges, rotation }) => rotation && typeof edges !== "string"),
  );
  if (rotated.length) problems.report("warning", rotatedBoxes(rotated.length));
  return files.flatMap(({ path, content }, i): DescribedImage[] => {
    const image = unusableImage(path);
    const splits = splitsOf(root, path, sets);
    // That no list has it was reported.
    if (!splits.length) return [{ ...image, isLeftOut: true }];
    const names = content.fileName === null ? image.names : [...image.names, content.fileName];
    const boxes = boxesOf(content, {
      file: pathBelow(root, path),
      firstPixel,
      isFraction: isFraction[i],
      isDifficultLeftOut: options.difficult === "leave-out",
      problems,
    });
    return splits.map((split) => ({ ...image, names, split, size: content.size, ...boxes }));
  });
}

/** The image of a file whose annotations cannot be used. */
export function unusableImage(path: string): DescribedImage {
  const names = [basename(path, extname(path))];
  return { file: path, names, split: ONLY_SPLIT, size: null, boxes: [], leftOut: 0 };
}

/** The splits of an annotation file: of the lists that name it, else the one of its folders. */
function splitsOf(root: string, path: string, sets: readonly ImageSet[]): string[] {
  if (sets.length) return setsOf(path, sets).map(({ split }) => split);
  return [splitInFolders(pathBelow(root, path)) ?? ONLY_SPLIT];
}

/** The number of the first pixel: 1 as in the original data set, unless a box begins at 0. */
function guessFirstPixel(boxes: readonly Box[], problems: FileProblems): 0 | 1 {
  const zeros = boxes.filter(([x1, y1, x2, y2]) => (!x1 || !y1) && x1 < x2 && y1 < y2);
  if (!zeros.length) return 1;
  problems.report(
    "warning",
    `pixels are counted from 0, and not from 1 as in the original data set, because boxes begin at pixel 0: ${zeros.length}; the option 'firstPixel' says otherwise`,
  );
  return 0;
}

/** The boxes of the objects that have one, as they are written. */
function edgesOf(objects: readonly VocObject[]): Box[] {
  return objects.flatMap(({ edges }) => (typeof edges === "string" ? [] : [edges]));
}

/** The boxes of a file. Objects that cannot be used are reported and counted. */
function boxesOf(
  { objects }: VocContent,
  context: {
    readonly file: string;
    readonly firstPixel: 0 | 1;
    readonly isFraction: boolean;
    readonly isDifficultLeftOut: boolean;
    readonly problems: FileProblems;
  },
): { boxes: DescribedBox[]; leftOut: number } {
  const { file, firstPixel, isFraction, isDifficultLeftOut, problems } = context;
  const boxes = objects.flatMap(({ place, name, isDifficult, edges, rotation }): DescribedBox[] => {
    if (isDifficult && isDifficultLeftOut) return [];
    if (name === null || typeof edges === "string") {
      const fault = typeof edges === "string" ? edges : "has no name";
      problems.leaveOut("objects", `object ${place} ${fault}`, { file });
      return [];
    }
    if (isFraction) return [{ className: name, box: edges, place, ...FRACTIONS }];
    const box = inPixelsFromZero(edges, firstPixel);
    return [{ className: name, box: rotation ? boxAroundRotated(box, rotation) : box, place }];
  });
  return { boxes, leftOut: objects.length - boxes.length };
}

/**
 * A box in pixels that are counted from 0. Counted from 1, the edges are the first and the last
 * pixel of the box: the box from 1 to 2 is two pixels wide and begins at 0.
 */
function inPixelsFromZero([x1, y1, x2, y2]: Box, firstPixel: 0 | 1): Box {
  return [x1 - firstPixel, y1 - firstPixel, x2, y2];
}
