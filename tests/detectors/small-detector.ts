/**
 * A detector that is small enough for tests: its backbone computes means of pixels, and it has few
 * anchors. The other parts are those of the preset `default`.
 */
import { configure, presets } from "../../src/config/index";
import type { Backbone } from "../../src/backbones/create-backbone";
import { FasterRCNN } from "../../src/detectors/faster-rcnn/faster-rcnn";
import { Random } from "../../src/util/random";
import { tf } from "../../src/tensor/tensorflow";
import type { ImageRecord, Sample } from "../../src/types";

/** Side of the network's input, in pixels. */
export const SIZE = 64;

/** The preset `default` with a small input and few channels. */
export const smallConfig = configure(presets.default, {
  data: { imageSize: SIZE },
  augmentation: { copies: 0 },
  neck: { channels: 16, groups: 4 },
  anchors: { sizes: [12, 20], ratios: [1] },
  rpn: { channels: 16, samples: 32, proposalsBeforeNms: 50, proposalsAfterNms: 20 },
  head: { hidden: [32], samples: 16 },
  training: {
    epochs: 2,
    batchSize: 2,
    learningRate: 5e-3,
    schedule: { kind: "cosine", warmupSteps: 2 },
  },
});

/** A backbone of means at strides 8, 16 and 32, which are sufficient to find a bright square. */
export function meanBackbone(): Backbone {
  const block = (stride: number, factor: number) => ({
    name: `mean${stride}`,
    stride,
    channels: 3,
    variables: {},
    forward: (x: tf.Tensor4D) => tf.avgPool(x, factor, factor, "valid"),
    dispose: () => undefined,
  });
  return {
    name: "efficientnet-lite0",
    blocks: [block(8, 8), block(16, 2), block(32, 2)],
    levels: [0, 1, 2],
    preprocess: (images) => images.div(128).sub(1),
    dispose: () => undefined,
  };
}

/** Creates the detector; the caller disposes it. */
export function smallDetector(config = smallConfig): FasterRCNN {
  return new FasterRCNN(config, ["a", "b"], meanBackbone());
}

/** A dark image with one bright square for each box; squares of class 1 are brighter. */
export function squareSample(index: number, squares: number, random = new Random(index)): Sample {
  const pixels = new Uint8Array(SIZE * SIZE).fill(10 + index);
  const boxes: [number, number, number, number][] = [];
  const classIds: number[] = [];
  for (let s = 0; s < squares; s++) {
    const side = 12 + random.integer(10);
    const x1 = random.integer(SIZE - side);
    const y1 = random.integer(SIZE - side);
    const classId = random.integer(2);
    for (let y = y1; y < y1 + side; y++)
      pixels.fill(classId ? 250 : 150, y * SIZE + x1, y * SIZE + x1 + side);
    boxes.push([x1, y1, x1 + side, y1 + side]);
    classIds.push(classId);
  }
  const record: ImageRecord = {
    id: `image-${index}`,
    path: `image-${index}.png`,
    labelPath: null,
    split: "train",
    patient: String(index),
    width: SIZE,
    height: SIZE,
    annotations: boxes.map((box, i) => ({ classId: classIds[i], box, line: i + 1 })),
  };
  return { record, pixels, letterbox: { scale: 1, dx: 0, dy: 0, size: SIZE }, boxes, classIds };
}
