"""Reads the files that this project's side writes, and translates their order of axes."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

# TensorFlow's kernels are [height, width, inputs, outputs], depthwise ones [height, width, channels, 1]. PyTorch's begin with the outputs.
FROM_TENSORFLOW = {False: (3, 2, 0, 1), True: (2, 3, 0, 1)}
TO_TENSORFLOW = {False: (2, 3, 1, 0), True: (2, 3, 0, 1)}


class Exchange:
    """The folder of a case: `setup.json`, `weights.safetensors` and, for some cases, `inputs.safetensors`."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.setup = json.loads((self.folder / "setup.json").read_text())
        self.config = self.setup.get("config")

    def inputs(self):
        return load_file(self.folder / "inputs.safetensors")

    def weights(self):
        """Weights by their names in this project, in PyTorch's order of axes. Dense kernels stay [inputs, outputs]."""
        tensors = load_file(self.folder / "weights.safetensors")
        return {name: from_tensorflow(name, tensor) for name, tensor in tensors.items()}

    def images(self):
        """[N, 3, S, S] of values 0 to 255, in channels-last memory layout."""
        return self.inputs()["images"].permute(0, 3, 1, 2)

    def targets(self):
        """Boxes [G, 4] and class ids [G] of each image."""
        return [
            (torch.tensor(target["boxes"], dtype=torch.float32).reshape(-1, 4), torch.tensor(target["classIds"], dtype=torch.int64))
            for target in self.setup["targets"]
        ]  # fmt: skip

    def write_results(self, tensors):
        """Writes results that are compared with this project's, in this project's order of axes."""
        contiguous = {name: tensor.detach().to(torch.float32).contiguous() for name, tensor in tensors.items()}
        save_file(contiguous, self.folder / "reference.safetensors")


def is_depthwise(name):
    return "/depthwise/" in name


def from_tensorflow(name, tensor):
    return tensor.permute(FROM_TENSORFLOW[is_depthwise(name)]).contiguous() if tensor.ndim == 4 else tensor


def to_tensorflow(name, tensor):
    return tensor.permute(TO_TENSORFLOW[is_depthwise(name)]) if tensor.ndim == 4 else tensor
