/** YOLO label files: one box a line, `class xc yc w h`, the last four as fractions of the image. */
import type { Annotation, Box } from "../../../types";
import { Problem, quoted } from "../../checks";

/** Coordinates this far outside the image are taken for rounding, and clipped with a warning. */
const ROUNDING = 1e-3;
/** Pixels; a box narrower than this inside the image has no size worth the name. */
const MIN_SIDE = 0.01;
/**
 * As many classes as a set may have: a higher number in a label is a slip, and would ask for as
 * many names.
 */
export const MOST_CLASSES = 1000;
/** Problems of one file that are told one by one; a file with more is wrong as a whole. */
const MOST_TOLD = 20;
/** Bytes; at some 40 a box, more boxes than an image can hold. */
export const MOST_LABEL_BYTES = 1_000_000;

export interface LabelContext {
  /** Pixels of the image. */
  readonly width: number;
  readonly height: number;
  /** Classes there are; null while they are not known. */
  readonly classCount: number | null;
  /** What problems call the file. */
  readonly file: string;
}

/**
 * The boxes of a label file, in pixels of the original image, and everything wrong with it. Lines
 * with errors give no box.
 */
export function parseLabels(
  text: string,
  context: LabelContext,
): { annotations: Annotation[]; problems: Problem[] } {
  const annotations: Annotation[] = [];
  const problems: Problem[] = [];
  const seen = new Map<string, Annotation>();
  text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .forEach((content, index) => {
      const fields = content.trim().split(/\s+/);
      if (fields[0] === "") return;
      const line = index + 1;
      const report = (severity: Problem["severity"], message: string): void => {
        problems.push({ severity, file: context.file, line, message });
      };

      const problem = lineError(fields, context.classCount);
      if (problem) return report("error", problem);
      const [xc, yc, w, h] = fields.slice(1).map(Number);
      const classId = Math.abs(Number(fields[0])); // never -0
      const key = [xc, yc, w, h].join(" ");
      const twin = seen.get(key);
      if (twin) {
        const difference = twin.classId === classId ? "" : ", of another class";
        return report(
          "error",
          `the same box as on line ${twin.line}${difference}: remove one of them`,
        );
      }
      const edges = [xc - w / 2, yc - h / 2, xc + w / 2, yc + h / 2];
      const clipped = edges.map((edge) => Math.min(Math.max(edge, 0), 1));
      const excess = Math.max(...edges.map((edge, i) => Math.abs(edge - clipped[i])));
      if (excess > ROUNDING)
        report(
          "warning",
          `the box reaches ${(100 * excess).toFixed(1)} % beyond the image: it was clipped`,
        );
      const { width, height } = context;
      const box: Box = [
        clipped[0] * width,
        clipped[1] * height,
        clipped[2] * width,
        clipped[3] * height,
      ];
      if (box[2] - box[0] < MIN_SIDE || box[3] - box[1] < MIN_SIDE)
        return report("error", `the box has no size (w ${w}, h ${h}): correct or remove the line`);
      const annotation = { classId, box, line };
      seen.set(key, annotation);
      annotations.push(annotation);
    });
  return { annotations, problems: inBrief(problems) };
}

/**
 * The first problems of a file, and how many more there are: a file of another kind has a fault in
 * each of its lines.
 */
function inBrief(problems: readonly Problem[]): Problem[] {
  const rest = problems.slice(MOST_TOLD);
  if (!rest.length) return [...problems];
  const severity = rest.some((problem) => problem.severity === "error") ? "error" : "warning";
  const message = `${rest.length} more problems from here on: is this a label file? If it is, correct the lines above first`;
  return [...problems.slice(0, MOST_TOLD), { ...rest[0], severity, message }];
}

/** What makes a line unusable, or null. */
function lineError(fields: readonly string[], classCount: number | null): string | null {
  if (fields.length > 5 && fields.length % 2 === 1) {
    return `${fields.length} numbers look like a segmentation polygon: write its box as 'class xc yc w h'`;
  }
  if (fields.length !== 5) {
    const commas = fields.length === 1 && fields[0].includes(",") ? ", separated by blanks" : "";
    return `expected 5 numbers (class xc yc w h)${commas}, found ${fields.length}: complete or remove the line`;
  }
  // Each character can match in one way only: a line of a million digits is refused as fast as it
  // is read.
  const bad = fields.find((field) => !/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(field));
  if (bad !== undefined) {
    const point = /^[+-]?\d+,\d+$/.test(bad)
      ? "write a decimal point"
      : "correct or remove the line";
    return `${quoted(bad)} is not a number: ${point}`;
  }
  const [classId, ...coordinates] = fields.map(Number);
  if (!Number.isInteger(classId) || classId < 0)
    return `the class ${quoted(fields[0])} is not a whole number from 0 up: correct the line`;
  if (classCount !== null && classId >= classCount) {
    return `class ${classId} is unknown: the set has classes 0 to ${classCount - 1}; name it in data.yaml or correct the line`;
  }
  if (classId >= MOST_CLASSES)
    return `class ${classId} is beyond ${MOST_CLASSES - 1}, the highest there can be: correct the line`;
  const negative = coordinates.findIndex((value, i) => i >= 2 && value < 0);
  if (negative >= 0)
    return `the ${negative === 2 ? "width" : "height"} ${quoted(fields[1 + negative])} is negative: correct or remove the line`;
  const outside = coordinates.findIndex((value) => value < -ROUNDING || value > 1 + ROUNDING);
  if (outside >= 0) {
    const written = fields[1 + outside].slice(0, 20);
    return `${written} is outside [0, 1]: coordinates are fractions of the image, not pixels`;
  }
  return null;
}

/** Boxes in pixels of the image as the text of a label file. */
export function formatLabels(
  boxes: readonly { classId: number; box: Box }[],
  { width, height }: { width: number; height: number },
): string {
  return boxes
    .map(({ classId, box: [x1, y1, x2, y2] }) => {
      const numbers = [
        (x1 + x2) / 2 / width,
        (y1 + y2) / 2 / height,
        (x2 - x1) / width,
        (y2 - y1) / height,
      ];
      return `${classId} ${numbers.map((number) => number.toFixed(6)).join(" ")}\n`;
    })
    .join("");
}
