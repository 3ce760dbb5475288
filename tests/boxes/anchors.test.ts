import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  anchorsPerCell,
  anchorShapes,
  generateAnchors,
  kMeansAnchors,
  shapeIou,
} from "../../src/boxes/anchors";
import { area, boxAt, boxCount, clipBoxes } from "../../src/boxes/box";
import { Random } from "../../src/util/random";
import { assertClose } from "../assertions";

const config = { sizes: [32, 64], ratios: [0.5, 1, 2], placement: "center" } as const;

test("shapes have the area of their size and the ratio of height to width, ordered by size and then by ratio", () => {
  const shapes = anchorShapes(config);
  assert.equal(anchorsPerCell(config), 6);
  assertClose(
    shapes.map(({ width, height }) => Math.sqrt(width * height)),
    [32, 32, 32, 64, 64, 64],
  );
  assertClose(
    shapes.map(({ width, height }) => height / width),
    [0.5, 1, 2, 0.5, 1, 2],
  );
});

test("anchors are ordered by row, column and shape, and centered in their cells", () => {
  const anchors = generateAnchors(config, { stride: 16, rows: 3, columns: 5 });
  assert.equal(boxCount(anchors), 3 * 5 * 6);
  for (let row = 0, i = 0; row < 3; row++) {
    for (let column = 0; column < 5; column++) {
      for (const { width, height } of anchorShapes(config)) {
        const [x1, y1, x2, y2] = boxAt(anchors, i++);
        assertClose(
          [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1],
          [column * 16 + 8, row * 16 + 8, width, height],
        );
      }
    }
  }
});

test("placement at the corner, as in the original experiment, shifts every anchor by half a cell", () => {
  const centered = generateAnchors(config, { stride: 32, rows: 2, columns: 2 });
  const corner = generateAnchors(
    { ...config, placement: "corner" },
    { stride: 32, rows: 2, columns: 2 },
  );
  assertClose(
    corner,
    centered.map((edge) => edge - 16),
  );
});

test("with any settings, each cell has one anchor of each shape, with the right area, ratio and center", () => {
  const side = fc.integer({ min: 1, max: 9 });
  const size = fc.double({ min: 1, max: 500, noNaN: true });
  const ratio = fc.double({ min: 0.1, max: 10, noNaN: true });
  fc.assert(
    fc.property(
      fc.record({
        sizes: fc.array(size, { minLength: 1, maxLength: 4 }),
        ratios: fc.array(ratio, { minLength: 1, maxLength: 4 }),
        placement: fc.constantFrom("center" as const, "corner" as const),
      }),
      fc.constantFrom(1, 7, 8, 16, 32),
      side,
      side,
      (given, stride, rows, columns) => {
        const anchors = generateAnchors(given, { stride, rows, columns });
        const perCell = given.sizes.length * given.ratios.length;
        assert.equal(boxCount(anchors), rows * columns * perCell);
        const offset = given.placement === "center" ? stride / 2 : 0;
        const clipped = clipBoxes(anchors, columns * stride, rows * stride);
        for (let i = 0; i < boxCount(anchors); i++) {
          const [x1, y1, x2, y2] = boxAt(anchors, i);
          const cell = Math.floor(i / perCell);
          const shape = i % perCell;
          const size = given.sizes[Math.floor(shape / given.ratios.length)];
          assertClose((x1 + x2) / 2, (cell % columns) * stride + offset, 1e-3);
          assertClose((y1 + y2) / 2, Math.floor(cell / columns) * stride + offset, 1e-3);
          assertClose(area([x1, y1, x2, y2]), size ** 2, 1e-3);
          assertClose((y2 - y1) / (x2 - x1), given.ratios[shape % given.ratios.length], 1e-3);
          // Every anchor overlaps the image.
          assert.ok(area(boxAt(clipped, i)) > 0);
          assert.ok(area(boxAt(clipped, i)) <= area([x1, y1, x2, y2]) * (1 + 1e-6));
        }
      },
    ),
  );
});

test("k-means finds the shapes from which the data was made", () => {
  const random = new Random(5);
  const expected = [
    { width: 20, height: 30 },
    { width: 60, height: 40 },
    { width: 120, height: 130 },
  ];
  const sizes = Array.from({ length: 300 }, (_, i) => {
    const { width, height } = expected[i % 3];
    return {
      width: width * random.uniform(0.95, 1.05),
      height: height * random.uniform(0.95, 1.05),
    };
  });
  const { shapes, meanIou } = kMeansAnchors(sizes, 3, new Random(1));
  shapes.forEach((shape, i) =>
    assert.ok(shapeIou(shape, expected[i]) > 0.97, `cluster ${i}: ${JSON.stringify(shape)}`),
  );
  assert.ok(meanIou > 0.93 && meanIou <= 1);
  assert.deepEqual(kMeansAnchors(sizes, 3, new Random(1)).shapes, shapes, "same seed, same shapes");
  assert.ok(kMeansAnchors(sizes, 1, new Random(1)).meanIou < meanIou);
});

test("k-means ends when all boxes are equal, and refuses more clusters than boxes", () => {
  const alike = Array.from({ length: 4 }, () => ({ width: 10, height: 20 }));
  assertClose(kMeansAnchors(alike, 2, new Random(1)).meanIou, 1);
  assert.throws(
    () => kMeansAnchors(alike, 5, new Random(1)),
    /5 clusters need at least 5 boxes, and there are 4/,
  );
  assert.throws(
    () => kMeansAnchors(alike, 0, new Random(1)),
    /k is 0: it must be a whole number from 1 up/,
  );
});
