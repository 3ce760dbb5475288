/** Problems of a data set. All of them are found before training and reported together. */

/** One thing that is wrong with a data set. */
export interface Problem {
  /** Errors stop training; warnings are listed. */
  readonly severity: "error" | "warning";
  /** Path below the data set's folder. */
  readonly file: string;
  /** Counted from 1. */
  readonly line?: number;
  /** What is wrong, and what to do about it. */
  readonly message: string;
  /** What problems of this kind have in common, in the plural: `repeated lines`. */
  readonly kind?: string;
  /** What is not used because of it. */
  readonly leftOut?: LeftOutUnit;
  /** How many problems this one stands for; 1 if it is missing. */
  readonly count?: number;
  /** Whether the option `strict` makes an error of the warning. */
  readonly isFault?: boolean;
}

/** What can be left out of a data set. */
export type LeftOutUnit = "box" | "image" | "file" | "split";

/**
 * A fault of a data set as a problem: what is wrong is left out with a warning, and the option
 * `strict` makes an error of it.
 */
export function fault(
  leftOut: LeftOutUnit,
  problem: Omit<Problem, "severity" | "leftOut" | "isFault">,
): Problem {
  return { ...problem, severity: "warning", leftOut, isFault: true };
}

/** How many things of each kind are left out. */
export type LeftOutCounts = Readonly<Record<LeftOutUnit, number>>;

/** Counts what problems left out. */
export function countLeftOut(problems: readonly Problem[]): LeftOutCounts {
  const counts = { box: 0, image: 0, file: 0, split: 0 };
  for (const { leftOut, count = 1 } of problems) if (leftOut) counts[leftOut] += count;
  return counts;
}

/** Characters of a piece of a file that a message shows. */
const MAX_QUOTED = 20;
/** Characters of a path or another message that a message shows. */
const MAX_SHOWN = 120;

/**
 * A problem as one line of text. Names and labels may contain line ends and characters that control
 * a terminal; they are printed as escapes.
 * @example
 * formatProblem(dataset.problems[0]); // error labels/train/00012_3.txt:2: expected 5 numbers …
 */
export function formatProblem({ severity, file, line, message, leftOut }: Problem): string {
  const place = `${file}${line === undefined ? "" : `:${line}`}`;
  const consequence = leftOut && severity === "warning" ? ` (${leftOut} left out)` : "";
  return printable(`${severity} ${place}${consequence}: ${message}`);
}

/** A piece of a file in quotes, shortened for a message. */
export function quoted(text: string): string {
  return `'${shortened(text, MAX_QUOTED)}'`;
}

/** The first characters of a text that may be very long. */
export function shortened(text: string, length = MAX_SHOWN): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** Replaces control characters, and those that change the direction of writing, by escapes. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}
