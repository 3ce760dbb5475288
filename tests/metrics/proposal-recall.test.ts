import assert from "node:assert/strict";
import { test } from "node:test";
import { recallByIou } from "../../src/metrics/proposal-recall";

const groundTruths = [
  Float32Array.of(0, 0, 10, 10, 50, 50, 60, 60),
  Float32Array.of(),
  Float32Array.of(0, 0, 10, 10),
];
// One candidate has an IoU of 0.5 with the first box. The last image has no candidates.
const candidates = [
  Float32Array.of(0, 0, 10, 5, 0, 0, 2, 2),
  Float32Array.of(1, 1, 2, 2),
  Float32Array.of(),
];

test("recall against IoU by hand", () => {
  const result = recallByIou(groundTruths, candidates, [0.04, 0.5, 0.51]);
  assert.deepEqual(result.bestIou, [0.5, 0, 0]);
  assert.deepEqual(result.recall, [1 / 3, 1 / 3, 0]);
  assert.equal(result.boxes, 3);
  assert.equal(result.candidates, 1);
});

test("recall is 1 at a threshold of 0, and does not rise with the threshold", () => {
  const { recall, thresholds } = recallByIou(groundTruths, candidates);
  assert.equal(recall[0], 1);
  assert.equal(recall.length, thresholds.length);
  for (let i = 1; i < recall.length; i++) assert.ok(recall[i] <= recall[i - 1]);
});

test("no boxes, no images, and lists of different lengths", () => {
  assert.deepEqual(
    recallByIou([Float32Array.of()], [Float32Array.of(0, 0, 1, 1)], [0.5]).recall,
    [0],
  );
  assert.equal(recallByIou([], [], [0.5]).candidates, 0);
  assert.throws(() => recallByIou(groundTruths, [], [0.5]), /3 images.*0/);
});
