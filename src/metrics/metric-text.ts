/** Metrics as text, the same in every table and every line of output. */

/** Stands in tables for a metric that does not exist. */
export const ABSENT = "—";

const PLACES = 3;

/**
 * A metric with three decimal places, or `—` when it does not exist.
 * @example
 * console.log(`AP ${metricText(metrics.classAgnostic.AP)}`);
 */
export function metricText(value: number | null): string {
  return value === null ? ABSENT : value.toFixed(PLACES);
}
