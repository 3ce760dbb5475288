/** YOLO label files: one box a line, `class xc yc w h`, the last four as fractions of the image. */
import type { Annotation, ImageBox } from "../../../types";
import { AnnotationCollector } from "../../annotation-collector";
import { type Problem, quoted } from "../../checks";
import { MAX_CLASSES } from "../../class-names";
import type { AnnotationContext } from "../format";

/** A center or a size this far outside [0, 1] is taken for a rounding error. */
const ROUNDING = 1e-3;
/** Bytes; with about 40 a box, more boxes than an image can have. */
export const MAX_LABEL_BYTES = 1_000_000;
/** Characters of a number that a message shows. */
const SHOWN_DIGITS = 20;

/** Each character can match in one way only, so that a line of a million digits takes no time. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;

/** The image and the name of a label file. */
export interface LabelContext extends AnnotationContext {
  /** The label file, as problems name it: its path below the data set's folder. */
  readonly file: string;
}

/**
 * Parses a label file.
 * @returns the boxes, clipped to the image (ImageBox), and everything that is wrong with the file;
 * a line with an error gives no box
 */
export function parseLabels(
  text: string,
  context: LabelContext,
): { annotations: Annotation[]; problems: Problem[] } {
  const collector = new AnnotationCollector(context);
  text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .forEach((content, index) => {
      const fields = content.trim().split(/\s+/);
      if (fields[0] === "") return;
      const line = index + 1;
      const error = lineError(fields, context.classCount);
      if (error !== null) return collector.report("error", line, error);
      const [classId, xc, yc, w, h] = fields.map(Number);
      const { width, height } = context;
      const box: ImageBox = [
        (xc - w / 2) * width,
        (yc - h / 2) * height,
        (xc + w / 2) * width,
        (yc + h / 2) * height,
      ];
      // `-0` is a valid number: the class is then 0.
      collector.add({ classId: Math.abs(classId), box, line });
    });
  return collector.result();
}

/** The reason why a line cannot be used; null if it can. */
function lineError(fields: readonly string[], classCount: number | null): string | null {
  if (fields.length > 5 && fields.length % 2 === 1)
    return `${fields.length} numbers look like a segmentation polygon: write its box as 'class xc yc w h'`;
  if (fields.length !== 5) {
    const commas = fields.length === 1 && fields[0].includes(",") ? ", separated by blanks" : "";
    return `expected 5 numbers (class xc yc w h)${commas}, found ${fields.length}: complete or remove the line`;
  }
  const wrong = fields.find((field) => !NUMBER.test(field));
  if (wrong !== undefined) {
    const remedy = DECIMAL_COMMA.test(wrong)
      ? "write a decimal point"
      : "correct or remove the line";
    return `${quoted(wrong)} is not a number: ${remedy}`;
  }
  return classError(fields[0], classCount) ?? coordinateError(fields);
}

function classError(field: string, classCount: number | null): string | null {
  const classId = Number(field);
  if (!Number.isInteger(classId) || classId < 0)
    return `the class ${quoted(field)} is not a whole number from 0 up: correct the line`;
  if (classCount !== null && classId >= classCount)
    return `class ${classId} is unknown: the data set has the classes 0 to ${classCount - 1}; name it in data.yaml or correct the line`;
  if (classId >= MAX_CLASSES)
    return `class ${classId} is higher than ${MAX_CLASSES - 1}, the highest possible class: correct the line`;
  return null;
}

/** @param fields the class and the four coordinates */
function coordinateError(fields: readonly string[]): string | null {
  const values = fields.map(Number);
  const negative = [3, 4].find((i) => values[i] < 0);
  if (negative !== undefined)
    return `the ${negative === 3 ? "width" : "height"} ${quoted(fields[negative])} is negative: correct or remove the line`;
  const outside = [1, 2, 3, 4].find((i) => values[i] < -ROUNDING || values[i] > 1 + ROUNDING);
  if (outside === undefined) return null;
  const value = fields[outside].slice(0, SHOWN_DIGITS);
  return `${value} is outside [0, 1]: coordinates are fractions of the image, not pixels`;
}

/**
 * The text of a label file.
 * @param boxes in pixels of the image
 * @param size of the image in pixels
 * @param digits after the decimal point
 */
export function formatLabels(
  boxes: readonly { readonly classId: number; readonly box: ImageBox }[],
  size: { readonly width: number; readonly height: number },
  digits = 6,
): string {
  const { width, height } = size;
  return boxes
    .map(({ classId, box: [x1, y1, x2, y2] }) => {
      const numbers = [
        (x1 + x2) / 2 / width,
        (y1 + y2) / 2 / height,
        (x2 - x1) / width,
        (y2 - y1) / height,
      ];
      return `${classId} ${numbers.map((number) => number.toFixed(digits)).join(" ")}\n`;
    })
    .join("");
}
