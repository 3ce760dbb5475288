/** A choice of items where not all of them can be read or shown. */

/**
 * At most `count` items at equal distances, in their order; the first item is always among them.
 */
export function spread<T>(items: ArrayLike<T>, count: number): T[] {
  const all = Array.from(items);
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
}
