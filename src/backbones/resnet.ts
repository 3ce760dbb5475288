/**
 * ResNet-50 (He et al. 2016, table 1) as torchvision lays out its V1 weights: a stage's stride is
 * on the 3x3 convolution of its first block, and every convolution is padded alike on all sides.
 */
import { tf } from "../tensor/tensorflow";
import type { RemoteWeights } from "../weights/fetch";
import { downloadedWeights } from "../weights/sources";
import type { BackboneDefinition, BlockPlan, LayerPlan } from "./backbone";

const EPSILON = 1e-5;
const STEM_CHANNELS = 64;
const STEM_KERNEL = 7;
/** Of the stem's convolution and of the maximum after it. */
const STEM_STEP = 2;
const POOL_SIDE = 3;
/** A bottleneck's output channels are this many times its inner ones. */
const EXPANSION = 4;

/** ImageNet's mean and standard deviation of red, green and blue, for values in [0, 255]. */
const MEAN = [0.485 * 255, 0.456 * 255, 0.406 * 255];
const DEVIATION = [0.229 * 255, 0.224 * 255, 0.225 * 255];

const STAGES = [
  { inner: 64, blocks: 3, stride: 1 },
  { inner: 128, blocks: 4, stride: 2 },
  { inner: 256, blocks: 6, stride: 2 },
  { inner: 512, blocks: 3, stride: 2 },
] as const;

/** torchvision's V1 weights. The digits in the name are the start of the SHA-256. */
export const RESNET50_FILE: RemoteWeights = {
  url: "https://download.pytorch.org/models/resnet50-0676ba61.pth",
  hosts: ["download.pytorch.org"],
  fileName: "resnet50-0676ba61.pth",
  sha256: "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
  bytes: 102_530_333,
};

/**
 * The stem (block 0) and 16 bottlenecks (blocks 1 to 16; the stages end at 3, 7, 13 and 16). The
 * classifier is left out.
 */
export const resNet50: BackboneDefinition = {
  name: "resnet50",
  weights: downloadedWeights({
    title: "ResNet-50",
    variable: "FRCNN_RESNET50",
    remote: RESNET50_FILE,
    alternative: "timm's resnet50.tv_in1k as .safetensors",
  }),
  plan: planBlocks,
  preprocess: (images) => tf.tidy(() => images.sub(tf.tensor1d(MEAN)).div(tf.tensor1d(DEVIATION))),
};

function planBlocks(): BlockPlan[] {
  const plans = [planStem()];
  let inputs = STEM_CHANNELS;
  let stride = STEM_STEP * STEM_STEP;
  STAGES.forEach((stage, stageIndex) => {
    for (let i = 0; i < stage.blocks; i++) {
      const step = i === 0 ? stage.stride : 1;
      stride *= step;
      plans.push(planBottleneck(`layer${stageIndex + 1}.${i}`, stride, inputs, stage.inner, step));
      inputs = stage.inner * EXPANSION;
    }
  });
  return plans;
}

function planStem(): BlockPlan {
  const border: [number, number] = [(POOL_SIDE - 1) / 2, (POOL_SIDE - 1) / 2];
  return {
    name: "stem",
    stride: STEM_STEP * STEM_STEP,
    channels: STEM_CHANNELS,
    layers: {
      convolution: planLayer(
        "conv1",
        "bn1",
        [STEM_CHANNELS, 3, STEM_KERNEL, STEM_KERNEL],
        "relu",
        STEM_STEP,
      ),
    },
    forward(layers, x) {
      // Nothing is below zero after a ReLU, so a border of zeros is as good as PyTorch's border of
      // minus infinity.
      const bordered = layers.convolution(x).pad([[0, 0], border, border, [0, 0]]) as tf.Tensor4D;
      return tf.maxPool(bordered, POOL_SIDE, STEM_STEP, "valid");
    },
  };
}

/**
 * 1x1, 3x3, 1x1, added to the input or, where the shape changes, to a 1x1 projection of it (He et
 * al. 2016, figure 5, right).
 */
function planBottleneck(
  name: string,
  stride: number,
  inputs: number,
  inner: number,
  step: number,
): BlockPlan {
  const outputs = inner * EXPANSION;
  const projects = inputs !== outputs || step > 1;
  const project = planLayer(
    `${name}.downsample.0`,
    `${name}.downsample.1`,
    [outputs, inputs, 1, 1],
    "none",
    step,
  );
  return {
    name,
    stride,
    channels: outputs,
    layers: {
      reduce: planLayer(`${name}.conv1`, `${name}.bn1`, [inner, inputs, 1, 1], "relu"),
      spatial: planLayer(`${name}.conv2`, `${name}.bn2`, [inner, inner, 3, 3], "relu", step),
      expand: planLayer(`${name}.conv3`, `${name}.bn3`, [outputs, inner, 1, 1], "none"),
      ...(projects && { project }),
    },
    forward(layers, x) {
      const y = layers.expand(layers.spatial(layers.reduce(x)));
      return y.add<tf.Tensor4D>(projects ? layers.project(x) : x).relu();
    },
  };
}

function planLayer(
  convolution: string,
  batchNorm: string,
  shape: LayerPlan["shape"],
  activation: LayerPlan["activation"],
  stride = 1,
): LayerPlan {
  const padding = (shape[3] - 1) / 2;
  return { convolution, batchNorm, shape, activation, stride, padding, epsilon: EPSILON };
}
