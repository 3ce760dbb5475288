/** The bench's results as a table for people and as JSON for programs. */
import type { Machine } from "./machine";
import { describeDistances } from "./agreement";
import type { CaseResult } from "./run-case";

/** What `results.json` holds. */
export interface BenchResults {
  readonly machine: Machine;
  readonly cases: readonly CaseResult[];
}

/** The old results with the new ones in their place; a case that was not there goes to the end. */
export function mergeCases(
  old: readonly CaseResult[],
  measured: readonly CaseResult[],
): CaseResult[] {
  const byName = new Map([...old, ...measured].map((result) => [result.name, result]));
  return [...byName.values()];
}

/** The ratio first, with the quartiles of the rounds' own ratios: what is to be trusted of it. */
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

/** `results.md`. */
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
    "results apart by",
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
      `load before each case ${span(loads)}. Below 1 this project is faster, or smaller. In brackets the quartiles over rounds. How to read it: [README.md](README.md).`,
    "",
    line(columns),
    line(columns.map(() => "---")),
    ...rows.map(line),
    "",
    "![ratios of time and of peak memory](results.svg)",
    "",
  ].join("\n");
}

/** What one case says on the terminal. */
export function describeCase(result: CaseResult): string {
  const [ratio, ours, reference, memoryRatio, memory] = caseCells(result);
  return `  ${ratio} of the reference's time: ${ours} against ${reference}; ${memoryRatio} of its memory: ${memory} MiB`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Three digits that mean something. */
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
