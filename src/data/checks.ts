/** What can be wrong with a data set, as data: all of it is found before training and told at once. */

export interface Problem {
  /** Errors stop training; warnings are listed. */
  readonly severity: "error" | "warning";
  /** Path below the data set's folder. */
  readonly file: string;
  /** Counted from 1. */
  readonly line?: number;
  /** What is wrong, and what to do about it. */
  readonly message: string;
}

/** `error labels/train/00012_3.txt:2: …` */
export function formatProblem({ severity, file, line, message }: Problem): string {
  return `${severity} ${file}${line === undefined ? "" : `:${line}`}: ${message}`;
}
