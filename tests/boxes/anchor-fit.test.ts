/** How well anchors fit the boxes of a data set. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { anchorFit } from "../../src/boxes/anchor-fit";

const config = { sizes: [20, 40], ratios: [1], placement: "center" } as const;
const square = (side: number) => ({ width: side, height: side });

test("the fit of a box is its IoU with the best shape at the same center", () => {
  const { bestIou, bad } = anchorFit([square(20), square(40), square(10), square(80)], config);
  assert.deepEqual(bestIou, [1, 1, 0.25, 0.25]);
  assert.equal(bad, 2);
});

test("boxes that fit badly are counted by what is wrong with the anchors", () => {
  const thin = { width: 10, height: 80 };
  const { bad, small, large, text } = anchorFit([square(8), square(90), thin, square(20)], config);
  assert.deepEqual([bad, small, large], [3, 1, 1]);
  assert.match(text, /Sides of the anchors: 20 to 40\.\n1 of 4 boxes \(25 %\)/);
  assert.match(text, /1 are smaller than the smallest anchor and 1 larger.*--config/);
});

test("where the boxes fit, no other sizes are advised", () => {
  const { text } = anchorFit([square(20), square(30), square(40)], config);
  assert.match(text, /3 of 3 boxes \(100 %\)/);
  assert.doesNotMatch(text, /Other sizes/);
});

test("without boxes, the text says so", () => {
  assert.equal(anchorFit([], config).text, "There are no boxes.");
});
