/** Fractions for people to read. */

/** A fraction as a percentage, for example `12 %`. */
export function percent(fraction: number): string {
  return `${Math.round(100 * fraction)} %`;
}
