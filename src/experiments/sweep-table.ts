/** The table of a sweep. */
import { mean } from "simple-statistics";
import type { Metrics } from "../metrics/metrics";
import type { TextTable } from "../metrics/summary-table";
import { spread } from "./spread";
import type { Sweep, TrialResult } from "./sweep";
import { epochsText, valueText } from "./sweep-text";

/** Makes one cell of the values of all folds. */
type FormatValues = (values: readonly (number | null)[]) => string;

/** Further metrics, of the last round that a trial took part in. */
const LAST: readonly (readonly [string, (metrics: Metrics) => number | null])[] = [
  ["AP50", ({ classAgnostic }) => classAgnostic.AP50],
  ["AP75", ({ classAgnostic }) => classAgnostic.AP75],
  ["class-aware AP50", ({ classAware }) => classAware.AP50],
  ["class-aware AP", ({ classAware }) => classAware.AP],
];

/**
 * One row for each trial, from the best to the worst: its settings, the class-agnostic AP after
 * each round, and further metrics after the last round that it took part in.
 * @param format `spread` by default
 */
export function sweepTable(
  { epochs, results }: Pick<Sweep, "epochs" | "results">,
  format: FormatValues = spread,
): TextTable {
  const paths = Object.keys(results[0].settings);
  const rows = results.map((result) => {
    const { number, settings, rounds } = result;
    const values = (metrics: readonly Metrics[] | undefined, of: (m: Metrics) => number | null) =>
      metrics ? format(metrics.map(of)) : "";
    return [
      String(number),
      ...paths.map((path) => valueText(settings[path])),
      ...epochs.map((_, i) => values(rounds[i], ({ classAgnostic }) => classAgnostic.AP)),
      ...LAST.map(([, metric]) => values(rounds.at(-1), metric)),
      outcomeText(result, epochs),
    ];
  });
  const judged = epochs.map((count) => `AP after ${epochsText(count)}`);
  return {
    columns: ["trial", ...paths, ...judged, ...LAST.map(([name]) => name), "outcome"],
    rows,
  };
}

/** The mean of the values that are not null, with all its digits; empty without values. */
export function meanText(values: readonly (number | null)[]): string {
  const present = values.filter((value): value is number => value !== null);
  return present.length ? String(mean(present)) : "";
}

/** A table as Markdown. */
export function markdownTable({ columns, rows }: TextTable): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(columns), `|${" --- |".repeat(columns.length)}`, ...rows.map(line), ""].join("\n");
}

function outcomeText({ rounds, failure }: TrialResult, epochs: readonly number[]): string {
  if (failure !== null) return `failed: ${failure.split("\n")[0]}`;
  if (rounds.length === epochs.length) return "all epochs";
  return rounds.length ? `stopped after ${epochsText(epochs[rounds.length - 1])}` : "not finished";
}
