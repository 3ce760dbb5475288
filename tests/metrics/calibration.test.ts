import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  fitTemperature,
  reliability,
  ScoredOutcomes,
  scoredOutcomes,
  temperedDetections,
  temperedOutcomes,
  temperedScore,
} from "../../src/metrics/calibration";
import { detection, groundTruth } from "./cases";
import { assertClose, statistics } from "./statistics";

const outcomesOf = (scores: readonly number[], hits: readonly number[]): ScoredOutcomes => ({
  iou: 0.5,
  minScore: 0,
  temperature: 1,
  outcomes: scores.map((score, i) => ({ score, hit: hits[i] === 1 })),
});

describe("calibration against scikit-learn and NumPy", () => {
  for (const example of statistics.calibration) {
    const outcomes = outcomesOf(example.scores, example.hits);
    test(`${example.name}: bins and errors`, () => {
      const result = reliability(outcomes);
      assert.deepEqual(
        result.bins.map(({ count }) => count),
        example.counts,
      );
      const filled = result.bins.filter(({ count }) => count);
      filled.forEach(({ score, precision }, i) => {
        assertClose(score, example.confidence[i], 1e-12, "mean score");
        assertClose(precision, example.precision[i], 1e-12, "precision");
      });
      assertClose(result.ece, example.ece, 1e-12, "ECE");
      assertClose(result.worst, example.worst, 1e-12, "worst bin");
      assertClose(result.brier, example.brier, 1e-12, "Brier score");
      assert.equal(result.detections, example.scores.length);
    });

    test(`${example.name}: temperature`, () => {
      const fitted = fitTemperature(outcomes);
      // The tolerance is that of the optimizer of scikit-learn.
      assertClose(
        fitted.temperature,
        example.temperature,
        1e-5 * example.temperature,
        "temperature",
      );
      assertClose(fitted.lossBefore, example.lossBefore, 1e-9, "loss before");
      assertClose(fitted.lossAfter, example.lossAfter, 1e-9, "loss after");
      assert.equal(fitted.bound, null);
      assert.ok(fitted.lossAfter <= fitted.lossBefore);
    });
  }
});

describe("calibration by hand", () => {
  test("a temperature is fitted on one part and applied to another", () => {
    // Three of four scores of 0.9 are right: their logit, log 9, should be log 3, which is half of
    // it.
    const fitted = fitTemperature(outcomesOf([0.9, 0.9, 0.9, 0.9], [1, 1, 1, 0]));
    assertClose(fitted.temperature, 2, 1e-9, "temperature");
    const other = [
      {
        imageId: "b",
        detections: [
          detection([0, 0, 1, 1], 0.9),
          detection([0, 0, 1, 1], 0.1),
          detection([0, 0, 1, 1], 0.5),
        ],
      },
    ];
    const [{ imageId, detections }] = temperedDetections(other, fitted);
    assert.equal(imageId, "b");
    detections.forEach(({ score }, i) =>
      assertClose(score, [0.75, 0.25, 0.5][i], 1e-9, "tempered score"),
    );
    assert.deepEqual(detections[0].box, [0, 0, 1, 1]);
    const tempered = temperedOutcomes(
      { ...outcomesOf([0.9, 0.1], [1, 0]), minScore: 0.05 },
      fitted,
    );
    assert.deepEqual([tempered.temperature, tempered.minScore], [fitted.temperature, 0.05]);
    assertClose(tempered.outcomes[0].score, 0.75, 1e-9, "tempered outcome");
    assert.equal(reliability(tempered).temperature, fitted.temperature);
  });

  test("a temperature of 1 changes nothing, and no temperature changes the order", () => {
    const scores = [0, 1e-3, 0.2, 0.5, 0.77, 0.999, 1];
    scores
      .slice(1, -1)
      .forEach((score) => assertClose(temperedScore(score, 1), score, 1e-12, "score"));
    for (const temperature of [0.2, 3]) {
      const tempered = scores.map((score) => temperedScore(score, temperature));
      assert.deepEqual(
        tempered,
        [...tempered].sort((a, b) => a - b),
      );
      assert.ok(tempered.every((score) => score >= 0 && score <= 1));
    }
  });

  test("when no temperature is best, the end of the range is returned and named", () => {
    const sharp = fitTemperature(outcomesOf([0.9, 0.6, 0.4, 0.1], [1, 1, 0, 0]));
    assert.deepEqual([sharp.temperature, sharp.bound], [0.01, "low"]);
    const upsideDown = fitTemperature(outcomesOf([0.9, 0.6, 0.4, 0.1], [0, 0, 1, 1]));
    assert.deepEqual([upsideDown.temperature, upsideDown.bound], [100, "high"]);
    assert.ok(upsideDown.lossAfter < upsideDown.lossBefore);
  });

  test("a score at a border belongs to the lower bin", () => {
    const { bins } = reliability(outcomesOf([0, 0.5, 0.75, 1], [0, 0, 1, 1]), { bins: 4 });
    assert.deepEqual(
      bins.map(({ count }) => count),
      [1, 1, 1, 1],
    );
    assert.deepEqual(bins[2], { low: 0.5, high: 0.75, count: 1, score: 0.75, precision: 1 });
  });

  test("without detections there are no errors, and nothing to fit", () => {
    const { ece, worst, brier, bins } = reliability(outcomesOf([], []));
    assert.deepEqual([ece, worst, brier, bins.length], [null, null, null, 10]);
    assert.throws(() => fitTemperature(outcomesOf([], [])), /no detection/);
  });

  test("scores outside [0, 1] and a wrong number of bins are rejected", () => {
    for (const score of [-0.1, 1.1, NaN]) {
      assert.throws(() => reliability(outcomesOf([score], [1])), /not a probability/);
      assert.throws(() => fitTemperature(outcomesOf([score], [1])), /not a probability/);
      assert.throws(() => temperedScore(score, 2), /not a probability/);
    }
    assert.throws(() => reliability(outcomesOf([], []), { bins: 0 }), /bins is 0/);
  });
});

test("a duplicate is not a hit, and low scores can be left out", () => {
  const groundTruths = [groundTruth("a", [[0, 0, 10, 10]]), groundTruth("b", [])];
  const detections = [
    { imageId: "a", detections: [detection([0, 0, 10, 10], 0.8), detection([0, 0, 10, 10], 0.7)] },
    { imageId: "b", detections: [detection([0, 0, 10, 10], 0.05)] },
  ];
  const all = [
    { score: 0.8, hit: true },
    { score: 0.7, hit: false },
    { score: 0.05, hit: false },
  ];
  assert.deepEqual(scoredOutcomes(groundTruths, detections), {
    iou: 0.5,
    minScore: 0,
    temperature: 1,
    outcomes: all,
  });
  const high = scoredOutcomes(groundTruths, detections, { minScore: 0.1, iou: 0.3 });
  assert.deepEqual(high, { iou: 0.3, minScore: 0.1, temperature: 1, outcomes: all.slice(0, 2) });
});
