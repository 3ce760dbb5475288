import assert from "node:assert/strict";
import { test } from "node:test";
import { presets } from "../../../../src/config/index";
import { BoxHead } from "../../../../src/detectors/faster-rcnn/roi-heads/box-head";
import { Random } from "../../../../src/util/random";
import { tf } from "../../../../src/tensor/tensorflow";

const CHANNELS = 4;
const STRIDE = 8;

function headWith(context: number): BoxHead {
  const roi = { ...presets.default.roi, context };
  return new BoxHead({
    name: "head",
    hidden: presets.default.head.hidden,
    roi,
    maps: { strides: [STRIDE], canonicalSize: 224 },
    inputChannels: CHANNELS,
    classes: 2,
    random: new Random("head"),
  });
}

test("with a context, the head pools a larger region around the center of the RoI", () => {
  const features = tf.randomNormal<tf.Rank.R4>([2, 12, 12, CHANNELS], 0, 1, "float32", 1);
  const images = tf.tensor1d([0, 1], "int32");
  const rois = tf.tensor2d([
    [20, 30, 40, 50],
    [40, 20, 60, 80],
  ]);
  const enlarged = tf.tensor2d([
    [15, 25, 45, 55],
    [35, 5, 65, 95],
  ]);
  const [withContext, withoutContext] = [headWith(1.5), headWith(1)];
  const outputs = (head: BoxHead, boxes: tf.Tensor2D) =>
    Object.values(head.forward([features], boxes, images)).map((tensor: tf.Tensor) =>
      Array.from(tensor.dataSync()),
    );
  assert.deepEqual(outputs(withContext, rois), outputs(withoutContext, enlarged));
  assert.notDeepEqual(outputs(withContext, rois), outputs(withoutContext, rois));
  for (const head of [withContext, withoutContext]) head.dispose();
});
