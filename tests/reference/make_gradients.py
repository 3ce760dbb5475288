"""Writes gradients.json: convolutions and group normalization, with the gradients of autograd.

    pip install torch==2.13.0 numpy
    python make_gradients.py
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

random = np.random.default_rng(5)


def draw(*shape):
    return torch.tensor(random.normal(size=shape).round(3).astype(np.float32), requires_grad=True)


def plain(tensor, order):
    """Values with the order of axes of TensorFlow, rounded to six decimals."""
    return np.transpose(tensor.detach().numpy(), order).astype(np.float64).round(6).tolist()


IMAGE = (0, 2, 3, 1)
KERNEL = (2, 3, 1, 0)
DEPTHWISE = (2, 3, 0, 1)
VECTOR = (0,)


def convolution(size, inputs, outputs, kernel, stride, padding, activation, depthwise):
    x = draw(2, inputs, size, size + 1)
    weight = draw(outputs, 1 if depthwise else inputs, kernel, kernel)
    bias = draw(outputs)
    y = F.conv2d(x, weight, bias, stride, padding, groups=inputs if depthwise else 1)
    y = {"none": lambda v: v, "relu": F.relu, "relu6": F.relu6}[activation](y)
    upstream = draw(*y.shape)
    (y * upstream).sum().backward()
    order = DEPTHWISE if depthwise else KERNEL
    return {
        "stride": stride, "padding": padding, "activation": activation, "depthwise": depthwise,
        "inputs": [plain(x, IMAGE), plain(weight, order), plain(bias, VECTOR)],
        "upstream": plain(upstream, IMAGE), "output": plain(y, IMAGE),
        "gradients": [plain(x.grad, IMAGE), plain(weight.grad, order), plain(bias.grad, VECTOR)],
    }  # fmt: skip


def group_norm(size, channels, groups):
    x, gamma, beta = draw(2, channels, size, size + 1), draw(channels), draw(channels)
    y = F.group_norm(x, groups, gamma, beta, 1e-5)
    upstream = draw(*y.shape)
    (y * upstream).sum().backward()
    return {
        "groups": groups,
        "inputs": [plain(x, IMAGE), plain(gamma, VECTOR), plain(beta, VECTOR)],
        "upstream": plain(upstream, IMAGE), "output": plain(y, IMAGE),
        "gradients": [plain(x.grad, IMAGE), plain(gamma.grad, VECTOR), plain(beta.grad, VECTOR)],
    }  # fmt: skip


cases = {
    "convolutions": [
        convolution(5, 3, 4, 3, 1, 1, "none", False),
        convolution(6, 2, 3, 3, 2, 1, "relu", False),
        convolution(4, 4, 2, 1, 1, 0, "relu6", False),
        convolution(6, 3, 3, 5, 2, 2, "relu6", True),
        convolution(5, 4, 4, 3, 1, 1, "relu", True),
    ],
    "groupNorms": [group_norm(3, 6, 3), group_norm(4, 4, 1), group_norm(2, 4, 4), group_norm(1, 6, 3)],
}
Path(__file__).with_name("gradients.json").write_text(json.dumps(cases) + "\n")
