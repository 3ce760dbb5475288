/** Collects what is wrong with one annotation file. */
import type { Problem } from "../../checks";

/** Problems of a kind that are reported one by one; of more, the number is reported. */
const MAX_PROBLEMS = 10;

/** The problems of one annotation file, or of a folder of them. */
export class FileProblems {
  private readonly problems: Problem[] = [];
  private readonly counts = new Map<string, number>();

  /** @param file path below the data set's folder */
  constructor(private readonly file: string) {}

  /** Reports a problem of the file as a whole. */
  report(severity: Problem["severity"], message: string, line?: number): void {
    this.problems.push({
      severity,
      file: this.file,
      message,
      ...(line === undefined ? {} : { line }),
    });
  }

  /**
   * Reports a part of the file that was left out. After ten of a kind only their number is
   * reported.
   * @param kind the plural of the parts: `rows`
   */
  leaveOut(kind: string, message: string, line?: number): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count <= MAX_PROBLEMS) this.report("warning", `${message}: it was left out`, line);
  }

  /** All problems, with the number of the parts that were left out, by kind. */
  result(): Problem[] {
    const totals = Array.from(this.counts).map(([kind, count]): Problem => ({
      severity: "warning",
      file: this.file,
      message: `${count} of its ${kind} ${count === 1 ? "was" : "were"} left out${count > MAX_PROBLEMS ? `; the first ${MAX_PROBLEMS} are listed` : ""}`,
    }));
    return [...this.problems, ...totals];
  }
}
