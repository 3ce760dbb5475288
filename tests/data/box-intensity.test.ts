import assert from "node:assert/strict";
import { test } from "node:test";
import { boxContrast, boxContrasts } from "../../src/data/box-intensity";
import { assertClose } from "../assertions";
import { smallDataset } from "../plots/cases";

/** Left 4 columns 10, the next 4 bright, then 30. */
const WIDTH = 12;
const image = (bright: number) => ({
  width: WIDTH,
  height: 4,
  pixels: Uint8Array.from(
    { length: 4 * WIDTH },
    (_, i) => [10, bright, 30][Math.floor((i % WIDTH) / 4)],
  ),
});

test("inside less around; the surroundings reach a quarter of each side further", () => {
  // Column 3 is 10 and column 8 is 30: 20 around. Columns further out do not count.
  assertClose(boxContrast(image(100), [4, 0, 8, 4]), 80);
  assertClose(boxContrast(image(5), [4, 0, 8, 4]), -15);
  // At the image's left edge only the right side is there: column 4.
  assertClose(boxContrast(image(100), [0, 0, 4, 4]), -90);
});

test("a box that fills the image has no contrast, and one outside is refused", () => {
  assert.ok(Number.isNaN(boxContrast(image(100), [0, 0, 12, 4])));
  assert.throws(
    () => boxContrast(image(100), [12, 0, 20, 4]),
    /outside of its image of 12 x 4 pixels/,
  );
});

test("a number a box of every image; a file that is no image is named", async () => {
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
