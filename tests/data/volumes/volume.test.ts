import assert from "node:assert/strict";
import { test } from "node:test";
import type { PixelGrid } from "../../../src/data/volumes/geometry";
import { planeOf, toMillimeters } from "../../../src/data/volumes/geometry";
import {
  pictureToMillimeters,
  slicePicture,
  type Volume,
  type VolumeSlice,
} from "../../../src/data/volumes/volume";
import { assertClose } from "../../assertions";

const WIDTH = 40;
const HEIGHT = 30;
const GRID: PixelGrid = { origin: [-20, 12, 5], column: [0.8, 0, 0], row: [0, 0, -2] };

/** A slice with one smooth blob around `(x, y)`. */
function blob(
  x: number,
  y: number,
  spacing: readonly [number, number],
  grid = GRID,
): { volume: Volume; slice: VolumeSlice } {
  const slice: VolumeSlice = {
    index: 0,
    file: "blob",
    width: WIDTH,
    height: HEIGHT,
    spacing,
    grid,
    window: { level: 50, width: 100, shape: "linear", source: "given" },
    inverted: false,
  };
  const values = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [dx, dy] = [(i % WIDTH) + 0.5 - x, Math.floor(i / WIDTH) + 0.5 - y];
    return 100 * Math.exp(-(dx * dx + dy * dy) / 18);
  });
  const volume: Volume = {
    name: "blob",
    format: "DICOM",
    space: "LPS",
    plane: "coronal",
    slices: [slice],
    notes: [],
    read: () => Promise.resolve(values),
  };
  return { volume, slice };
}

for (const spacing of [
  [0.8, 0.8],
  [0.8, 2],
  [2, 0.8],
  [1, 1.06],
] as const) {
  test(`pixels of ${spacing.join(" x ")} mm: a blob in the picture is at its point of space`, async () => {
    const grid: PixelGrid = {
      origin: [-20, 12, 5],
      column: [spacing[0], 0, 0],
      row: [0, 0, -spacing[1]],
    };
    const { volume, slice } = blob(17.3, 12.6, spacing, grid);
    const picture = await slicePicture(volume, slice);
    const side = Math.min(...spacing);
    assert.deepEqual(
      [picture.width, picture.height],
      [Math.round((WIDTH * spacing[0]) / side), Math.round((HEIGHT * spacing[1]) / side)],
    );
    const total = picture.pixels.reduce((sum, grey) => sum + grey, 0);
    const x =
      picture.pixels.reduce((sum, grey, i) => sum + grey * ((i % picture.width) + 0.5), 0) / total;
    const y =
      picture.pixels.reduce(
        (sum, grey, i) => sum + grey * (Math.floor(i / picture.width) + 0.5),
        0,
      ) / total;
    const seen = pictureToMillimeters(slice, picture, [x, y])!;
    const expected = toMillimeters(grid, 17.3, 12.6);
    seen.forEach((value, i) =>
      assert.ok(
        Math.abs(value - expected[i]) < 0.06,
        `${seen.join()}, expected ${expected.join()}`,
      ),
    );
  });
}

test("(0.5, 0.5) is the center of the first pixel", () => {
  assertClose(toMillimeters(GRID, 0.5, 0.5), GRID.origin);
  assertClose(toMillimeters(GRID, 2.5, 1.5), [-18.4, 12, 3]);
  assert.equal(planeOf(GRID), "coronal");
});

test("a spacing that is not plausible is refused", async () => {
  const { volume, slice } = blob(5, 5, [1, 1e-4]);
  await assert.rejects(
    slicePicture(volume, slice),
    /blob: pixels of 1 x 0\.0001 mm would make a picture of 400000 x 30/,
  );
});

test("a slice without position and spacing is not resized and has no millimeters", async () => {
  const { volume, slice } = blob(5, 5, [1, 1]);
  const bare = { ...slice, spacing: null, grid: null };
  const picture = await slicePicture(volume, bare);
  assert.deepEqual([picture.width, picture.height], [WIDTH, HEIGHT]);
  assert.equal(pictureToMillimeters(bare, picture, [3, 3]), null);
});
