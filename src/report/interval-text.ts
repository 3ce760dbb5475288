/** What the intervals of a report mean, or why there are none. */
import type { DrawnUnits } from "../metrics/images-by-patient";

/**
 * Sentences about the intervals of the metrics.
 * @param units the patients, or groups of images, that the bootstrap draws
 * @param origin a sentence that says how the intervals were made
 */
export function intervalText(units: DrawnUnits, origin: string): string {
  const unit = unitName(units);
  if (units.patients < 2)
    return `There are no intervals: they need at least two ${unit}, and ${units.patients} was evaluated.`;
  return `${origin} They show how much the metrics vary with other ${unit}, not with another training.`;
}

/** What the bootstrap draws, in the plural. */
export function unitName({ grouped }: DrawnUnits): string {
  return grouped ? "groups of images" : "patients";
}
