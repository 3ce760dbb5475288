/** The original experiment's detector, small enough for tests. */
import { configure, presets } from "../../../src/config/index";
import type { Backbone } from "../../../src/backbones/create-backbone";
import { tf } from "../../../src/tensor/tensorflow";
import { SIZE } from "../small-detector";

/** The preset `original` with a small input and few channels. */
export const smallOriginalConfig = configure(presets.original, {
  data: { imageSize: SIZE },
  anchors: { sizes: [12, 20] },
  rpn: { channels: 16 },
  head: { hidden: [32, 16] },
});

/** A backbone with stride 8: the features of a cell are the means of its four quarters. */
export function quarters(): Backbone {
  const block = {
    name: "quarters",
    stride: 8,
    channels: 12,
    variables: {},
    forward: (x: tf.Tensor4D) => spaceToDepth(tf.avgPool(x, 4, 4, "valid")),
  };
  return {
    name: "efficientnet-lite0",
    blocks: [block],
    levels: [0],
    preprocess: (images) => images.div(128).sub(1),
    dispose: () => undefined,
  };
}

function spaceToDepth(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  return x
    .reshape([n, h / 2, 2, w / 2, 2 * c])
    .transpose([0, 1, 3, 2, 4])
    .reshape([n, h / 2, w / 2, 4 * c]);
}
