import assert from "node:assert/strict";
import { test } from "node:test";
import { headSquare } from "../../src/data/crop-to-head";
import type { GreyImage, ImageBox } from "../../src/types";

const CROP = { threshold: 20, margin: 1 };

/** A grey rectangle on black. */
function withRectangle(
  width: number,
  height: number,
  [x1, y1, x2, y2]: ImageBox,
  value = 90,
): GreyImage {
  const pixels = new Uint8Array(width * height);
  for (let y = y1; y < y2; y++) pixels.fill(value, y * width + x1, y * width + x2);
  return { pixels, width, height };
}

test("the square surrounds the bright pixels, and has the length of their longer side", () => {
  assert.deepEqual(headSquare(withRectangle(100, 80, [30, 10, 60, 70]), CROP), [15, 10, 75, 70]);
});

test("the margin widens the square around its center, also beyond the image", () => {
  const image = withRectangle(100, 80, [0, 0, 40, 40]);
  assert.deepEqual(headSquare(image, { ...CROP, margin: 1.5 }), [-10, -10, 50, 50]);
});

test("single noisy pixels, and pixels up to the threshold, do not belong to the head", () => {
  const image = withRectangle(200, 200, [60, 60, 140, 140]);
  image.pixels[3 * 200 + 190] = 255;
  image.pixels[195 * 200 + 5] = 255;
  image.pixels.fill(20, 0, 400);
  assert.deepEqual(headSquare(image, CROP), [60, 60, 140, 140]);
});

test("for an image without bright pixels, the square surrounds the image", () => {
  assert.deepEqual(headSquare(withRectangle(60, 40, [0, 0, 60, 40], 20), CROP), [0, -10, 60, 50]);
});

test("the square around the head does not depend on the field of view", () => {
  const narrow = headSquare(withRectangle(192, 256, [20, 40, 160, 220]), CROP);
  const wide = headSquare(withRectangle(256, 256, [52, 40, 192, 220]), CROP);
  assert.deepEqual(
    [wide[2] - wide[0], wide[3] - wide[1]],
    [narrow[2] - narrow[0], narrow[3] - narrow[1]],
  );
});
