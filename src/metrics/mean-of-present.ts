/** A mean that leaves out metrics that do not exist. */
import { mean } from "simple-statistics";

/**
 * The mean of the values that are not null; null when all are null or there are none. A class or a
 * box size without boxes thus takes no part in a mean over classes or sizes.
 */
export function meanOfPresent(values: readonly (number | null)[]): number | null {
  const present = values.filter((value): value is number => value !== null);
  return present.length ? mean(present) : null;
}
