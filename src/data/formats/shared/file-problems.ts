/** Collects what is wrong with annotation files. */
import type { Problem } from "../../checks";

/** Problems of a kind that are reported one by one; of more, the number is reported. */
const MAX_PROBLEMS = 10;

/** The place of a problem within what a `FileProblems` is for. */
export interface ProblemPlace {
  readonly line?: number;
  /** The file, as a path below the data set's folder, if the problems are those of a folder. */
  readonly file?: string;
}

/** The problems of one annotation file, or of a folder of them. */
export class FileProblems {
  private readonly problems: Problem[] = [];
  private readonly counts = new Map<string, number>();

  /** @param file path below the data set's folder */
  constructor(private readonly file: string) {}

  /** Reports a problem. */
  report(severity: Problem["severity"], message: string, place: ProblemPlace = {}): void {
    this.problems.push({ severity, file: this.file, message, ...place });
  }

  /**
   * Reports a part that was left out. After ten of a kind only their number is reported.
   * @param kind the plural of the parts: `rows`
   */
  leaveOut(kind: string, message: string, place: ProblemPlace = {}): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count <= MAX_PROBLEMS) this.report("warning", `${message}: it was left out`, place);
  }

  /** Whether parts of a kind were left out. */
  hasLeftOut(kind: string): boolean {
    return this.counts.has(kind);
  }

  /** All problems, with the number of the parts that were left out, by kind. */
  result(): Problem[] {
    const totals = Array.from(this.counts).map(([kind, count]): Problem => ({
      severity: "warning",
      file: this.file,
      message: `${kind} that were left out: ${count}${count > MAX_PROBLEMS ? `, of which the first ${MAX_PROBLEMS} are listed` : ""}`,
    }));
    return [...this.problems, ...totals];
  }
}
