/** The summary metrics as a table for people to read. */
import type { SummaryIntervals } from "./bootstrap";
import { ABSENT, metricText } from "./metric-text";
import { absenceOf } from "./summary-metrics";

export interface TextTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * One row for each summary metric: name, value and interval. A metric that does not exist has a
 * dash and the reason, such as `— (no boxes)`.
 */
export function summaryTable({ confidence, figures }: SummaryIntervals): TextTable {
  return {
    columns: ["metric", "value", `${Math.round(100 * confidence)} % interval`],
    rows: figures.map(({ name, value, low, high }) => [
      name,
      value === null ? `${ABSENT} (${absenceOf(name)})` : metricText(value),
      low === null || high === null ? ABSENT : `${metricText(low)} to ${metricText(high)}`,
    ]),
  };
}
