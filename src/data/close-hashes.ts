/**
 * Finds hashes that differ in few bits. Every hash is compared with every other, 32 bits at a time:
 * 20,000 slices take seconds.
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

/** Hashes as words of 32 bits, which are compared quickly. */
export class PackedHashes {
  /** Number of hashes. */
  readonly count: number;
  private readonly digits: number;
  private readonly words: Uint32Array;

  /**
   * @param hashes hexadecimal digits, all of the same length, which is a multiple of 8
   * @throws when their lengths are not
   */
  constructor(hashes: readonly string[]) {
    this.count = hashes.length;
    this.digits = hashes[0]?.length ?? 0;
    this.words = pack(hashes, this.digits);
  }

  /**
   * The hash that differs least from another one.
   * @returns its index and the number of different bits, the first one of several; null if all
   * differ in more than `maxDistance` bits
   */
  closest(hash: string, maxDistance: number): { index: number; distance: number } | null {
    if (!this.count) return null;
    const other = pack([hash], this.digits);
    let best: { index: number; distance: number } | null = null;
    for (let index = 0; index < this.count; index++) {
      const most = best ? best.distance - 1 : maxDistance;
      const distance = differentBits(
        { words: this.words, at: index * other.length },
        { words: other, at: 0 },
        { count: other.length, most },
      );
      if (distance <= most) best = { index, distance };
    }
    return best;
  }

  /** Calls `visit` for each pair, as `visitClosePairs` does. */
  visitPairs(maxDistance: number, visit: VisitPair): void {
    const { words, count } = this;
    const size = this.digits / DIGITS;
    for (let first = 0; first < count; first++) {
      for (let second = first + 1; second < count; second++) {
        // Written out: this loop runs n² / 2 times.
        let distance = 0;
        for (let w = 0; w < size && distance <= maxDistance; w++)
          distance += setBits(words[first * size + w] ^ words[second * size + w]);
        if (distance <= maxDistance) visit(first, second, distance);
      }
    }
  }
}

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
  new PackedHashes(hashes).visitPairs(maxDistance, visit);
}

/** @throws when a hash has another number of digits, or the number is not a multiple of 8 */
function pack(hashes: readonly string[], digits: number): Uint32Array {
  const odd = hashes.find(({ length }) => length !== digits || length % DIGITS);
  if (odd !== undefined)
    throw new Error(`a hash of ${odd.length} digits cannot be compared with one of ${digits}`);
  const size = digits / DIGITS;
  const words = new Uint32Array(size * hashes.length);
  hashes.forEach((hash, i) => {
    for (let w = 0; w < size; w++)
      words[i * size + w] = parseInt(hash.slice(w * DIGITS, (w + 1) * DIGITS), 16);
  });
  return words;
}

/** A hash among several. */
interface HashPlace {
  readonly words: Uint32Array;
  /** Index of its first word. */
  readonly at: number;
}

/** The number of different bits. Most pairs differ in more than `most` bits after a few words. */
function differentBits(
  first: HashPlace,
  second: HashPlace,
  { count, most }: { readonly count: number; readonly most: number },
): number {
  let distance = 0;
  for (let w = 0; w < count && distance <= most; w++)
    distance += setBits(first.words[first.at + w] ^ second.words[second.at + w]);
  return distance;
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
