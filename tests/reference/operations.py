"""Operations of the detector in PyTorch, written from their definitions as plain loops.

Autograd computes their gradients. The scripts make_*.py use them; make_boxes.py also compares them
with ONNX Runtime.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch

BACKGROUND, IGNORED = -1, -2

# The limit of the growth of a side, as in src/boxes/box-coder.ts.
MAX_LOG_GROWTH = math.log(1000 / 16)


def plain(value):
    """A tensor or an array as nested lists of numbers with 7 digits."""
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    if value.dtype.kind == "f":
        if not value.size:
            return value.tolist()
        rounded = np.vectorize(lambda x: float(f"{x:.7g}"), otypes=[float])(value.astype(np.float64))
        return rounded.tolist()
    return value.tolist()


def write_reference(name, reference):
    """Writes a reference as JSON beside the scripts."""
    target = Path(__file__).with_name(name)
    target.write_text(json.dumps(reference, separators=(",", ":")) + "\n")
    print(f"{target}: {target.stat().st_size} bytes")


def tensor(values):
    """A tensor of 32-bit numbers."""
    return torch.tensor(np.array(values, np.float32))


def with_gradient(values, loss):
    """The losses of some values, and the gradient of their sum."""
    values = torch.tensor(np.array(values, np.float32), requires_grad=True)
    out = loss(values)
    out.sum().backward()
    return {"input": plain(values), "loss": plain(out), "gradient": plain(values.grad)}


# ---- boxes --------------------------------------------------------------------------------------


def iou_matrix(a, b):
    """The IoU of each box of [A, 4] with each box of [G, 4]: [A, G]."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    intersection = (high - low).clamp(min=0).prod(2)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return intersection / (area(a)[:, None] + area(b)[None] - intersection)


def encode(references, targets, weights):
    """The deltas from references to targets (Faster R-CNN, equation 2)."""
    size, target_size = references[:, 2:] - references[:, :2], targets[:, 2:] - targets[:, :2]
    shift = (targets[:, :2] + targets[:, 2:] - references[:, :2] - references[:, 2:]) / 2
    return torch.cat([shift / size, (target_size / size).log()], 1) * tensor(weights)


def decode(references, deltas, weights):
    """The inverse of encode, with limited growth."""
    size = references[:, 2:] - references[:, :2]
    delta = deltas / tensor(weights)
    center = (references[:, :2] + references[:, 2:]) / 2 + delta[:, :2] * size
    half = size * delta[:, 2:].clamp(max=MAX_LOG_GROWTH).exp() / 2
    return torch.cat([center - half, center + half], 1)


def giou_loss(predicted, target):
    """1 - GIoU of each pair (Rezatofighi et al. 2019, algorithm 1)."""
    area = lambda b: (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    low = torch.maximum(predicted[:, :2], target[:, :2])
    high = torch.minimum(predicted[:, 2:], target[:, 2:])
    intersection = (high - low).clamp(min=0).prod(1)
    union = area(predicted) + area(target) - intersection
    hull_low = torch.minimum(predicted[:, :2], target[:, :2])
    hull = (torch.maximum(predicted[:, 2:], target[:, 2:]) - hull_low).prod(1)
    return 1 - (intersection / union - (hull - union) / hull)


# ---- RoIAlign and RoI pooling -------------------------------------------------------------------


def read_between(feature, y, x):
    """The bilinear value of [C, H, W] at a point in indices of cells.

    The border is repeated for one cell; beyond it, values are 0.
    """
    channels, height, width = feature.shape
    if y < -1 or y > height or x < -1 or x > width:
        return torch.zeros(channels)
    y, x = min(max(y, 0.0), height - 1.0), min(max(x, 0.0), width - 1.0)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    fy, fx = y - top, x - left
    return (
        feature[:, top, left] * (1 - fy) * (1 - fx)
        + feature[:, top, right] * (1 - fy) * fx
        + feature[:, bottom, left] * fy * (1 - fx)
        + feature[:, bottom, right] * fy * fx
    )


def roi_align(features, rois, images, stride, size, ratio):
    """RoIAlign (Mask R-CNN, section 3): [N, C, H, W] -> [R, C, size, size].

    The center of a cell is at one half.
    """
    out = []
    for roi, image in zip(rois.tolist(), images.tolist()):
        x1, y1, x2, y2 = [edge / stride - 0.5 for edge in roi]
        step_x, step_y = (x2 - x1) / size / ratio, (y2 - y1) / size / ratio
        cells = []
        for i in range(size):
            for j in range(size):
                samples = [
                    read_between(
                        features[image],
                        y1 + (i * ratio + a + 0.5) * step_y,
                        x1 + (j * ratio + b + 0.5) * step_x,
                    )
                    for a in range(ratio)
                    for b in range(ratio)
                ]
                cells.append(sum(samples) / len(samples))
        out.append(torch.stack(cells, 1).reshape(-1, size, size))
    return torch.stack(out)


def round_half_away(x):
    """Rounds halves away from zero, as C does."""
    return int(math.floor(abs(x) + 0.5) * (1 if x >= 0 else -1))


def roi_pool(features, rois, images, stride, size):
    """RoI pooling (Fast R-CNN, section 2.1).

    The RoI is rounded to whole cells, including its last cell, and split into size x size parts. The
    result is the maximum of each part.
    """
    _, channels, height, width = features.shape
    out = []
    for roi, image in zip(rois.tolist(), images.tolist()):
        x1, y1, x2, y2 = [round_half_away(edge / stride) for edge in roi]
        w, h = max(x2 - x1 + 1, 1), max(y2 - y1 + 1, 1)
        cells = []
        for i in range(size):
            rows = (math.floor(i * h / size), math.ceil((i + 1) * h / size))
            top, bottom = [min(max(v + y1, 0), height) for v in rows]
            for j in range(size):
                columns = (math.floor(j * w / size), math.ceil((j + 1) * w / size))
                left, right = [min(max(v + x1, 0), width) for v in columns]
                part = features[image][:, top:bottom, left:right]
                cells.append(part.amax((1, 2)) if part.numel() else torch.zeros(channels))
        out.append(torch.stack(cells, 1).reshape(-1, size, size))
    return torch.stack(out)
