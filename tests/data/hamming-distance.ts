/** Compares hashes digit by digit: the reference for the fast comparison. */

/** Number of ones in each hexadecimal digit. */
const SET_BITS = [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4];

/**
 * Number of bits that differ between two hashes.
 * @throws when their lengths differ
 */
export function hammingDistance(a: string, b: string): number {
  if (a.length !== b.length)
    throw new Error(`hashes of ${a.length} and of ${b.length} digits cannot be compared`);
  let distance = 0;
  for (let i = 0; i < a.length; i++) distance += SET_BITS[parseInt(a[i], 16) ^ parseInt(b[i], 16)];
  return distance;
}
