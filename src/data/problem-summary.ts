/** Many problems of a data set in few lines: a few of each kind, and how many there are. */
import { countLeftOut, formatProblem, type LeftOutCounts, type Problem, shortened } from "./checks";
import { groupBy } from "../util/group-by";

/** Problems of a kind that are shown. */
const EXAMPLES = 3;

/** Problems that the error about a data set without images has, and characters of each. */
const [REASONS, REASON_LENGTH] = [2, 240];

/** What is left out, in singular and plural. */
const UNITS: Readonly<Record<keyof LeftOutCounts, readonly [string, string]>> = {
  box: ["box", "boxes"],
  image: ["image", "images"],
  file: ["file", "files"],
  split: ["split", "splits"],
};

/**
 * The problems by kind, for a terminal: the first of each kind, and the number of the others.
 * @returns lines of text, none without problems
 * @example
 * console.log(summarizeProblems(dataset.problems).join("\n"));
 */
export function summarizeProblems(problems: readonly Problem[]): string[] {
  const kinds = groupBy(problems, (problem) => `${problem.severity} ${kindOf(problem)}`);
  return Array.from(kinds.values()).flatMap((group) => {
    const shown = group.slice(0, EXAMPLES);
    const rest = total(group) - total(shown);
    const { kind } = group[0];
    const others = kind === undefined ? `${rest} more of this kind` : `${rest} more ${kind}`;
    return [...shown.map(formatProblem), ...(rest ? [`  … and ${others}`] : [])];
  });
}

/**
 * What was left out, in a sentence; null if nothing was.
 * @example
 * console.log(leftOutText(dataset.problems) ?? "Nothing was left out.");
 */
export function leftOutText(problems: readonly Problem[]): string | null {
  const counts = countLeftOut(problems.filter(({ severity }) => severity === "warning"));
  const parts = Object.entries(UNITS).flatMap(([unit, [one, many]]) => {
    const count = counts[unit as keyof LeftOutCounts];
    return count ? [`${count} ${count === 1 ? one : many}`] : [];
  });
  return parts.length ? `Left out: ${parts.join(", ")}.` : null;
}

/** That no image can be used, with the first problems: where there is an error, warnings are not printed. */
export function noImageText(problems: readonly Problem[]): string {
  const first = problems.slice(0, REASONS).map((p) => shortened(formatProblem(p), REASON_LENGTH));
  const rest = problems.length - first.length;
  const more = rest > 0 ? [`and ${rest} more problems`] : [];
  return ["none of its images can be read", ...first, ...more].join("; ");
}

/** All problems, one a line, for a file. */
export function problemsText(problems: readonly Problem[]): string {
  return problems.map((problem) => `${formatProblem(problem)}\n`).join("");
}

function total(problems: readonly Problem[]): number {
  return problems.reduce((sum, { count = 1 }) => sum + count, 0);
}

/** Problems without a kind are alike if their messages differ in names and numbers only. */
function kindOf({ kind, message }: Problem): string {
  return kind ?? message.replace(/'[^']*'|\([^)]*\)/g, "…").replace(/[\d.]+/g, "0");
}
