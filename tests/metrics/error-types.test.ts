import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorTypes } from "../../src/metrics/error-types";
import type { Box } from "../../src/types";
import { assertClose } from "../assertions";
import { detection, groundTruth } from "./cases";

/**
 * The results of tidecv. In none of the cases does a recall fall on one of the 101 points of AP,
 * which the two programs would round differently.
 */
interface Answers {
  readonly ap: number;
  readonly counts: Record<string, number>;
  readonly costs: Record<string, number>;
  readonly falsePositiveCost: number;
  readonly falseNegativeCost: number;
}

interface Case {
  readonly classes: number;
  readonly images: readonly {
    readonly groundTruths: number[][];
    readonly detections: number[][];
  }[];
  readonly classAware: Answers;
  readonly classAgnostic: Answers;
}

/** Written by `make_tide.py`. */
const CASES = JSON.parse(
  readFileSync(join(__dirname, "../reference/tide.json"), "utf8"),
) as readonly Case[];
const boxOf = (row: readonly number[]): Box => [row[0], row[1], row[2], row[3]];

CASES.forEach((example, n) => {
  test(`case ${n}: counts and costs equal those of tidecv`, () => {
    const groundTruths = example.images.map(({ groundTruths: rows }, i) =>
      groundTruth(
        `${i}`,
        rows.map(boxOf),
        rows.map((row) => row[4]),
      ),
    );
    const found = example.images.map(({ detections: rows }, i) => ({
      imageId: `${i}`,
      detections: rows.map((row) =>
        detection(
          boxOf(row),
          row[5],
          Array.from({ length: example.classes }, (_, c) => Number(c === row[4])),
        ),
      ),
    }));
    for (const reading of ["classAware", "classAgnostic"] as const) {
      const answers = example[reading];
      const result = errorTypes(groundTruths, found, {
        classAware: reading === "classAware",
        scoreThreshold: 0,
      });
      assertClose(result.ap!, answers.ap, 1e-6, reading);
      assert.deepEqual(counts(result), answers.counts, reading);
      for (const { type, cost } of result.types)
        assertClose(cost, answers.costs[type], 1e-6, `${reading} ${type}`);
      assertClose(result.falsePositiveCost, answers.falsePositiveCost, 1e-6, reading);
      assertClose(result.falseNegativeCost, answers.falseNegativeCost, 1e-6, reading);
    }
  });
});

const COUNTS = {
  classification: 0,
  localization: 0,
  both: 0,
  duplicate: 0,
  background: 0,
  missed: 0,
};

function counts(result: ReturnType<typeof errorTypes>): Record<string, number> {
  return Object.fromEntries(result.types.map(({ type, count }) => [type, count]));
}

test("each type by hand; the wrong class is an error in the class-aware reading only", () => {
  const groundTruths = [
    groundTruth(
      "a",
      [
        [0, 0, 10, 10],
        [50, 50, 70, 70],
      ],
      [0, 1],
    ),
  ];
  const judged = (box: Box, classId = 0, classAware = true) => {
    const found = [
      {
        imageId: "a",
        detections: [
          detection([0, 0, 10, 10], 0.9, [1, 0]),
          detection(box, 0.5, classId ? [0, 1] : [1, 0]),
        ],
      },
    ];
    return counts(errorTypes(groundTruths, found, { classAware, scoreThreshold: 0 }));
  };
  assert.deepEqual(judged([0, 0, 10, 9]), { ...COUNTS, duplicate: 1, missed: 1 });
  assert.deepEqual(judged([80, 80, 90, 90]), { ...COUNTS, background: 1, missed: 1 });
  assert.deepEqual(judged([50, 50, 70, 68]), { ...COUNTS, classification: 1 });
  assert.deepEqual(judged([50, 50, 70, 68], 0, false), COUNTS);
  assert.deepEqual(judged([50, 50, 70, 58], 1), { ...COUNTS, localization: 1 });
  assert.deepEqual(judged([50, 50, 70, 58]), { ...COUNTS, both: 1, missed: 1 });
  assert.deepEqual(judged([50, 50, 70, 58], 0, false), { ...COUNTS, localization: 1 });
});

test("the threshold changes the counts, not the costs", () => {
  const groundTruths = [groundTruth("a", [[0, 0, 10, 10]])];
  const found = [
    {
      imageId: "a",
      detections: [detection([80, 80, 90, 90], 0.9), detection([0, 0, 10, 10], 0.4)],
    },
  ];
  const all = errorTypes(groundTruths, found, { classAware: false, scoreThreshold: 0 });
  const confident = errorTypes(groundTruths, found, { classAware: false, scoreThreshold: 0.5 });
  assert.deepEqual(
    [counts(all).missed, counts(confident).missed, counts(confident).background],
    [0, 1, 1],
  );
  assert.deepEqual(
    confident.types.map(({ cost }) => cost),
    all.types.map(({ cost }) => cost),
  );
  assertClose([all.ap!, all.falsePositiveCost, all.falseNegativeCost], [0.5, 0.5, 0]);
});

test("without boxes and detections there are no errors, and no AP", () => {
  const result = errorTypes([groundTruth("a", [])], [{ imageId: "a", detections: [] }], {
    classAware: true,
    scoreThreshold: 0,
  });
  assert.deepEqual([counts(result), result.ap], [COUNTS, null]);
  assert.ok(result.types.every(({ cost }) => cost === 0));
});
