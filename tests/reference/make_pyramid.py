"""Writes pyramid.json: the expected results of a detector with a feature pyramid, from PyTorch.

The pyramid, anchors, region proposal network and proposals by level, the level of each RoI,
RoIAlign on several maps, and the losses of both stages, with the gradients of autograd. Run it with
torch 2.13 and numpy 2.4:

    python tests/reference/make_pyramid.py
"""

import math

import torch
import torch.nn.functional as F
from make_detector import (
    CASCADE,
    CLASSES,
    ROI,
    assign,
    channels_first,
    channels_last,
    convolve,
    draw,
    gradients,
    head_variables,
    plain_images,
    stage_terms,
    suppress,
    values,
    box_losses,
)
from operations import decode, iou_matrix, plain, roi_align, tensor, write_reference

# An image of 96 pixels has 12, 6, 3 and 2 cells per side at the strides 8, 16, 32 and 64.
SIZE = 96
LEVELS = [3, 4, 5, 6]
CHANNELS, INPUT_CHANNELS = 4, [3, 5, 2]
CANONICAL_SIZE = 24
ANCHOR_SIZES = [10, 22, 45, 90]
RATIOS = [0.8, 1.25]


# ---- the pyramid --------------------------------------------------------------------------------


def draw_levels(sizes):
    return [draw(2, size, size, c) for size, c in zip(sizes, INPUT_CHANNELS)]


def pyramid_variables(levels, groups):
    """Laterals from the finest level up; outputs for the levels that the backbone has."""
    variables = {}

    def layer(name, size, inputs):
        variables[f"neck/{name}/kernel"] = draw(size, size, inputs, CHANNELS, scale=0.4)
        variables[f"neck/{name}/bias"] = draw(CHANNELS)
        if groups:
            variables[f"neck/{name}/gamma"] = draw(CHANNELS)
            variables[f"neck/{name}/beta"] = draw(CHANNELS)

    for level in range(levels[0], 6):
        layer(f"lateral{level}", 1, INPUT_CHANNELS[level - 3])
    for level in levels:
        if level <= 5:
            layer(f"output{level}", 3, CHANNELS)
    return variables


def run_pyramid(inputs, variables, levels, groups):
    """Feature pyramids, Lin et al. 2017, figure 3: maps [N, C, H, W]."""

    def run(name, x):
        part = lambda end: variables[f"neck/{name}/{end}"]
        x = convolve(x, part("kernel"), part("bias"))
        return F.group_norm(x, groups, part("gamma"), part("beta"), 1e-5) if groups else x

    merged = {}
    for level in range(5, levels[0] - 1, -1):
        lateral = run(f"lateral{level}", channels_first(inputs[level - 3]))
        if level < 5:
            lateral = lateral + F.interpolate(merged[level + 1], lateral.shape[2:], mode="nearest")
        merged[level] = lateral
    maps = []
    for level in levels:
        # As torchvision's LastLevelMaxPool.
        maps.append(run(f"output{level}", merged[level]) if level <= 5 else F.max_pool2d(maps[-1], 1, 2))
    return maps


def pyramid(levels, groups, sizes):
    inputs = draw_levels(sizes)
    variables = pyramid_variables(levels, groups)
    maps = [channels_last(m) for m in run_pyramid(inputs, variables, levels, groups)]
    upstream = [draw(*m.shape).detach() for m in maps]
    sum((m * u).sum() for m, u in zip(maps, upstream)).backward()
    return {
        "levels": levels,
        "channels": CHANNELS,
        "groups": groups,
        "inputChannels": INPUT_CHANNELS,
        "inputs": [plain(x) for x in inputs],
        "variables": values(variables),
        "maps": [plain(m) for m in maps],
        "upstream": [plain(u) for u in upstream],
        "inputGradients": [plain(torch.zeros_like(x) if x.grad is None else x.grad) for x in inputs],
        "gradients": gradients(variables),
    }


# ---- anchors, region proposal network and proposals ---------------------------------------------


def level_anchors():
    """Level by level, then by row, column and ratio."""
    boxes = []
    for level, size in zip(LEVELS, ANCHOR_SIZES):
        stride = 2**level
        cells = math.ceil(SIZE / stride)
        for row in range(cells):
            for column in range(cells):
                for ratio in RATIOS:
                    x, y = (column + 0.5) * stride, (row + 0.5) * stride
                    w, h = size / math.sqrt(ratio) / 2, size * math.sqrt(ratio) / 2
                    boxes.append([x - w, y - h, x + w, y + h])
    return tensor(boxes)


def rpn_variables(channels, anchors_per_cell):
    return {
        "rpn/hidden/kernel": draw(3, 3, CHANNELS, channels, scale=0.3),
        "rpn/hidden/bias": draw(channels),
        "rpn/objectness/kernel": draw(1, 1, channels, anchors_per_cell),
        "rpn/objectness/bias": draw(anchors_per_cell),
        "rpn/deltas/kernel": draw(1, 1, channels, 4 * anchors_per_cell, scale=0.2),
        "rpn/deltas/bias": draw(4 * anchors_per_cell, scale=0.2),
    }


def run_rpn(maps, variables):
    layer = lambda x, name: convolve(x, variables[f"rpn/{name}/kernel"], variables[f"rpn/{name}/bias"])
    objectness, deltas = [], []
    for m in maps:
        hidden = layer(m, "hidden").relu()
        objectness.append(channels_last(layer(hidden, "objectness")).reshape(2, -1))
        deltas.append(channels_last(layer(hidden, "deltas")).reshape(2, -1, 4))
    return torch.cat(objectness, 1), torch.cat(deltas, 1)


def level_proposals(anchors, counts, objectness, deltas, before, after, nms_iou):
    """As torchvision's filter_proposals: the best of each level, NMS by level, the best of all."""
    objectness, deltas = objectness.detach(), deltas.detach()
    candidates, start = [], 0
    for count in counts:
        best = torch.topk(objectness[start : start + count], min(before, count)).indices + start
        boxes = decode(anchors[best], deltas[best], [1, 1, 1, 1]).clamp(0, SIZE)
        sides = boxes[:, 2:] - boxes[:, :2]
        usable = (sides >= 1).all(1)
        candidates.append((best[usable], boxes[usable]))
        start += count
    kept = []
    for best, boxes in candidates:
        overlaps = iou_matrix(boxes, boxes)
        assert (overlaps - nms_iou).abs().min() > 1e-4, "an IoU is too close to the threshold"
        rows = suppress(boxes, objectness[best], nms_iou)
        kept += [(objectness[best[row]].item(), boxes[row], best[row].item()) for row in rows]
    kept.sort(key=lambda item: -item[0])
    assert len(kept) > after
    kept = kept[:after]
    return {
        "proposals": plain(torch.stack([box for _, box, _ in kept])),
        "proposalScores": plain(torch.sigmoid(tensor([score for score, _, _ in kept]))),
        "candidateCount": sum(len(best) for best, _ in candidates),
        "bestAnchors": [best for _, _, best in kept],
    }


# ---- RoIs ---------------------------------------------------------------------------------------


def roi_level(roi):
    """Equation 1, as torchvision's LevelMapper; an index into LEVELS."""
    width, height = roi[2] - roi[0], roi[3] - roi[1]
    level = math.floor(4 + math.log2(math.sqrt(width * height) / CANONICAL_SIZE) + 1e-6)
    return min(max(level, LEVELS[0]), LEVELS[-1]) - LEVELS[0]


def run_head(stage, variables, maps, rois, images):
    low, high = rois[:, :2], rois[:, 2:]
    margin = (high - low) * (ROI["context"] - 1) / 2
    regions = torch.cat([low - margin, high + margin], 1)
    size, ratio = ROI["outputSize"], ROI["samplingRatio"]
    levels = [roi_level(roi) for roi in rois.tolist()]
    pooled = torch.cat(
        [
            roi_align(maps[level], regions[i : i + 1], images[i : i + 1], 2 ** LEVELS[level], size, ratio)
            for i, level in enumerate(levels)
        ]
    )
    x = channels_last(pooled).reshape(len(rois), -1)
    dense = lambda x, name: (
        x @ variables[f"head{stage}/{name}/kernel"] + variables[f"head{stage}/{name}/bias"]
    )
    x = dense(x, "hidden0").relu()
    output = {
        "foreground": dense(x, "foreground").reshape(-1),
        "classLogits": dense(x, "classes"),
        "boxDeltas": dense(x, "deltas"),
    }
    return output, levels


# ---- a step -------------------------------------------------------------------------------------

RPN_LOSS = {"boxLoss": "giou", "objectnessWeight": 1, "boxWeight": 1}


def rpn_terms(anchors, objectness, deltas, images):
    entropies, fits = [], []
    for image, logits, moves in zip(images, objectness, deltas):
        positives, negatives = image["positives"], image["negatives"]
        labels = tensor([1.0] * len(positives) + [0.0] * len(negatives))
        sampled = logits[positives + negatives]
        entropies.append(F.binary_cross_entropy_with_logits(sampled, labels, reduction="none"))
        matched = image["boxes"][[image["assignment"][i] for i in positives]]
        fits.append(box_losses("giou", anchors[positives], matched, moves[positives], [1] * 4))
    return {"objectness": torch.cat(entropies).mean(), "boxes": torch.cat(fits).mean()}


def step():
    inputs = draw_levels([12, 6, 3])
    variables = {
        **pyramid_variables(LEVELS, 2),
        **rpn_variables(5, len(RATIOS)),
        **head_variables(0, CHANNELS),
        **head_variables(1, CHANNELS),
    }
    maps = run_pyramid(inputs, variables, LEVELS, 2)
    anchors = level_anchors()
    counts = [len(RATIOS) * math.ceil(SIZE / 2**level) ** 2 for level in LEVELS]
    objectness, deltas = run_rpn(maps, variables)
    proposals = [
        level_proposals(anchors, counts, o, d, 25, 20, 0.6) for o, d in zip(objectness, deltas)
    ]

    targets = [
        {"boxes": tensor([[6, 8, 18, 19], [40, 30, 82, 76]]), "classIds": [2, 0]},
        {"boxes": tensor([[3, 2, 90, 94]]), "classIds": [1]},
    ]
    samples = []
    for target in targets:
        best, match = iou_matrix(anchors, target["boxes"]).max(1)
        assert (best - 0.5).abs().min() > 1e-3, "an IoU is too close to the threshold"
        assignment = torch.where(best >= 0.5, match, -1)
        positives = torch.where(assignment >= 0)[0].tolist()
        assert positives
        # Negatives of every level.
        negatives = [i for i in range(0, len(anchors), 17) if assignment[i] < 0]
        samples.append(
            {
                "boxes": target["boxes"],
                "assignment": assignment.tolist(),
                "positives": positives,
                "negatives": negatives,
            }
        )
    terms = {f"rpn/{k}": v for k, v in rpn_terms(anchors, objectness, deltas, samples).items()}

    # RoIs of every level.
    rois = [
        tensor([[5, 7, 17, 20], [38, 33, 80, 70], [0, 0, 96, 96], [50, 10, 60, 18]]),
        tensor([[20, 20, 84, 80], [2, 4, 93, 90], [60, 60, 92, 90]]),
    ]
    images = torch.tensor([0] * 4 + [1] * 3)
    current, stages = rois, []
    for i, stage in enumerate(CASCADE["stages"]):
        assigned = [
            {"rois": r, **t, "assignment": assign(r, t["boxes"], stage["foregroundIou"])}
            for r, t in zip(current, targets)
        ]
        joined = torch.cat(current)
        output, levels = run_head(i, variables, maps, joined, images)
        for name, term in stage_terms(output, assigned, CASCADE, stage).items():
            terms[f"head/{name}"] = terms.get(f"head/{name}", 0) + term
        weights = stage["deltaWeights"]
        refined = decode(joined, output["boxDeltas"].detach(), weights).clamp(0, SIZE)
        stages.append({"levels": levels, "foreground": plain(output["foreground"])})
        current = [refined[images == image] for image in (0, 1)]
    assert set(stages[0]["levels"]) == {0, 1, 2, 3}
    sum(terms.values()).backward()
    return {
        "imageSize": SIZE,
        "neck": {"levels": LEVELS, "channels": CHANNELS, "groups": 2, "canonicalSize": CANONICAL_SIZE},
        "inputChannels": INPUT_CHANNELS,
        "anchorSizes": ANCHOR_SIZES,
        "ratios": RATIOS,
        "rpnChannels": 5,
        "classes": CLASSES,
        "roi": ROI,
        "head": CASCADE,
        "rpnLoss": RPN_LOSS,
        "proposalConfig": {"proposalsBeforeNms": 25, "proposalsAfterNms": 20, "nmsIou": 0.6, "minScore": 0},
        "inputs": [plain(x) for x in inputs],
        "variables": values(variables),
        "anchors": plain(anchors),
        "levelCounts": counts,
        "objectness": plain(objectness),
        "boxDeltas": plain(deltas),
        "proposals": proposals,
        "samples": [{**sample, "boxes": plain(sample["boxes"])} for sample in samples],
        "classIds": [target["classIds"] for target in targets],
        "rois": [plain(r) for r in rois],
        "stages": stages,
        "terms": {name: term.item() for name, term in terms.items()},
        "inputGradients": [plain(x.grad) for x in inputs],
        "gradients": gradients(variables),
    }


def main():
    reference = {
        "pyramids": [
            # The sizes of an image of 40 pixels: levels with an odd number of cells.
            pyramid([3, 4, 5, 6], 2, [5, 3, 2]),
            pyramid([3, 4], 0, [5, 3, 2]),
            pyramid([4, 5, 6, 7], 0, [5, 3, 2]),
        ],
        "step": step(),
    }
    write_reference("pyramid.json", reference)


if __name__ == "__main__":
    main()
