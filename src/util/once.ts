/** Computes a value at most once. */

/** A function that calls `compute` at its first call and returns the same value at every call. */
export function once<T>(compute: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: compute() }).value;
}
