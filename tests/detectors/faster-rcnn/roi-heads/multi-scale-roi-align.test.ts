import assert from "node:assert/strict";
import { test } from "node:test";
import {
  multiScaleRoiAlign,
  roiLevels,
  scaledCanonicalSize,
} from "../../../../src/detectors/faster-rcnn/roi-heads/multi-scale-roi-align";
import { roiAlign } from "../../../../src/tensor/roi-align";
import { tf } from "../../../../src/tensor/tensorflow";
import { assertClose } from "../../../assertions";

/** A RoI with the given sides. */
const roi = (width: number, height = width) => [7, 3, 7 + width, 3 + height];
const levelsOf = (rois: number[][], strides = [4, 8, 16, 32], canonicalSize = 224) =>
  roiLevels(Float32Array.from(rois.flat()), { strides, canonicalSize });

test("equation 1 by hand: level 4 from 224 pixels on, one level for each factor of 2", () => {
  // floor(4 + log2(size / 224)) is 2 from 56, 3 from 112, 4 from 224 and 5 from 448 pixels on.
  const sizes = [56, 111, 112, 223, 224, 447, 448];
  assert.deepEqual(levelsOf(sizes.map((size) => roi(size))), [0, 0, 1, 1, 2, 2, 3]);
});

test("the size of a RoI is the square root of its area, whatever its ratio", () => {
  // sqrt(112 * 448) = 224.
  assert.deepEqual(levelsOf([roi(112, 448), roi(448, 112), roi(111, 448)]), [2, 2, 1]);
});

test("RoIs that are too small or too large for the levels use the nearest level", () => {
  assert.deepEqual(levelsOf([roi(5), roi(5000)]), [0, 3]);
  assert.deepEqual(levelsOf([roi(5), roi(224), roi(5000)], [16, 32]), [0, 0, 1]);
  assert.deepEqual(levelsOf([roi(5), roi(5000)], [8]), [0, 0]);
});

test("RoIs without an area and RoIs that are not finite use the finest level", () => {
  assert.deepEqual(levelsOf([roi(0), [9, 9, 5, 5], [NaN, 0, 1, 1]]), [0, 0, 0]);
});

test("the canonical size is 224 pixels for inputs of 800 pixels, and scales with the input", () => {
  assert.equal(scaledCanonicalSize(800), 224);
  assert.equal(scaledCanonicalSize(400), 112);
  // The same RoI relative to its image has the same level.
  assert.deepEqual(levelsOf([roi(100)], undefined, scaledCanonicalSize(400)), levelsOf([roi(200)]));
});

test("each RoI is pooled from its map, in the order of the RoIs", () => {
  tf.tidy(() => {
    const strides = [8, 16, 32];
    const maps = [12, 6, 3].map((cells, i) =>
      tf.randomNormal<tf.Rank.R4>([2, cells, cells, 3], 0, 1, "float32", i + 1),
    );
    const boxes = [
      [10, 10, 80, 90],
      [20, 30, 40, 50],
      [5, 50, 60, 80],
      [11, 12, 30, 28],
    ];
    const owners = [1, 0, 1, 1];
    const levels = [2, 0, 1, 0];
    const rule = { outputSize: 2, samplingRatio: 2 };
    const regions = tf.tensor2d(boxes);
    const images = tf.tensor1d(owners, "int32");
    const pooled = multiScaleRoiAlign(maps, { regions, images, levels, strides, ...rule });
    const expected = boxes.map((box, i) =>
      roiAlign(maps[levels[i]], tf.tensor2d([box]), tf.tensor1d([owners[i]], "int32"), {
        stride: strides[levels[i]],
        ...rule,
      }).arraySync(),
    );
    assertClose(pooled.arraySync(), expected.flat() as never, 1e-6);
    const empty = { regions: tf.zeros<tf.Rank.R2>([0, 4]), images: tf.tensor1d([], "int32") };
    const none = multiScaleRoiAlign(maps, { ...empty, levels: [], strides, ...rule });
    assert.deepEqual(none.shape, [0, 2, 2, 3]);
  });
});
