import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { computeLetterbox, toNetwork, toOriginal } from "../../src/data/letterbox";
import type { ImageBox } from "../../src/types";

const box = fc
  .tuple(
    fc.double({ min: -300, max: 900, noNaN: true }),
    fc.double({ min: -300, max: 900, noNaN: true }),
    fc.double({ min: 1, max: 700, noNaN: true }),
    fc.double({ min: 1, max: 700, noNaN: true }),
  )
  .map(([x, y, width, height]): ImageBox => [x, y, x + width, y + height]);

test("a wide image gets bars above and below, and a crop is moved to the middle (calculated by hand)", () => {
  const wide = computeLetterbox([0, 0, 200, 100], 100);
  assert.deepEqual(wide, { scale: 0.5, dx: 0, dy: 25, size: 100 });
  assert.deepEqual(toNetwork([20, 40, 60, 80], wide), [10, 45, 30, 65]);
  const beyond = computeLetterbox([-10, 20, 40, 70], 100);
  assert.deepEqual(toNetwork([-10, 20, 40, 70], beyond), [0, 0, 100, 100]);
});

test("mapping to the network and back is the identity, for every crop", () => {
  fc.assert(
    fc.property(box, box, fc.integer({ min: 32, max: 1024 }), (crop, original, size) => {
      const letterbox = computeLetterbox(crop, size);
      toOriginal(toNetwork(original, letterbox), letterbox).forEach((edge, i) => {
        assert.ok(Math.abs(edge - original[i]) < 1e-7, `${edge} for ${original[i]}`);
      });
    }),
  );
});

test("the crop fills the square along its longer side, in the middle", () => {
  fc.assert(
    fc.property(box, fc.integer({ min: 32, max: 1024 }), (crop, size) => {
      const [x1, y1, x2, y2] = toNetwork(crop, computeLetterbox(crop, size));
      assert.ok(Math.abs(Math.max(x2 - x1, y2 - y1) - size) < 1e-6);
      assert.ok(Math.abs(x1 + x2 - size) < 1e-6 && Math.abs(y1 + y2 - size) < 1e-6);
      assert.ok(Math.min(x1, y1) > -1e-6 && Math.max(x2, y2) < size + 1e-6);
    }),
  );
});

test("from 1 x 1 to 3000 x 20 pixels, cropped or not: boxes in the crop are in the square, have the size that the scale gives, and map back", () => {
  const side = fc.oneof(fc.constantFrom(1, 2, 20, 3000), fc.integer({ min: 1, max: 3000 }));
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  const part = fc.tuple(fraction, fraction).map((pair) => pair.sort((a, b) => a - b));
  fc.assert(
    fc.property(
      side,
      side,
      part,
      part,
      fc.integer({ min: 32, max: 640 }),
      fc.boolean(),
      (width, height, across, down, size, isCropped) => {
        const inside: ImageBox = [
          across[0] * width,
          down[0] * height,
          across[1] * width,
          down[1] * height,
        ];
        // A crop of at least a pixel around the box.
        const crop: ImageBox = isCropped
          ? [inside[0] - 0.5, inside[1] - 0.5, inside[2] + 0.5, inside[3] + 0.5]
          : [0, 0, width, height];
        const letterbox = computeLetterbox(crop, size);
        const mapped = toNetwork(inside, letterbox);
        assert.ok(
          mapped.every((edge) => edge >= -1e-6 && edge <= size + 1e-6),
          `${mapped} in ${size}`,
        );
        for (const axis of [0, 1]) {
          const grown = (mapped[axis + 2] - mapped[axis]) / letterbox.scale;
          assert.ok(
            Math.abs(grown - (inside[axis + 2] - inside[axis])) < 1e-7,
            "one scale for both axes",
          );
        }
        toOriginal(mapped, letterbox).forEach((edge, i) =>
          assert.ok(Math.abs(edge - inside[i]) < 1e-7, `${edge} for ${inside[i]}`),
        );
        toNetwork(toOriginal(mapped, letterbox), letterbox).forEach((edge, i) =>
          assert.ok(Math.abs(edge - mapped[i]) < 1e-6),
        );
      },
    ),
  );
});
