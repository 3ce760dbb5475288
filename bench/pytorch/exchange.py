"""What this project's side hands over, and how its names and orders of axes are read here."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

# TensorFlow's kernels are [height, width, inputs, outputs], depthwise ones [height, width, channels, 1]; PyTorch wants outputs first.
FROM_TENSORFLOW = {False: (3, 2, 0, 1), True: (2, 3, 0, 1)}
TO_TENSORFLOW = {False: (2, 3, 1, 0), True: (2, 3, 0, 1)}


class Exchange:
    """A folder with `setup.json`, `weights.safetensors` and, where a case has them, `inputs.safetensors` and `targets.safetensors`."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.setup = json.loads((self.folder / "setup.json").read_text())
        self.config = self.setup.get("config")

    def inputs(self):
        return load_file(self.folder / "inputs.safetensors")

    def weights(self):
        """By this project's names, in PyTorch's order of axes; dense kernels stay [inputs, outputs]."""
        tensors = load_file(self.folder / "weights.safetensors")
        return {name: from_tensorflow(name, tensor) for name, tensor in tensors.items()}

    def images(self):
        """[N, 3, S, S], 0 to 255, laid out in memory channels last."""
        return self.inputs()["images"].permute(0, 3, 1, 2)

    def targets(self):
        """(boxes [G, 4], class ids [G]) of each image."""
        return [
            (torch.tensor(truth["boxes"], dtype=torch.float32).reshape(-1, 4), torch.tensor(truth["classIds"], dtype=torch.int64))
            for truth in self.setup["targets"]
        ]  # fmt: skip

    def write_results(self, tensors):
        """What the agreement check compares with this project's; values in this project's order of axes."""
        contiguous = {name: tensor.detach().to(torch.float32).contiguous() for name, tensor in tensors.items()}
        save_file(contiguous, self.folder / "reference.safetensors")


def is_depthwise(name):
    return "/depthwise/" in name


def from_tensorflow(name, tensor):
    return tensor.permute(FROM_TENSORFLOW[is_depthwise(name)]).contiguous() if tensor.ndim == 4 else tensor


def to_tensorflow(name, tensor):
    return tensor.permute(TO_TENSORFLOW[is_depthwise(name)]) if tensor.ndim == 4 else tensor
