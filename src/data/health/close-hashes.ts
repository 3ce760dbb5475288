/**
 * All pairs of hashes that differ in few bits: every hash against every other, 32 bits at a time,
 * so that 20,000 slices take seconds.
 */

/** Hexadecimal digits of a word. */
const DIGITS = 8;

export interface ClosePair {
  /** Places in the list; `first` is the smaller. */
  readonly first: number;
  readonly second: number;
  /** Bits that differ. */
  readonly distance: number;
}

/**
 * Pairs of at most `maxDistance` differing bits, by first and then by second.
 * @param hashes hexadecimal digits, of one length, a multiple of 8
 * @throws when their lengths differ or are no such multiple
 */
export function closePairs(hashes: readonly string[], maxDistance: number): ClosePair[] {
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
  const pairs: ClosePair[] = [];
  for (let first = 0; first < hashes.length; first++) {
    for (let second = first + 1; second < hashes.length; second++) {
      let distance = 0;
      // Most pairs are too far apart after a few words.
      for (let w = 0; w < words && distance <= maxDistance; w++)
        distance += setBits(bits[first * words + w] ^ bits[second * words + w]);
      if (distance <= maxDistance) pairs.push({ first, second, distance });
    }
  }
  return pairs;
}

/**
 * Ones in a word of 32 bits, summed in pairs, then fours, then bytes (Warren 2012, Hacker's
 * Delight, section 5-1).
 */
function setBits(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
