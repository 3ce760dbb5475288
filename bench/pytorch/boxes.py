"""Boxes [x1, y1, x2, y2]: anchors, IoU, box coding, matching, sampling and NMS, like torchvision's detectors."""

import math

import numpy as np
import torch

MIN_AREA = 1e-7
MAX_LOG_GROWTH = math.log(1000 / 16)
MIN_SIDE = 1e-3
BACKGROUND = -1
IGNORED = -2
JITTER = 0.2


def generate_anchors(config, stride, cells):
    """[cells * cells * shapes, 4], ordered by row, column, size and ratio."""
    sizes = torch.tensor(config["sizes"], dtype=torch.float64)[:, None]
    root = torch.tensor(config["ratios"], dtype=torch.float64)[None].sqrt()
    half = torch.stack([(sizes / root).flatten(), (sizes * root).flatten()], 1) / 2
    offset = 0.5 if config["placement"] == "center" else 0.0
    middle = (torch.arange(cells, dtype=torch.float64) + offset) * stride
    y, x = torch.meshgrid(middle, middle, indexing="ij")
    centers = torch.stack([x, y], -1).reshape(-1, 1, 2)
    return torch.cat([centers - half, centers + half], -1).reshape(-1, 4).float()


def areas(sides):
    return sides.clamp(min=0).prod(-1)


def iou_matrix(a, b):
    """[A, 4], [B, 4] -> [A, B]"""
    intersection = areas(torch.minimum(a[:, None, 2:], b[None, :, 2:]) - torch.maximum(a[:, None, :2], b[None, :, :2]))
    union = areas(a[:, 2:] - a[:, :2])[:, None] + areas(b[:, 2:] - b[:, :2])[None] - intersection
    return intersection / union.clamp(min=MIN_AREA)


def pair_iou(a, b):
    """[R, 4], [R, 4] -> [R]"""
    intersection = areas(torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2]))
    union = areas(a[:, 2:] - a[:, :2]) + areas(b[:, 2:] - b[:, :2]) - intersection
    return intersection / union.clamp(min=MIN_AREA)


def decode(references, deltas, weights=(1, 1, 1, 1)):
    """Boxes from reference boxes and deltas; all are [..., 4]."""
    deltas = deltas / deltas.new_tensor(weights)
    size = (references[..., 2:] - references[..., :2]).clamp(min=MIN_SIDE)
    center = (references[..., :2] + references[..., 2:]) / 2 + deltas[..., :2] * size
    half = deltas[..., 2:].clamp(max=MAX_LOG_GROWTH).exp() * size * 0.5
    return torch.cat([center - half, center + half], -1)


def match(candidates, targets, positive_iou, negative_iou, allow_low_quality):
    """[A]: the index of the target box of each candidate, BACKGROUND or IGNORED."""
    assignment = torch.full((len(candidates),), BACKGROUND, dtype=torch.int64)
    if not len(targets):
        return assignment
    overlaps = iou_matrix(candidates, targets)
    best, index = overlaps.max(1)
    assignment[best >= negative_iou] = IGNORED
    assignment = torch.where(best >= positive_iou, index, assignment)
    if allow_low_quality:
        highest = overlaps.max(0).values
        rows, columns = torch.nonzero((overlaps == highest) & (highest > 0), as_tuple=True)
        assignment[rows] = columns
    return assignment


def sample(assignment, samples, positive_fraction):
    """Random indices of positives and negatives."""
    positives = torch.nonzero(assignment >= 0).flatten()
    negatives = torch.nonzero(assignment == BACKGROUND).flatten()
    positives = positives[torch.randperm(len(positives))[: int(samples * positive_fraction)]]
    negatives = negatives[torch.randperm(len(negatives))[: samples - len(positives)]]
    return positives, negatives


def jitter(boxes, copies, size):
    """Randomly moved copies of boxes, clipped to the image."""
    boxes = boxes.repeat(copies, 1)
    sides = boxes[:, 2:] - boxes[:, :2]
    draw = lambda: (torch.rand(len(boxes), 2) * 2 - 1) * JITTER
    center = (boxes[:, :2] + boxes[:, 2:]) / 2 + sides * draw()
    half = sides / 2 * draw().exp()
    return torch.cat([center - half, center + half], 1).clamp(0, size)


def nms_few(boxes, threshold, max_count):
    """NMS of some hundred boxes, ordered by falling score: the indices that are kept. All IoUs are computed at once."""
    overlaps = (iou_matrix(boxes, boxes) > threshold).numpy()
    suppressed = np.zeros(len(boxes), dtype=bool)
    kept = []
    for i in range(len(boxes)):
        if suppressed[i]:
            continue
        kept.append(i)
        if len(kept) == max_count:
            break
        suppressed |= overlaps[i]
    return kept


def nms_many(boxes, scores, threshold):
    """NMS of any number of boxes by the usual numpy loop (as in py-faster-rcnn): the indices that are kept."""
    x1, y1, x2, y2 = boxes.T
    area = (x2 - x1) * (y2 - y1)
    order = np.argsort(-scores, kind="stable")
    kept = []
    while len(order):
        i, rest = order[0], order[1:]
        kept.append(i)
        width = np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest])
        height = np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest])
        intersection = np.maximum(0, width) * np.maximum(0, height)
        order = rest[intersection <= threshold * (area[i] + area[rest] - intersection)]
    return np.array(kept)


def soft_nms(boxes, scores, sigma, min_score, max_count):
    """Soft-NMS: indices by falling score, and the decayed scores. boxes [N, 4] and scores [N] are numpy arrays."""
    scores = scores.copy()
    kept, kept_scores = [], []
    left = np.ones(len(scores), dtype=bool)
    overlaps = iou_matrix(torch.from_numpy(boxes), torch.from_numpy(boxes)).numpy()
    while left.any() and len(kept) < max_count:
        best = int(np.where(left, scores, -1).argmax())
        if scores[best] < min_score:
            break
        left[best] = False
        kept.append(best)
        kept_scores.append(scores[best])
        scores[left] *= np.exp(-(overlaps[best, left] ** 2) / sigma)
    return kept, kept_scores
