import assert from "node:assert/strict";
import { test } from "node:test";
import { boxContrast, boxContrasts } from "../../src/data/box-intensity";
import { assertClose } from "../assertions";
import { smallDataset } from "../plots/cases";

/** 4 columns of 10, 4 columns of `bright`, 4 columns of 30. */
const WIDTH = 12;
const image = (bright: number) => ({
  width: WIDTH,
  height: 4,
  pixels: Uint8Array.from(
    { length: 4 * WIDTH },
    (_, i) => [10, bright, 30][Math.floor((i % WIDTH) / 4)],
  ),
});

test("the contrast is the mean inside minus the mean of a quarter of the side around it", () => {
  // The surroundings are column 3 (10) and column 8 (30): their mean is 20.
  assertClose(boxContrast(image(100), [4, 0, 8, 4]), 80);
  assertClose(boxContrast(image(5), [4, 0, 8, 4]), -15);
  // At the left edge of the image the surroundings are only column 4.
  assertClose(boxContrast(image(100), [0, 0, 4, 4]), -90);
});

test("the contrast of a box that fills the image is NaN, and a box outside is refused", () => {
  assert.ok(Number.isNaN(boxContrast(image(100), [0, 0, 12, 4])));
  assert.throws(
    () => boxContrast(image(100), [12, 0, 20, 4]),
    /outside its image of 12 x 4 pixels/,
  );
});

test("each box of each image gets a contrast; the error for a file that is not an image names it", async () => {
  const { images } = await smallDataset();
  const contrasts = await boxContrasts(images);
  for (const { id, annotations } of images) {
    assert.equal(contrasts.get(id)?.length, annotations.length);
    assert.ok(contrasts.get(id)?.every(Number.isFinite));
  }
  const boxed = images.find(({ annotations }) => annotations.length);
  assert.ok(boxed);
  await assert.rejects(boxContrasts([{ ...boxed, path: __filename }]), /box-intensity\.test\.ts: /);
});
