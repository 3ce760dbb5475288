/**
 * YOLO label files: one object a line, with coordinates as fractions of the image. A box is `class
 * xc yc w h`; a polygon or an oriented box is the class and the coordinates of its points, and
 * becomes its bounding box.
 */
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
  /** Whether numbers after a box are keypoints, not the points of a polygon. */
  readonly hasKeypoints?: boolean;
}

/** What a label file contains. */
export interface ParsedLabels {
  readonly annotations: Annotation[];
  readonly problems: Problem[];
  /** Number of lines of each kind that are not boxes and that became one. */
  readonly conversions: Readonly<Record<string, number>>;
  /** False if the file has lines and none of them gives a box. */
  readonly isUsable: boolean;
}

/** What a line is, for the conversions; null for a box. */
type LineKind = "polygon" | "four points" | "keypoints" | null;

/** Words for the kinds of lines that become a box. */
const CONVERSIONS: Readonly<Record<Exclude<LineKind, null>, string>> = {
  polygon: "polygons became their bounding boxes",
  "four points": "oriented boxes, or polygons of four points, became their bounding boxes",
  keypoints: "boxes have keypoints, which are not used",
};

/** Numbers of a line: class and box; the same with a confidence; class and four points. */
const [BOX, SCORED_BOX, FOUR_POINTS] = [5, 6, 9];
/** Numbers of a polygon of three points, with the class. */
const TRIANGLE = 7;

/**
 * Parses a label file, line by line: a file may have boxes and polygons.
 * @returns the boxes, clipped to the image (ImageBox), and everything that is wrong with the file;
 * a line with a fault gives no box
 */
export function parseLabels(text: string, context: LabelContext): ParsedLabels {
  const collector = new AnnotationCollector(context);
  const counts = new Map<string, number>();
  let lines = 0;
  text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .forEach((content, index) => {
      const fields = content.trim().split(/\s+/);
      if (fields[0] === "") return;
      lines++;
      const line = index + 1;
      const kind = kindOf(fields, context.hasKeypoints);
      const fault = lineFault(fields, kind);
      if (fault !== null) return collector.leaveOut(line, fault);
      const error = classError(fields[0], context.classCount);
      if (error !== null) return collector.report("error", line, error);
      if (fields.length === SCORED_BOX)
        collector.report(
          "warning",
          line,
          "it has a sixth number, which is not used: labels have no confidence; are these the detections of a model?",
          "lines with a sixth number",
        );
      if (kind) counts.set(CONVERSIONS[kind], (counts.get(CONVERSIONS[kind]) ?? 0) + 1);
      const box = kind === "polygon" || kind === "four points" ? hull(fields) : centered(fields);
      const { width, height } = context;
      const inPixels: ImageBox = [box[0] * width, box[1] * height, box[2] * width, box[3] * height];
      // `-0` is a valid number: the class is then 0.
      collector.add({ classId: Math.abs(Number(fields[0])), box: inPixels, line });
    });
  const { annotations, problems } = collector.result();
  const hasFaults = problems.some(({ leftOut }) => leftOut);
  const isUsable = !lines || annotations.length > 0 || !hasFaults;
  return { annotations, problems, conversions: Object.fromEntries(counts), isUsable };
}

function kindOf({ length }: readonly string[], hasKeypoints = false): LineKind {
  if (hasKeypoints) return length > BOX ? "keypoints" : null;
  if (length === FOUR_POINTS) return "four points";
  return length >= TRIANGLE && length % 2 ? "polygon" : null;
}

/** Left, top, right and bottom of `class xc yc w h`, as fractions. */
function centered(fields: readonly string[]): [number, number, number, number] {
  const [, xc, yc, w, h] = fields.map(Number);
  return [xc - w / 2, yc - h / 2, xc + w / 2, yc + h / 2];
}

/** Left, top, right and bottom of the points of a polygon, as fractions. */
function hull(fields: readonly string[]): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 1; i < fields.length; i += 2) {
    const [x, y] = [Number(fields[i]), Number(fields[i + 1])];
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/** The reason why a line cannot be used, apart from its class; null if it can. */
function lineFault(fields: readonly string[], kind: LineKind): string | null {
  const { length } = fields;
  if (kind === null && length > SCORED_BOX)
    return `${length} numbers are neither a box (class xc yc w h) nor a polygon (class and pairs of coordinates): complete or remove the line`;
  if (length < BOX) {
    const commas = length === 1 && fields[0].includes(",") ? ", separated by blanks" : "";
    return `expected 5 numbers (class xc yc w h)${commas}, found ${length}: complete or remove the line`;
  }
  const wrong = fields.find((field) => !NUMBER.test(field));
  if (wrong !== undefined) {
    const remedy = DECIMAL_COMMA.test(wrong)
      ? "write a decimal point"
      : "correct or remove the line";
    return `${quoted(wrong)} is not a number: ${remedy}`;
  }
  const classId = Number(fields[0]);
  if (!Number.isInteger(classId) || classId < 0)
    return `the class ${quoted(fields[0])} is not a whole number from 0 up: correct the line`;
  const isPolygon = kind === "polygon" || kind === "four points";
  return coordinateFault(isPolygon ? fields : fields.slice(0, BOX), isPolygon);
}

function classError(field: string, classCount: number | null): string | null {
  const classId = Number(field);
  if (classCount !== null && classId >= classCount)
    return `class ${classId} is unknown: the data set has the classes 0 to ${classCount - 1}; name it in data.yaml or correct the line`;
  if (classId >= MAX_CLASSES)
    return `class ${classId} is higher than ${MAX_CLASSES - 1}, the highest possible class: correct the line`;
  return null;
}

/** @param fields the class and the coordinates */
function coordinateFault(fields: readonly string[], isPolygon: boolean): string | null {
  const values = fields.map(Number);
  const negative = isPolygon ? undefined : [3, 4].find((i) => values[i] < 0);
  if (negative !== undefined)
    return `the ${negative === 3 ? "width" : "height"} ${quoted(fields[negative])} is negative: correct or remove the line`;
  const outside = values.findIndex((value, i) => i && (value < -ROUNDING || value > 1 + ROUNDING));
  if (outside < 0) return null;
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
