/**
 * Finds all pairs of hashes that differ in few bits. Every hash is compared with every other, 32
 * bits at a time: 20,000 slices take seconds.
 */

/** Hexadecimal digits of a word of 32 bits. */
const DIGITS = 8;

/**
 * Receives a pair of hashes.
 * @param first index of the first hash
 * @param second index of the second hash, which is higher
 * @param distance number of bits that differ
 */
export type VisitPair = (first: number, second: number, distance: number) => void;

/**
 * Calls `visit` for each pair of hashes that differ in at most `maxDistance` bits, in the order of
 * the first and then of the second index. It keeps no list of pairs: n equal hashes have n² / 2.
 * @param hashes hexadecimal digits, all of the same length, which is a multiple of 8
 * @throws when their lengths are not
 */
export function visitClosePairs(
  hashes: readonly string[],
  maxDistance: number,
  visit: VisitPair,
): void {
  const digits = hashes[0]?.length ?? 0;
  const odd = hashes.find(({ length }) => length !== digits || length % DIGITS);
  if (odd !== undefined)
    throw new Error(`a hash of ${odd.length} digits cannot be compared with one of ${digits}`);
  const words = digits / DIGITS;
  const bits = new Uint32Array(words * hashes.length);
  hashes.forEach((hash, i) => {
    for (let w = 0; w < words; w++)
      bits[i * words + w] = parseInt(hash.slice(w * DIGITS, (w + 1) * DIGITS), 16);
  });
  for (let first = 0; first < hashes.length; first++) {
    for (let second = first + 1; second < hashes.length; second++) {
      let distance = 0;
      // Most pairs differ too much after a few words.
      for (let w = 0; w < words && distance <= maxDistance; w++)
        distance += setBits(bits[first * words + w] ^ bits[second * words + w]);
      if (distance <= maxDistance) visit(first, second, distance);
    }
  }
}

/**
 * Number of ones in a word of 32 bits, summed in pairs, then fours, then bytes (Warren 2012,
 * Hacker's Delight, section 5-1).
 */
function setBits(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
