"""Writes the small files in weights/ for tests/weights: PyTorch files of both formats, and safetensors.

Some of the files are valid, and some are damaged or harmful.

    pip install torch==2.13.0 safetensors==0.8.0
    python make_weight_files.py
"""

import collections
import json
import pathlib
import zipfile

import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).with_name("weights")


class CallsSystem:
    """Pickles to a call of os.system, as a harmful weights file does."""

    def __reduce__(self):
        import os

        return os.system, ("touch weights-file-ran-code",)


def tensors():
    base = torch.arange(24, dtype=torch.float32) / 8 - 1
    return collections.OrderedDict(
        plain=torch.tensor([[1.5, -2.25, 3e-8], [0.1, float("inf"), -0.0]]),
        transposed=base.reshape(2, 3, 4).permute(2, 0, 1),
        slice=base.reshape(4, 6)[1:3, 2::2],
        same_storage=base[20:],
        scalar=torch.tensor(7.0),
        empty=torch.zeros(0, 3),
        half=torch.tensor([1.0, -2.5, 6.1e-5, 6e-8, 65504.0, float("-inf")], dtype=torch.float16),
        bfloat=torch.tensor([1.0, -2.5, 3.0e38, 1e-30], dtype=torch.bfloat16),
        double=torch.tensor([0.1, -1e30], dtype=torch.float64),
        long=torch.tensor([5, -6, 2**24], dtype=torch.int64),
        int=torch.tensor([5, -6], dtype=torch.int32),
        short=torch.tensor([5, -6], dtype=torch.int16),
        char=torch.tensor([5, -6], dtype=torch.int8),
        byte=torch.tensor([5, 250], dtype=torch.uint8),
        bool=torch.tensor([True, False]),
        parameter=torch.nn.Parameter(torch.tensor([4.0, 2.0])),
    )


def rewrite(path, change, **options):
    """Changes some parts of an archive."""
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in parts:
            archive.writestr(name, change(name.split("/", 1)[1], data))


def main():
    FOLDER.mkdir(exist_ok=True)
    state = tensors()
    # The state_dict() of a module has this attribute. Readers must skip it.
    state._metadata = collections.OrderedDict([("", {"version": 1})])
    expected = {
        name: {"shape": list(tensor.shape), "values": [str(v) for v in tensor.detach().float().flatten().tolist()]}
        for name, tensor in state.items()
    }
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    torch.save(state, FOLDER / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(state, FOLDER / "zip.pth")
    save_file({name: tensor.detach().contiguous().clone() for name, tensor in state.items()}, FOLDER / "sound.safetensors")

    torch.save({"weight": torch.ones(2), "harm": CallsSystem()}, FOLDER / "harmful-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"weight": torch.ones(2), "harm": CallsSystem()}, FOLDER / "harmful-zip.pth")
    torch.save(torch.nn.Linear(2, 1), FOLDER / "whole-model.pth")
    torch.save({"epoch": 3, "weight": torch.ones(2)}, FOLDER / "checkpoint.pth")
    torch.save({"weight": torch.ones(1).expand(1000, 1000)}, FOLDER / "expanded.pth")

    torch.save({"weight": torch.ones(2)}, FOLDER / "big-endian.pth")
    rewrite(FOLDER / "big-endian.pth", lambda name, data: b"big" if name == "byteorder" else data)
    torch.save({"weight": torch.ones(2)}, FOLDER / "compressed.pth")
    rewrite(FOLDER / "compressed.pth", lambda name, data: data, compression=zipfile.ZIP_DEFLATED)
    torch.save({"weight": torch.ones(2)}, FOLDER / "short-storage.pth")
    rewrite(FOLDER / "short-storage.pth", lambda name, data: data[:4] if name == "data/0" else data)


if __name__ == "__main__":
    main()
