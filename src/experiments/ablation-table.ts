/** The table of an ablation as Markdown. */
import { mean } from "simple-statistics";
import type { ApMetrics } from "../metrics/average-precision";
import type { Metrics } from "../metrics/metrics";
import { ABLATION_ROWS } from "./ablation-rows";
import { spread } from "./spread";

/** The metrics of one row on one fold. */
export interface AblationResult {
  readonly row: string;
  /** Counted from 0. */
  readonly fold: number;
  readonly metrics: Metrics;
}

const BASELINE = ABLATION_ROWS[0].name;
const COLUMNS = [
  "class-agnostic AP50",
  "AP75",
  "AP",
  `AP minus that of ${BASELINE}`,
  "class-aware AP50",
  "AP",
];

/**
 * A Markdown table with one line for each row: mean and standard deviation over its folds, and the
 * mean difference from the baseline on the folds that both have.
 */
export function ablationTable(results: readonly AblationResult[]): string {
  const names = [...new Set(results.map(({ row }) => row))];
  const lines = names.map((name) => {
    const ofRow = results.filter(({ row }) => row === name);
    const column = (reading: "classAgnostic" | "classAware", metric: keyof ApMetrics) =>
      spread(ofRow.map(({ metrics }) => metrics[reading][metric]));
    const cells = [
      column("classAgnostic", "AP50"),
      column("classAgnostic", "AP75"),
      column("classAgnostic", "AP"),
      name === BASELINE ? "" : gain(ofRow, results),
      column("classAware", "AP50"),
      column("classAware", "AP"),
    ];
    return `| ${name} | ${cells.join(" | ")} |`;
  });
  return [
    `| row | ${COLUMNS.join(" | ")} |`,
    `|${" --- |".repeat(COLUMNS.length + 1)}`,
    ...lines,
    "",
  ].join("\n");
}

/** Mean difference in class-agnostic AP from the baseline; `?` without a common fold. */
function gain(ofRow: readonly AblationResult[], results: readonly AblationResult[]): string {
  const differences = ofRow.flatMap(({ fold, metrics }) => {
    const baseline = results.find((result) => result.row === BASELINE && result.fold === fold);
    const before = baseline?.metrics.classAgnostic.AP ?? null;
    const { AP } = metrics.classAgnostic;
    return AP === null || before === null ? [] : [AP - before];
  });
  if (!differences.length) return "?";
  const difference = mean(differences);
  return `${difference < 0 ? "" : "+"}${difference.toFixed(3)}`;
}
