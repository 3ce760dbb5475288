/** Quantiles of measurements. */

/**
 * The value below which a fraction of the values lies: the nearest one, without interpolation.
 * @param values in any order, at least one
 * @param fraction in [0, 1]
 */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))];
}
