import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { roiAlign } from "../../src/tensor/roi-align";
import { tf } from "../../src/tensor/tensorflow";
import { assertClose } from "../assertions";
import { hardReference, reference } from "../reference/boxes";

[...reference.roiAlign, ...hardReference.roiAlign].forEach(
  ({ rois, images, features, output, upstream, gradient, ...rule }, i) => {
    const inputs = [tf.tensor2d(rois), tf.tensor1d(images, "int32")] as const;

    test(`case ${i} equals the definition and ONNX Runtime, also at the borders`, () => {
      assertClose(roiAlign(tf.tensor4d(features), ...inputs, rule).arraySync(), output, 1e-4);
    });

    test(`case ${i} has the gradient of PyTorch, also at the borders`, () => {
      const loss = (map: tf.Tensor) =>
        roiAlign(map as tf.Tensor4D, ...inputs, rule)
          .mul(tf.tensor4d(upstream))
          .sum();
      assertClose(tf.grad(loss)(tf.tensor4d(features)).arraySync(), gradient, 1e-4);
    });
  },
);

test("a linear map gives its exact values at the sample points", () => {
  const ramp = tf
    .tensor1d([0, 1, 2, 3, 4, 5, 6, 7])
    .reshape<tf.Tensor4D>([1, 1, 8, 1])
    .tile<tf.Tensor4D>([1, 8, 1, 1]);
  const rule = { stride: 4, outputSize: 2, samplingRatio: 2 };
  const [row] = roiAlign(ramp, tf.tensor2d([[8, 8, 24, 24]]), tf.tensor1d([0], "int32"), rule)
    .squeeze([0, 3])
    .arraySync() as number[][];
  // The RoI covers the coordinates 2 to 6 in cells. The centers of its halves are 3 and 5, which
  // are the indices 2.5 and 4.5.
  assertClose(row, [2.5, 4.5]);
});

test("an empty list of RoIs gives an empty result and a gradient of zeros", () => {
  const none = [tf.zeros<tf.Rank.R2>([0, 4]), tf.tensor1d([], "int32")] as const;
  const rule = { stride: 8, outputSize: 3, samplingRatio: 2 };
  const features = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
  assert.deepEqual(roiAlign(features, ...none, rule).shape, [0, 3, 3, 2]);
  const gradient = tf.grad((map: tf.Tensor) => roiAlign(map as tf.Tensor4D, ...none, rule).sum())(
    features,
  );
  assert.ok(gradient.dataSync().every((value) => value === 0));
});

test("no tensor remains after the forward and the backward pass", () => {
  const features = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
  const inputs = [tf.tensor2d([[0, 0, 20, 20]]), tf.tensor1d([0], "int32")] as const;
  const rule = { stride: 8, outputSize: 3, samplingRatio: 2 };
  const run = () =>
    tf
      .grad((map: tf.Tensor) => roiAlign(map as tf.Tensor4D, ...inputs, rule).sum())(features)
      .dispose();
  run();
  const before = tf.memory().numTensors;
  run();
  roiAlign(features, ...inputs, rule).dispose();
  assert.equal(tf.memory().numTensors, before);
});

/** Size of the map in the properties below, in cells. */
const ROWS = 6;
const COLUMNS = 9;
const CHANNELS = 2;
const rules = fc.record({
  stride: fc.constantFrom(1, 4, 8, 16),
  outputSize: fc.integer({ min: 1, max: 4 }),
  samplingRatio: fc.integer({ min: 1, max: 3 }),
});
/** Regions in cells, at least `margin` inside the map; a negative margin allows them outside. */
const regions = (margin: number) => {
  const pair = (cells: number) =>
    fc
      .tuple(
        fc.double({ min: margin, max: cells - margin, noNaN: true }),
        fc.double({ min: margin, max: cells - margin, noNaN: true }),
      )
      .map((pair) => pair.sort((a, b) => a - b));
  return fc.array(
    fc.tuple(pair(COLUMNS), pair(ROWS)).map(([[x1, x2], [y1, y2]]) => [x1, y1, x2, y2]),
    { minLength: 1, maxLength: 5 },
  );
};
const noise = (seed: number) =>
  tf.randomNormal<tf.Rank.R4>([1, ROWS, COLUMNS, CHANNELS], 0, 1, "float32", seed);

/** Pools RoIs that are given in cells, from a map of one image. */
function read(
  map: tf.Tensor4D,
  cells: readonly number[][],
  rule: Parameters<typeof roiAlign>[3],
): Float32Array {
  const rois = tf.tensor2d(cells.map((roi) => roi.map((edge) => edge * rule.stride)));
  const images = tf.zeros<tf.Rank.R1>([cells.length], "int32");
  return roiAlign(map, rois, images, rule).dataSync<"float32">();
}

test("a constant map gives the constant, up to half a cell outside the map", () => {
  fc.assert(
    fc.property(
      rules,
      regions(-0.49),
      fc.double({ min: -9, max: 9, noNaN: true }),
      (rule, cells, constant) => {
        tf.tidy(() => {
          for (const value of read(tf.fill([1, ROWS, COLUMNS, CHANNELS], constant), cells, rule))
            assertClose(value, constant, 1e-5);
        });
      },
    ),
    { numRuns: 40 },
  );
});

test("a linear map gives its value at the center of each output cell", () => {
  fc.assert(
    fc.property(
      rules,
      regions(0.5),
      fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })),
      (rule, cells, [a, b]) => {
        // The value at the center of a cell, which is half a cell from its corner.
        const values = Array.from(
          { length: ROWS * COLUMNS },
          (_, i) => a * ((i % COLUMNS) + 0.5) + b * (Math.floor(i / COLUMNS) + 0.5),
        );
        const size = rule.outputSize;
        const expected = cells.flatMap(([x1, y1, x2, y2]) =>
          Array.from({ length: size * size }, (_, i) => {
            const [x, y] = [((i % size) + 0.5) / size, (Math.floor(i / size) + 0.5) / size];
            return a * (x1 + (x2 - x1) * x) + b * (y1 + (y2 - y1) * y);
          }),
        );
        tf.tidy(() =>
          assertClose(
            read(tf.tensor4d(values, [1, ROWS, COLUMNS, 1]), cells, rule),
            expected,
            1e-4,
          ),
        );
      },
    ),
    { numRuns: 40 },
  );
});

test("shifting the map and the RoIs by whole cells does not change the result", () => {
  fc.assert(
    fc.property(rules, regions(0), fc.nat(3), fc.nat(3), (rule, cells, down, right) => {
      tf.tidy(() => {
        const map = noise(1);
        // The border is repeated once, as RoIAlign reads it outside the map.
        const padded = tf
          .mirrorPad(
            map,
            [
              [0, 0],
              [1, 1],
              [1, 1],
              [0, 0],
            ],
            "symmetric",
          )
          .pad([
            [0, 0],
            [down, 3 - down],
            [right, 3 - right],
            [0, 0],
          ]) as tf.Tensor4D;
        const moved = cells.map(([x1, y1, x2, y2]) => [
          x1 + 1 + right,
          y1 + 1 + down,
          x2 + 1 + right,
          y2 + 1 + down,
        ]);
        assertClose(read(padded, moved, rule), read(map, cells, rule), 1e-4);
      });
    }),
    { numRuns: 40 },
  );
});

test("the result is linear in the features, and does not depend on the order of the RoIs or on other images", () => {
  fc.assert(
    fc.property(rules, regions(-3), fc.integer({ min: -3, max: 3 }), (rule, cells, factor) => {
      tf.tidy(() => {
        const [first, second] = [noise(1), noise(2)];
        const [a, b] = [read(first, cells, rule), read(second, cells, rule)];
        const mixed = read(first.add(second.mul(factor)), cells, rule);
        assertClose(
          mixed,
          a.map((value, i) => value + factor * b[i]),
          1e-4,
        );

        // Each RoI in each of two images, in reverse order.
        const twice = cells.flatMap((roi) => [roi, roi]).reverse();
        const rois = tf.tensor2d(twice.map((roi) => roi.map((edge) => edge * rule.stride)));
        const images = tf.tensor1d(
          twice.map((_, i) => 1 - (i % 2)),
          "int32",
        );
        const both = roiAlign(tf.concat([first, second]), rois, images, rule);
        const ofImage = (image: number) =>
          both
            .gather(
              tf.tensor1d(
                cells.map((_, i) => twice.length - 2 - 2 * i + (1 - image)),
                "int32",
              ),
            )
            .dataSync();
        assertClose(ofImage(0), a, 1e-5);
        assertClose(ofImage(1), b, 1e-5);
      });
    }),
    { numRuns: 40 },
  );
});
