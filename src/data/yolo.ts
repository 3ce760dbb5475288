/** YOLO label files: one box a line, `class xc yc w h`, the last four as fractions of the image. */
import type { Annotation, Box } from "../types";
import type { Problem } from "./checks";

/** Coordinates this far outside the image are taken for rounding, and clipped with a warning. */
const ROUNDING = 1e-3;
/** Pixels; a box narrower than this inside the image has no size worth the name. */
const MIN_SIDE = 0.01;

export interface LabelContext {
  /** Pixels of the image. */
  readonly width: number;
  readonly height: number;
  /** Classes there are; null while they are not known. */
  readonly classCount: number | null;
  /** What problems call the file. */
  readonly file: string;
}

/** The boxes of a label file, in pixels of the original image, and everything wrong with it. Lines with errors give no box. */
export function parseLabels(text: string, context: LabelContext): { annotations: Annotation[]; problems: Problem[] } {
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
      const [classId, xc, yc, w, h] = fields.map(Number);
      const key = [xc, yc, w, h].join(" ");
      const twin = seen.get(key);
      if (twin) {
        const difference = twin.classId === classId ? "" : ", of another class";
        return report("error", `the same box as on line ${twin.line}${difference}: remove one of them`);
      }
      const edges = [xc - w / 2, yc - h / 2, xc + w / 2, yc + h / 2];
      const clipped = edges.map((edge) => Math.min(Math.max(edge, 0), 1));
      const excess = Math.max(...edges.map((edge, i) => Math.abs(edge - clipped[i])));
      if (excess > ROUNDING)
        report("warning", `the box reaches ${(100 * excess).toFixed(1)} % beyond the image: it was clipped`);
      const { width, height } = context;
      const box: Box = [clipped[0] * width, clipped[1] * height, clipped[2] * width, clipped[3] * height];
      if (box[2] - box[0] < MIN_SIDE || box[3] - box[1] < MIN_SIDE)
        return report("error", `the box has no size (w ${w}, h ${h}): correct or remove the line`);
      const annotation = { classId, box, line };
      seen.set(key, annotation);
      annotations.push(annotation);
    });
  return { annotations, problems };
}

/** What makes a line unusable, or null. */
function lineError(fields: readonly string[], classCount: number | null): string | null {
  if (fields.length > 5 && fields.length % 2 === 1) {
    return `${fields.length} numbers look like a segmentation polygon: write its box as 'class xc yc w h'`;
  }
  if (fields.length !== 5)
    return `expected 5 numbers (class xc yc w h), found ${fields.length}: complete or remove the line`;
  const bad = fields.find((field) => !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(field));
  if (bad !== undefined) return `'${bad.slice(0, 20)}' is not a number: correct or remove the line`;
  const [classId, xc, yc, w, h] = fields.map(Number);
  if (!Number.isInteger(classId) || classId < 0) return `the class '${fields[0]}' is not a whole number from 0 up`;
  if (classCount !== null && classId >= classCount) {
    return `class ${classId} is unknown: the set has classes 0 to ${classCount - 1}; name it in data.yaml or correct the line`;
  }
  const outside = [xc, yc, w, h].find((value) => value < -ROUNDING || value > 1 + ROUNDING);
  if (outside !== undefined) return `${outside} is outside [0, 1]: coordinates are fractions of the image, not pixels`;
  return null;
}

/** Boxes in pixels of the image as the text of a label file. */
export function formatLabels(
  boxes: readonly { classId: number; box: Box }[],
  { width, height }: { width: number; height: number },
): string {
  return boxes
    .map(({ classId, box: [x1, y1, x2, y2] }) => {
      const numbers = [(x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height];
      return `${classId} ${numbers.map((number) => number.toFixed(6)).join(" ")}\n`;
    })
    .join("");
}
