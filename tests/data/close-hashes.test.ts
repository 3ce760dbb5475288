import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { visitClosePairs } from "../../src/data/close-hashes";
import { hammingDistance } from "./hamming-distance";

interface ClosePair {
  first: number;
  second: number;
  distance: number;
}

function closePairs(hashes: readonly string[], maxDistance: number): ClosePair[] {
  const pairs: ClosePair[] = [];
  visitClosePairs(hashes, maxDistance, (first, second, distance) => {
    pairs.push({ first, second, distance });
  });
  return pairs;
}

/** Hashes of 64 bits; some of them differ from the one before in one or two bits. */
const hashes = fc
  .array(fc.tuple(fc.bigInt(0n, 2n ** 64n - 1n), fc.boolean(), fc.nat(63), fc.nat(63)), {
    maxLength: 12,
  })
  .map((drawn) => {
    let last = 0n;
    return drawn.map(([value, isNear, a, b]) => {
      last = isNear ? last ^ (1n << BigInt(a)) ^ (1n << BigInt(b)) : value;
      return last.toString(16).padStart(16, "0");
    });
  });

test("the pairs are those that differ in few bits, for every limit", () => {
  fc.assert(
    fc.property(hashes, fc.nat(64), (drawn, maxDistance) => {
      const expected = drawn.flatMap((a, first) =>
        drawn.flatMap((b, second) => {
          const distance = hammingDistance(a, b);
          return first < second && distance <= maxDistance ? [{ first, second, distance }] : [];
        }),
      );
      assert.deepEqual(closePairs(drawn, maxDistance), expected);
    }),
  );
});

test("hashes of different lengths are refused", () => {
  assert.throws(
    () => closePairs(["00000000", "0000000000000000"], 3),
    /of 16 digits cannot be compared with one of 8/,
  );
  assert.deepEqual(closePairs([], 3), []);
});
