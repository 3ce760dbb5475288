import assert from "node:assert/strict";
import { test } from "node:test";
import { flattenBoxes } from "../../../src/boxes/box";
import { samplesToTensor } from "../../../src/data/augment";
import { computeFeatureMaps } from "../../../src/detectors/faster-rcnn/feature-maps";
import { tf } from "../../../src/tensor/tensorflow";
import { assertClose } from "../../assertions";
import { SIZE, smallConfig, smallDetector, squareSample } from "../small-detector";

/** Mean of the absolute values of the channels, in plain loops. */
function strengths(map: number[][][]): number[] {
  return map.flatMap((row) =>
    row.map((cell) => cell.reduce((sum, value) => sum + Math.abs(value), 0) / cell.length),
  );
}

test("the strengths of levels, neck and regions equal means of absolute values", () => {
  const detector = smallDetector();
  const images = samplesToTensor([squareSample(3, 2)]);
  const features = detector.frozenFeatures(images);
  const regions = flattenBoxes([
    [5, 6, 30, 40],
    [20, 10, 60, 50],
    [0, 0, SIZE, SIZE],
  ]);
  const before = tf.memory().numTensors;
  const result = computeFeatureMaps(detector, features, regions);
  assert.equal(tf.memory().numTensors, before, "no tensor remains");
  assert.deepEqual(detector.featureMaps(features, regions), result);

  tf.tidy(() => {
    const levels = detector.levelFeatures(features);
    const [fused] = detector.neckFeatures(features);
    assert.equal(result.maps.length, levels.length + 1);
    [...levels, fused].forEach((map, i) => {
      const [values] = map.arraySync();
      const { height, width, channels, stride } = result.maps[i];
      assert.deepEqual([height, width, channels], map.shape.slice(1));
      assert.equal(stride, SIZE / height);
      assertClose(result.maps[i].values, strengths(values), 1e-5, result.maps[i].name);
    });
    const pooled = detector.cascade.heads[0].regionFeatures(
      [fused],
      tf.tensor2d(regions, [3, 4]),
      tf.zeros([3], "int32"),
    );
    pooled.arraySync().forEach((values, i) => {
      const { height, width, stride } = result.regions[i];
      const { outputSize } = smallConfig.roi;
      assert.deepEqual([height, width, stride], [outputSize, outputSize, 0]);
      assertClose(result.regions[i].values, strengths(values), 1e-5, result.regions[i].name);
    });
  });
  assert.deepEqual(
    result.maps.map(({ name }) => name),
    ["backbone, stride 8", "backbone, stride 16", "backbone, stride 32", "neck, stride 8"],
  );
  tf.dispose([images, features]);
  detector.dispose();
});

test("without regions there are only the maps", () => {
  const detector = smallDetector();
  const images = samplesToTensor([squareSample(1, 0)]);
  const features = detector.frozenFeatures(images);
  const { maps, regions } = computeFeatureMaps(detector, features, new Float32Array());
  assert.deepEqual([maps.length, regions.length], [4, 0]);
  tf.dispose([images, features]);
  detector.dispose();
});
