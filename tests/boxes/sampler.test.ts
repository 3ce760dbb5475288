import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BACKGROUND, IGNORED } from "../../src/boxes/matcher";
import { sampleMatches } from "../../src/boxes/sampler";
import { Random } from "../../src/util/random";

const assignment = Int32Array.from({ length: 100 }, (_, i) =>
  i < 10 ? i % 3 : i < 30 ? IGNORED : BACKGROUND,
);

test("the settings of the original experiment give three positives and three negatives", () => {
  const { positives, negatives } = sampleMatches(
    assignment,
    { samples: 6, positiveFraction: 0.5 },
    new Random(1),
  );
  assert.equal(positives.length, 3);
  assert.equal(negatives.length, 3);
});

test("background replaces missing positives, indices are unique and rising, and ignored candidates are never taken", () => {
  for (let seed = 0; seed < 20; seed++) {
    const { positives, negatives } = sampleMatches(
      assignment,
      { samples: 60, positiveFraction: 0.5 },
      new Random(seed),
    );
    assert.deepEqual([...positives], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(negatives.length, 50);
    assert.equal(new Set(negatives).size, 50);
    assert.ok(negatives.every((i) => assignment[i] === BACKGROUND));
    assert.deepEqual(
      [...negatives],
      [...negatives].sort((a, b) => a - b),
    );
  }
});

test("the sample is smaller when there are too few candidates", () => {
  const few = sampleMatches(
    Int32Array.of(BACKGROUND, 0),
    { samples: 256, positiveFraction: 0.5 },
    new Random(1),
  );
  assert.deepEqual([[...few.positives], [...few.negatives]], [[1], [0]]);
  const none = sampleMatches(
    new Int32Array(0),
    { samples: 6, positiveFraction: 0.5 },
    new Random(1),
  );
  assert.equal(none.positives.length + none.negatives.length, 0);
});

test("the same seed gives the same sample, and every candidate is equally probable", () => {
  const rule = { samples: 6, positiveFraction: 0.5 };
  assert.deepEqual(
    sampleMatches(assignment, rule, new Random(7)),
    sampleMatches(assignment, rule, new Random(7)),
  );
  const random = new Random(3);
  const taken = new Array<number>(10).fill(0);
  const rounds = 4000;
  for (let i = 0; i < rounds; i++)
    for (const p of sampleMatches(assignment, rule, random).positives) taken[p]++;
  // Expected 1200 each, standard deviation 29.
  taken.forEach((count, i) =>
    assert.ok(Math.abs(count - rounds * 0.3) < 150, `positive ${i} was taken ${count} times`),
  );
});

test("every sample has the right sizes, and contains each eligible candidate at most once", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(IGNORED, BACKGROUND, 0, 1, 7), { maxLength: 60 }),
      fc.nat(40),
      fc.constantFrom(0, 0.25, 1 / 3, 0.5, 1),
      fc.integer(),
      (matches, samples, positiveFraction, seed) => {
        const given = Int32Array.from(matches);
        const rule = { samples, positiveFraction };
        const { positives, negatives } = sampleMatches(given, rule, new Random(seed));
        assert.ok(
          positives.every((i) => matches[i] >= 0) &&
            negatives.every((i) => matches[i] === BACKGROUND),
        );
        for (const part of [positives, negatives]) {
          assert.ok(
            part.every((i, k) => k === 0 || i > part[k - 1]),
            "indices are rising, and therefore unique",
          );
        }
        const eligible = (test: (match: number) => boolean) => matches.filter(test).length;
        assert.equal(
          positives.length,
          Math.min(
            eligible((match) => match >= 0),
            Math.floor(samples * positiveFraction),
          ),
        );
        assert.equal(
          negatives.length,
          Math.min(
            eligible((match) => match === BACKGROUND),
            samples - positives.length,
          ),
        );
        assert.deepEqual(given, Int32Array.from(matches), "the assignment is not changed");
        assert.deepEqual(sampleMatches(given, rule, new Random(seed)), { positives, negatives });
      },
    ),
  );
});
