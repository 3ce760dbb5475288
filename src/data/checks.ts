/**
 * What can be wrong with a data set, as data: all of it is found before training and told at once.
 */

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

/**
 * `error labels/train/00012_3.txt:2: …`, always on one line: names and labels may hold line ends
 * and what a terminal would obey.
 */
export function formatProblem({ severity, file, line, message }: Problem): string {
  return printable(`${severity} ${file}${line === undefined ? "" : `:${line}`}: ${message}`);
}

/** A piece of a file in quotes, as a message shows it. */
export function quoted(text: string): string {
  return `'${shortened(text, 20)}'`;
}

/** The first characters of a text that may have millions. */
export function shortened(text: string, length = 120): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** Control characters, and those that turn the direction of writing, as escapes. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}
