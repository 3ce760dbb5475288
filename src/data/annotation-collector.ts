/** The checks of boxes that all formats share. */
import type { Annotation, ImageBox } from "../types";
import { countLeftOut, fault, type Problem } from "./checks";

/**
 * Fraction of the image's side: a box that reaches no further outside is clipped without a warning.
 */
const ROUNDING = 1e-3;
/** Pixels; a box whose part inside the image is narrower counts as empty. */
const MIN_SIDE = 0.01;
/** Of more than ten times the image, a message gives no percentage. */
const MAX_EXCESS = 10;
/**
 * Problems of one file that are reported one by one; a file with more is probably of another kind.
 */
const MAX_PROBLEMS = 20;

/** What an annotation is in its file: a line of a text, or a part with a number of its own. */
export type AnnotationUnit = "line" | "annotation" | "object" | "region";

/** Collects the annotations of one image, and reports the boxes that cannot be used. */
export class AnnotationCollector {
  private readonly annotations: Annotation[] = [];
  private readonly problems: Problem[] = [];
  /** The annotation of each box so far, by the box's coordinates. */
  private readonly byBox = new Map<string, Annotation>();

  /**
   * @param image size of the image in pixels, and the file that problems are reported for, as a
   * path below the data set's folder
   * @param image.unit what the numbers of the annotations count; `line` by default
   */
  constructor(
    private readonly image: {
      readonly width: number;
      readonly height: number;
      readonly file: string;
      readonly unit?: AnnotationUnit;
    },
  ) {}

  /**
   * Reports a problem with an annotation.
   * @param place the line of the annotation, or its number
   */
  report(severity: Problem["severity"], place: number, message: string, kind?: string): void {
    this.problems.push({
      severity,
      ...this.placed(place, message),
      ...(kind === undefined ? {} : { kind }),
    });
  }

  /** Reports an annotation that cannot be used, so that its box is left out. */
  leaveOut(place: number, message: string, kind = this.kindOf("with faults")): void {
    this.problems.push(fault("box", { ...this.placed(place, message), kind }));
  }

  /** Where a problem is, and what is wrong. */
  private placed(place: number, message: string): Pick<Problem, "file" | "line" | "message"> {
    const { file, unit = "line" } = this.image;
    return unit === "line"
      ? { file, line: place, message }
      : { file, message: `${unit} ${place}: ${message}` };
  }

  /** What problems have in common: `repeated lines`, `objects with faults`. */
  private kindOf(words: "repeated" | "with faults"): string {
    const units = `${this.image.unit ?? "line"}s`;
    return words === "repeated" ? `${words} ${units}` : `${units} ${words}`;
  }

  /**
   * Adds a box, clipped to the image. A box that was added before, or that is empty inside the
   * image, is left out and reported instead.
   */
  add({ classId, box, line, ...rest }: Annotation): void {
    const { width, height, unit = "line" } = this.image;
    const key = box.join(" ");
    const earlier = this.byBox.get(key);
    if (earlier) {
      const difference = earlier.classId === classId ? "" : ", of another class";
      return this.leaveOut(
        line,
        `the same box as ${unit === "line" ? "on line" : unit} ${earlier.line}${difference}: remove one of them`,
        this.kindOf("repeated"),
      );
    }
    const sides = [width, height, width, height];
    const clipped = box.map((edge, i) =>
      Math.min(Math.max(edge, 0), sides[i]),
    ) as unknown as ImageBox;
    const excess = Math.max(...box.map((edge, i) => Math.abs(edge - clipped[i]) / sides[i]));
    if (excess > ROUNDING)
      this.report(
        "warning",
        line,
        `the box reaches ${percent(excess)} beyond the image: it was clipped`,
        "boxes that were clipped",
      );
    const [across, down] = [clipped[2] - clipped[0], clipped[3] - clipped[1]];
    if (across < MIN_SIDE || down < MIN_SIDE)
      return this.leaveOut(
        line,
        `the box is empty: ${pixels(across)} x ${pixels(down)} pixels inside the image; correct or remove it`,
        "empty boxes",
      );
    const annotation = { classId, box: clipped, line, ...rest };
    this.byBox.set(key, annotation);
    this.annotations.push(annotation);
  }

  /**
   * The annotations and problems so far. Of many problems only the first are returned, and one more
   * that has the number of the others: a file of another kind has an error in each of its lines.
   */
  result(): { annotations: Annotation[]; problems: Problem[] } {
    const { annotations } = this;
    const rest = this.problems.slice(MAX_PROBLEMS);
    if (!rest.length) return { annotations, problems: [...this.problems] };
    const hasErrors = rest.some((problem) => problem.severity === "error");
    const { box: count } = countLeftOut(rest);
    const more: Problem = {
      file: this.image.file,
      line: rest[0].line,
      severity: hasErrors ? "error" : "warning",
      message: `${rest.length} more problems from here on: is this a file of labels? If it is, correct the lines above first`,
      kind: "files with many problems",
      ...(count ? { leftOut: "box", count, isFault: !hasErrors } : {}),
    };
    return { annotations, problems: [...this.problems.slice(0, MAX_PROBLEMS), more] };
  }
}

/** A fraction for a message; of a box that is somewhere else, no digits. */
function percent(fraction: number): string {
  return fraction > MAX_EXCESS ? "far" : `${(100 * fraction).toFixed(1)} %`;
}

/** A length for a message. */
function pixels(length: number): string {
  return String(Number(length.toFixed(2)));
}
