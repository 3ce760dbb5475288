/** The results of the bench as a Markdown table. */
import type { Machine } from "./machine";
import { describeDistances } from "./agreement";
import type { CaseResult } from "./run-case";

/** The content of results.json. */
export interface BenchResults {
  readonly machine: Machine;
  readonly cases: readonly CaseResult[];
}

/** The results with new ones in place of old ones of the same case. New cases come last. */
export function mergeCases(
  old: readonly CaseResult[],
  measured: readonly CaseResult[],
): CaseResult[] {
  const byName = new Map([...old, ...measured].map((result) => [result.name, result]));
  return [...byName.values()];
}

/** The cells of a case: first the ratio, with the quartiles of the ratios of its rounds. */
export function caseCells(result: CaseResult): string[] {
  const { oursPeakMiB, referencePeakMiB, images } = result;
  const rate = (milliseconds: number) =>
    images ? `, ${significant((1000 * images) / milliseconds)} images/s` : "";
  return [
    `${result.ratio.toFixed(2)} (${result.ratioQuartiles.map((value) => value.toFixed(2)).join(" to ")})`,
    `${significant(result.oursMs)} ms${rate(result.oursMs)}`,
    `${significant(result.referenceMs)} ms${rate(result.referenceMs)}`,
    (oursPeakMiB / referencePeakMiB).toFixed(2),
    `${Math.round(oursPeakMiB)} / ${Math.round(referencePeakMiB)}`,
  ];
}

/** The content of results.md. */
export function markdownReport({ machine, cases }: BenchResults): string {
  const versions: Record<string, string> = Object.assign(
    {},
    ...cases.map((result) => result.versions),
  ) as never;
  const columns = [
    "case",
    "time, ours / reference",
    "ours",
    "reference",
    "peak memory, ours / reference",
    "MiB",
    "against",
    "distance of the results",
  ];
  const rows = cases.map((result) => [
    result.title,
    ...caseCells(result),
    result.reference,
    describeDistances(result.distances) || "not compared",
  ]);
  const loads = cases.map(({ load }) => load);
  return [
    "# What the bench measured",
    "",
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}; ` +
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ") +
      ".",
    "",
    `Measured ${span(cases.map(({ measured }) => measured.slice(0, 10)))}, ${span(cases.map(({ rounds }) => rounds))} rounds a case; ` +
      `load before each case ${span(loads)}. Below 1 this project is faster, or smaller. The brackets have the quartiles over the rounds. [README.md](README.md) explains the columns.`,
    "",
    line(columns),
    line(columns.map(() => "---")),
    ...rows.map(line),
    "",
    "![ratios of time and of peak memory](results.svg)",
    "",
  ].join("\n");
}

/** One case as a line for the terminal. */
export function describeCase(result: CaseResult): string {
  const [ratio, ours, reference, memoryRatio, memory] = caseCells(result);
  return `  ${ratio} of the reference's time: ${ours} against ${reference}; ${memoryRatio} of its memory: ${memory} MiB`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A number with three significant digits. */
function significant(value: number): string {
  return value >= 100
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(3)));
}

function span<T extends number | string>(values: readonly T[]): string {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : Number(a > b)));
  const [first, last] = [sorted[0], sorted[sorted.length - 1]];
  return first === last ? String(first) : `${first} to ${last}`;
}
