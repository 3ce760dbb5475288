"""EfficientNet-Lite0 with batch norm folded into the convolutions, like src/backbones/efficientnet-lite.ts."""

import torch
import torch.nn.functional as F
from torch import nn

MEAN = 127
DEVIATION = 128
LEVEL_STRIDES = (8, 16, 32)
STEM_CHANNELS = 32
# Side of the depthwise kernel, stride of the first block, expansion, channels, number of blocks.
STAGES = (
    (3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1),
)  # fmt: skip


class Convolution(nn.Module):
    """A convolution with TensorFlow's `same` padding, and ReLU6 after it if `activation` is set."""

    def __init__(self, name, weights, stride=1, activation=True):
        super().__init__()
        self.name = name
        self.kernel = nn.Parameter(weights[f"{name}/kernel"].clone())
        self.bias = nn.Parameter(weights[f"{name}/bias"].clone())
        self.stride = stride
        self.activation = activation
        self.groups = self.kernel.shape[0] if "/depthwise" in name else 1

    def forward(self, x):
        side = self.kernel.shape[-1]
        padding = side // 2
        if self.stride > 1:
            # If the padding is odd, TensorFlow adds one more cell at the right and bottom; conv2d pads both sides equally.
            total = [max((-(-n // self.stride) - 1) * self.stride + side - n, 0) for n in x.shape[2:]]
            (top, bottom), (left, right) = [(t // 2, t - t // 2) for t in total]
            x = F.pad(x, (left, right, top, bottom))
            padding = 0
        y = F.conv2d(x, self.kernel, self.bias, self.stride, padding, groups=self.groups)
        return F.relu6(y, inplace=True) if self.activation else y


class Bottleneck(nn.Module):
    """An inverted residual block: expansion, depthwise convolution, projection."""

    def __init__(self, index, weights, inputs, outputs, expansion, stride):
        super().__init__()
        prefix = f"backbone/block{index}"
        self.expand = Convolution(f"{prefix}/expand", weights) if expansion > 1 else nn.Identity()
        self.depthwise = Convolution(f"{prefix}/depthwise", weights, stride)
        self.project = Convolution(f"{prefix}/project", weights, activation=False)
        self.has_shortcut = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.project(self.depthwise(self.expand(x)))
        return y + x if self.has_shortcut else y


class Backbone(nn.Module):
    """Stem and 16 bottlenecks. The first `frozen_blocks` of these 17 blocks are not trained."""

    def __init__(self, weights, frozen_blocks):
        super().__init__()
        blocks = [Convolution("backbone/stem/convolution", weights, 2)]
        strides = [2]
        inputs = STEM_CHANNELS
        for _, first_stride, expansion, channels, count in STAGES:
            for i in range(count):
                stride = first_stride if i == 0 else 1
                blocks.append(Bottleneck(len(blocks) - 1, weights, inputs, channels, expansion, stride))
                strides.append(strides[-1] * stride)
                inputs = channels
        self.blocks = nn.ModuleList(blocks)
        self.frozen = len(blocks) if frozen_blocks == "all" else frozen_blocks
        self.levels = [max(i for i, stride in enumerate(strides) if stride == level) for level in LEVEL_STRIDES]
        for block in self.blocks[: self.frozen]:
            block.requires_grad_(False)

    @staticmethod
    def preprocess(images):
        return (images - MEAN) / DEVIATION

    def run(self, x, start, end, wanted):
        found = {}
        for index in range(start, end):
            x = self.blocks[index](x)
            if index in wanted:
                found[index] = x
        return [found[index] for index in wanted if index in found]

    @torch.no_grad()
    def frozen_features(self, images):
        """The features of the frozen levels, and last the input of the first trained block if there is one."""
        wanted = [level for level in self.levels if level < self.frozen]
        if self.frozen < len(self.blocks):
            wanted.append(self.frozen - 1)
        return self.run(self.preprocess(images), 0, self.frozen, wanted)

    def trained_features(self, features):
        """The features of all levels, finest first, from frozen features."""
        if self.frozen == len(self.blocks):
            return features
        return features[:-1] + self.run(features[-1], self.frozen, len(self.blocks), self.levels)
