"""Writes hard-boxes.json: the expected results for difficult boxes. make_boxes.py has the usual cases.

1,100 crowded boxes for NMS; RoIs across the border, outside, of a hundredth of a cell, and many times
as large as the map, at strides from 1 to 32; matching by PyTorch's maxima; GIoU of touching, nested
and distant boxes; decoding and its losses with the gradients of autograd. Run it with the versions
that make_boxes.py names:

    python tests/reference/make_hard_boxes.py
"""
import math

import make_boxes
import numpy as np
import torch
import torch.nn.functional as F
from make_boxes import iou, nms_by_onnx, rois_case
from operations import (
    BACKGROUND,
    IGNORED,
    decode,
    giou_loss,
    iou_matrix,
    plain,
    tensor,
    with_gradient,
    write_reference,
)

random = np.random.default_rng(77)
make_boxes.random = random

# ---- NMS ----------------------------------------------------------------------------------------


def crowd(count):
    """Boxes of very different sizes around a few centers."""
    centers = random.uniform(20, 300, (12, 2))[random.integers(12, size=count)] + random.normal(0, 9, (count, 2))
    half = np.exp(random.uniform(0.5, 3.8, (count, 2)))
    return np.round(np.concatenate([centers - half, centers + half], 1), 1).astype(np.float32)


def nms_by_definition(boxes, scores, threshold):
    waiting, kept = sorted(range(len(scores)), key=lambda i: -scores[i]), []
    for i in waiting:
        if all(iou(boxes[k], boxes[i]) <= threshold for k in kept):
            kept.append(i)
    return kept


def suppression():
    boxes = crowd(1100)
    # Distinct scores: the order of equal scores is not defined in ONNX Runtime.
    scores = random.permutation(len(boxes)).astype(np.float32) / 2048
    cases = []
    for threshold in (0.05, 0.2, 0.45, 0.5, 0.75, 0.95):
        kept = nms_by_onnx(boxes, scores, threshold).tolist()
        assert kept == nms_by_definition(boxes.tolist(), scores.tolist(), np.float32(threshold).item()), threshold
        cases.append({"threshold": threshold, "kept": kept})
    return {"boxes": plain(boxes), "scores": plain(scores), "cases": cases}


# ---- matching -----------------------------------------------------------------------------------


def matching(positive, negative, low_quality):
    candidates, ground_truth = tensor(crowd(60)), tensor(crowd(5))
    overlaps = iou_matrix(candidates, ground_truth)
    best, match = overlaps.max(1)
    assignment = torch.where(best >= positive, match, torch.where(best >= negative, IGNORED, BACKGROUND))
    if low_quality:
        # The best candidates of each box. The best candidate of two boxes gets the one that it overlaps
        # more.
        highest = overlaps.max(0).values
        best_overlaps = torch.where((overlaps == highest) & (highest > 0), overlaps, 0)
        assignment = torch.where(best_overlaps.max(1).values > 0, best_overlaps.argmax(1), assignment)
    for threshold in (positive, negative):
        assert (best - threshold).abs().min() > 1e-5, "an IoU is too close to a threshold"
    return {
        "positiveIou": positive, "negativeIou": negative, "allowLowQualityMatches": low_quality,
        "candidates": plain(candidates), "groundTruth": plain(ground_truth), "assignment": assignment.tolist(), "iou": plain(best),
    }  # fmt: skip


# ---- losses -------------------------------------------------------------------------------------


def decoding():
    references = tensor([[0, 0, 320, 320], [10, 20, 11, 21], [300, 5, 319.5, 310], [-40, -30, 20, 10], [100, 100, 100.5, 180], [7, 9, 40, 44]])
    deltas = random.normal(size=(6, 4)).round(3) * 2
    deltas[1, 2:] = [30, -30]
    deltas[5] = 0
    weights = [10, 5, 2, 1]
    upstream = random.normal(size=(6, 4)).round(3)
    ground_truth = tensor([[30, 40, 200, 280], [11, 20, 14, 22], [280, 50, 320, 200], [-50, -45, 0, 0.5], [99, 120, 101, 150], [9, 8, 41, 40]])
    rows = {"references": plain(references), "weights": weights}
    return {
        **rows,
        "upstream": plain(tensor(upstream)),
        "decoded": plain(decode(references, tensor(deltas), weights)),
        # The sum of each row.
        **with_gradient(deltas, lambda x: (decode(references, x, weights) * tensor(upstream)).sum(1)),
        "giou": {"target": plain(ground_truth), **with_gradient(deltas, lambda x: giou_loss(decode(references, x, weights), ground_truth))},
    }  # fmt: skip


def giou_pairs():
    """Pairs of boxes without equal edges, because the gradient is not unique at a kink."""
    pairs = [
        ([10, 12, 40, 50], [39.9, 11, 80, 51.5]),  # overlapping by 0.1 pixels
        ([10, 12, 40, 50], [40.1, 11, 80, 51.5]),  # separated by 0.1 pixels
        ([10, 12, 40, 50], [20, 22, 30, 35]),  # nested
        ([20, 22, 30, 35], [10, 12, 40, 50]),  # nested the other way
        ([10, 12, 40, 50], [10.01, 11.99, 40.02, 50.01]),  # almost equal
        ([0, 0, 5, 5], [300.5, 310.5, 319, 318]),  # far apart
        ([0, 0, 300, 300.5], [3, 4, 4, 5]),  # one pixel in a large one
        ([100, 100, 101, 101], [99.75, 100.25, 100.5, 101.5]),  # one pixel each
        ([5, 0.5, 6, 320.5], [0.5, 150, 320.5, 151]),  # a cross of two thin boxes
    ]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def losses():
    logits = [-1e4, 1e4, -50.0, 50.0, -1e-6, 1e-6, 17.5, -17.5]
    labels = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]
    classes = [[0.0, 0.0, 0.0, 0.0], [100.0, -100.0, 0.0, 50.0], [-3.0, -3.0, 4.0, 4.5], [1e3, 1e3, -1e3, 0.0]]
    ids = [3, 1, 2, 0]
    targets = random.normal(size=(5, 4)).round(3)
    # Equal, just below and just above beta, and very large.
    deltas = targets + np.array([0, 1 / 9 - 1e-3, 1 / 9 + 1e-3, -0.5, 1e4])[:, None] * np.array([1, -1, 1, -1])
    boxes, ground_truth = giou_pairs()
    return {
        "sigmoid": {"labels": labels, **with_gradient(logits, lambda x: F.binary_cross_entropy_with_logits(x, tensor(labels), reduction="none"))},
        "softmax": [
            {"classIds": ids, "labelSmoothing": s,
             **with_gradient(classes, lambda x: F.cross_entropy(x, torch.tensor(ids), reduction="none", label_smoothing=s))}
            for s in (0, 0.05, 0.3)
        ],
        "smoothL1": [
            {"target": plain(tensor(targets)), "beta": 1 / 9,
             **with_gradient(deltas, lambda x: F.smooth_l1_loss(x, tensor(targets), reduction="none", beta=1 / 9).sum(1))}
        ],
        "giou": {"target": plain(tensor(ground_truth)), **with_gradient(boxes, lambda x: giou_loss(x, tensor(ground_truth)))},
    }  # fmt: skip


def roi_cases():
    for stride, height, width, size, ratio in [(1, 9, 7, 2, 1), (8, 5, 6, 3, 2), (16, 4, 5, 2, 3), (32, 3, 3, 4, 2), (8, 1, 1, 2, 2)]:
        w, h = width * stride, height * stride
        rois = [
            [-0.3 * w, -0.4 * h, 0.3 * w, 0.35 * h],  # across one corner
            [0.6 * w, 0.7 * h, 1.4 * w, 1.3 * h],  # across the other corner
            [-w, 0.2 * h, 2 * w, 0.6 * h],  # wider than the map
            [-5 * w, -7 * h, 9 * w, 6 * h],  # many times as large as the map
            [0.41 * w, 0.37 * h, 0.41 * w + 0.01 * stride, 0.37 * h + 0.02 * stride],  # a hundredth of a cell
            [-0.9 * stride, 0.3 * h, -0.1 * stride, 0.5 * h],  # outside, but within one cell of the border
            [3 * w, 3 * h, 4 * w, 4 * h],  # outside
            [0, 0, w, h],
        ]
        rois = np.round(rois, 3).tolist()
        yield rois_case("align", height, width, stride, size, ratio, rois, [0, 1, 1, 0, 1, 0, 0, 1])


def main():
    reference = {
        "nms": suppression(),
        "matching": [matching(0.5, 0.3, True), matching(0.7, 0.3, True), matching(0.5, 0.5, False)],
        "roiAlign": list(roi_cases()),
        "decoding": decoding(),
        "losses": losses(),
    }
    write_reference("hard-boxes.json", reference)


if __name__ == "__main__":
    main()
