/**
 * ResNet-50 (He et al. 2016, table 1), in the variant of torchvision's V1 weights. Numeric traps:
 * the 3x3 convolution of the first block of a stage has the stride (in the paper, the 1x1
 * convolution has it), and every convolution has the same padding on all sides.
 */
import { tf } from "../tensor/tensorflow";
import type { RemoteWeights } from "../weights/fetch";
import { downloadedWeights } from "../weights/sources";
import type { BackboneDefinition, BlockPlan, LayerPlan } from "./backbone";

/** Number that batch normalization adds to the variance. */
const EPSILON = 1e-5;
const STEM_CHANNELS = 64;
const STEM_KERNEL = 7;
/** Stride of the stem's convolution, and of the max pooling after it. */
const STEM_STEP = 2;
const POOL_SIDE = 3;
/** Output channels of a bottleneck divided by its inner channels. */
const EXPANSION = 4;

/** Mean and standard deviation of red, green and blue in ImageNet, for values in [0, 255]. */
const MEAN = [0.485 * 255, 0.456 * 255, 0.406 * 255];
const DEVIATION = [0.229 * 255, 0.224 * 255, 0.225 * 255];

const STAGES = [
  { inner: 64, blocks: 3, stride: 1 },
  { inner: 128, blocks: 4, stride: 2 },
  { inner: 256, blocks: 6, stride: 2 },
  { inner: 512, blocks: 3, stride: 2 },
] as const;

/** torchvision's V1 weights. The digits in the name are the first digits of the SHA-256. */
export const RESNET50_FILE: RemoteWeights = {
  url: "https://download.pytorch.org/models/resnet50-0676ba61.pth",
  hosts: ["download.pytorch.org"],
  fileName: "resnet50-0676ba61.pth",
  sha256: "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
  bytes: 102_530_333,
};

/**
 * The stem (block 0) and 16 bottlenecks (blocks 1 to 16), without the classifier. The stages end
 * with the blocks 3, 7, 13 and 16.
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
      const name = `layer${stageIndex + 1}.${i}`;
      plans.push(planBottleneck({ name, stride, inputs, inner: stage.inner, step }));
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
      convolution: planLayer("conv1", "bn1", {
        shape: [STEM_CHANNELS, 3, STEM_KERNEL, STEM_KERNEL],
        activation: "relu",
        stride: STEM_STEP,
      }),
    },
    forward(layers, x) {
      // PyTorch pads with minus infinity. Zeros give the same maximum, because no output of a ReLU
      // is below 0.
      const bordered = layers.convolution(x).pad([[0, 0], border, border, [0, 0]]) as tf.Tensor4D;
      return tf.maxPool(bordered, POOL_SIDE, STEM_STEP, "valid");
    },
  };
}

interface Bottleneck {
  readonly name: string;
  /** Stride of the output, in pixels of the network's input. */
  readonly stride: number;
  /** Channels of the input. */
  readonly inputs: number;
  /** Channels of the 3x3 convolution. */
  readonly inner: number;
  /** Stride of the 3x3 convolution. */
  readonly step: number;
}

/**
 * A bottleneck (He et al. 2016, figure 5, right): convolutions of 1x1, 3x3 and 1x1. Their output is
 * added to the input, or to a 1x1 projection of the input when the shape changes.
 */
function planBottleneck({ name, stride, inputs, inner, step }: Bottleneck): BlockPlan {
  const outputs = inner * EXPANSION;
  const projects = inputs !== outputs || step > 1;
  const project = planLayer(`${name}.downsample.0`, `${name}.downsample.1`, {
    shape: [outputs, inputs, 1, 1],
    activation: "none",
    stride: step,
  });
  return {
    name,
    stride,
    channels: outputs,
    layers: {
      reduce: planLayer(`${name}.conv1`, `${name}.bn1`, {
        shape: [inner, inputs, 1, 1],
        activation: "relu",
      }),
      spatial: planLayer(`${name}.conv2`, `${name}.bn2`, {
        shape: [inner, inner, 3, 3],
        activation: "relu",
        stride: step,
      }),
      expand: planLayer(`${name}.conv3`, `${name}.bn3`, {
        shape: [outputs, inner, 1, 1],
        activation: "none",
      }),
      ...(projects && { project }),
    },
    forward(layers, x) {
      const y = layers.expand(layers.spatial(layers.reduce(x)));
      return y.add<tf.Tensor4D>(projects ? layers.project(x) : x).relu();
    },
  };
}

/** A convolution and its batch normalization, padded so that a stride of 1 keeps the size. */
function planLayer(
  convolution: string,
  batchNorm: string,
  { shape, activation, stride = 1 }: Pick<LayerPlan, "shape" | "activation" | "stride">,
): LayerPlan {
  const padding = (shape[3] - 1) / 2;
  return { convolution, batchNorm, shape, activation, stride, padding, epsilon: EPSILON };
}
