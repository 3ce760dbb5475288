"""Writes detector.json: the expected results of the parts of Faster R-CNN, from PyTorch.

Neck, region proposal network, proposals, box losses, the losses of both stages, and the cascade,
with the gradients of autograd. All inputs and weights are random and small. Run it with torch 2.13
and numpy 2.4:

    python tests/reference/make_detector.py
"""


import numpy as np
import torch
import torch.nn.functional as F
from operations import (
    BACKGROUND,
    decode,
    encode,
    giou_loss,
    iou_matrix,
    plain,
    roi_align,
    tensor,
    with_gradient,
    write_reference,
)

random = np.random.default_rng(11)

SMOOTH_L1_BETA = 1 / 9


def draw(*shape, scale=1.0):
    """A random tensor with a gradient."""
    values = (scale * random.normal(size=shape)).round(3).astype(np.float32)
    return torch.tensor(values, requires_grad=True)


def draw_boxes(count, size, smallest, largest):
    """Random boxes that can be partly outside an image."""
    side = random.uniform(smallest, largest, (count, 2))
    low = random.uniform(-smallest / 2, size - side / 2, (count, 2))
    return tensor(np.concatenate([low, low + side], 1).round(2))


def channels_first(x):
    return x.permute(0, 3, 1, 2)


def channels_last(x):
    return x.permute(0, 2, 3, 1)


def convolve(x, kernel, bias):
    """A convolution of [N, C, H, W]; the kernel has TensorFlow's order of axes."""
    return F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, padding=kernel.shape[0] // 2)


def gradients(variables):
    return {name: plain(variable.grad) for name, variable in variables.items()}


def values(variables):
    return {name: plain(variable) for name, variable in variables.items()}


# ---- neck ---------------------------------------------------------------------------------------


def neck():
    channels, groups, input_channels = 4, 2, [3, 5, 2]
    # The sizes of an image of 40 pixels at the strides 8, 16 and 32.
    levels = [draw(2, size, size, c) for size, c in zip([5, 3, 2], input_channels)]
    variables = {}

    def layer(name, size, inputs):
        variables.update(
            {
                f"neck/{name}/kernel": draw(size, size, inputs, channels, scale=0.5),
                f"neck/{name}/bias": draw(channels),
                f"neck/{name}/gamma": draw(channels),
                f"neck/{name}/beta": draw(channels),
            }
        )

    def run(name, x):
        kernel, bias, gamma, beta = [
            variables[f"neck/{name}/{part}"] for part in ("kernel", "bias", "gamma", "beta")
        ]
        return F.group_norm(convolve(x, kernel, bias), groups, gamma, beta, 1e-5)

    for i, inputs in enumerate(input_channels):
        layer(f"lateral{i}", 1, inputs)
    layer("blend", 3, channels)
    fused = None
    for i in (2, 1, 0):
        lateral = run(f"lateral{i}", channels_first(levels[i]))
        upper = 0 if fused is None else F.interpolate(fused, lateral.shape[2:], mode="nearest")
        fused = lateral + upper
    output = channels_last(run("blend", fused.relu()).relu())
    upstream = draw(*output.shape)
    (output * upstream.detach()).sum().backward()
    return {
        "channels": channels,
        "groups": groups,
        "inputChannels": input_channels,
        "levels": [plain(level) for level in levels],
        "variables": values(variables),
        "output": plain(output),
        "upstream": plain(upstream),
        "levelGradients": [plain(level.grad) for level in levels],
        "gradients": gradients(variables),
    }


# ---- region proposal network --------------------------------------------------------------------


def region_proposal_network():
    channels, input_channels, anchors_per_cell = 5, 3, 2
    features = draw(2, 3, 4, input_channels)
    variables = {
        "rpn/hidden/kernel": draw(3, 3, input_channels, channels, scale=0.4),
        "rpn/hidden/bias": draw(channels),
        "rpn/objectness/kernel": draw(1, 1, channels, anchors_per_cell),
        "rpn/objectness/bias": draw(anchors_per_cell),
        "rpn/deltas/kernel": draw(1, 1, channels, 4 * anchors_per_cell),
        "rpn/deltas/bias": draw(4 * anchors_per_cell),
    }
    layer = lambda x, name: convolve(x, variables[f"rpn/{name}/kernel"], variables[f"rpn/{name}/bias"])
    hidden = layer(channels_first(features), "hidden").relu()
    # The order of the anchors: row, column, shape.
    objectness = channels_last(layer(hidden, "objectness")).reshape(2, -1)
    deltas = channels_last(layer(hidden, "deltas")).reshape(2, -1, 4)
    upstream = {"objectness": draw(*objectness.shape), "boxDeltas": draw(*deltas.shape)}
    total = (objectness * upstream["objectness"].detach()).sum()
    (total + (deltas * upstream["boxDeltas"].detach()).sum()).backward()
    return {
        "channels": channels,
        "inputChannels": input_channels,
        "anchorsPerCell": anchors_per_cell,
        "features": plain(features),
        "variables": values(variables),
        "objectness": plain(objectness),
        "boxDeltas": plain(deltas),
        "upstream": values(upstream),
        "featureGradient": plain(features.grad),
        "gradients": gradients(variables),
    }


# ---- proposals ----------------------------------------------------------------------------------


def suppress(boxes, scores, threshold):
    """Greedy non-maximum suppression by its definition."""
    overlaps = iou_matrix(boxes, boxes)
    kept = []
    for i in torch.argsort(scores, descending=True, stable=True).tolist():
        if all(overlaps[k, i] <= threshold for k in kept):
            kept.append(i)
    return kept


def proposals(before, after, nms_iou, min_score):
    size = 96
    anchors = draw_boxes(120, size, 12, 50)
    objectness = tensor(random.permutation(120) / 30 - 2)
    deltas = tensor((random.normal(size=(120, 4)) * 0.3).round(3))
    # An anchor with a high objectness whose box is moved out of the image.
    deltas[objectness.argmax()] = tensor([9, 0, 0, 0])
    best = torch.topk(objectness, before).indices
    boxes = decode(anchors[best], deltas[best], [1, 1, 1, 1]).clamp(0, size)
    scores = objectness[best].sigmoid()
    sides = boxes[:, 2:] - boxes[:, :2]
    usable = (sides >= 1).all(1) & (scores >= min_score)
    assert not usable.all()
    candidates, candidate_scores = boxes[usable], scores[usable]
    overlaps = iou_matrix(candidates, candidates)
    assert (overlaps - nms_iou).abs().min() > 1e-5, "an IoU is too close to the threshold"
    kept = suppress(candidates, candidate_scores, nms_iou)
    assert len(kept) > after
    kept = kept[:after]
    return {
        "imageSize": size,
        "proposalsBeforeNms": before,
        "proposalsAfterNms": after,
        "nmsIou": nms_iou,
        "minScore": min_score,
        "anchors": plain(anchors),
        "objectness": plain(objectness),
        "boxDeltas": plain(deltas),
        "candidates": plain(candidates),
        "candidateScores": plain(candidate_scores),
        "candidateAnchors": plain(best[usable]),
        "proposals": plain(candidates[kept]),
        "proposalScores": plain(candidate_scores[kept]),
    }


# ---- losses -------------------------------------------------------------------------------------


def box_losses(kind, references, matched, deltas, weights):
    if kind == "giou":
        return giou_loss(decode(references, deltas, weights), matched)
    targets = encode(references, matched, weights)
    return F.smooth_l1_loss(deltas, targets, reduction="none", beta=SMOOTH_L1_BETA).sum(1)


def box_loss_case(kind):
    weights = [10, 8, 5, 4]
    references, matched = draw_boxes(6, 80, 10, 40), draw_boxes(6, 80, 10, 40)
    deltas = random.normal(size=(6, 4)).round(3)
    return {
        "kind": kind,
        "weights": weights,
        "references": plain(references),
        "matched": plain(matched),
        **with_gradient(deltas, lambda x: box_losses(kind, references, matched, x, weights)),
    }


def rpn_loss(kind):
    anchor_count = 12
    anchors = draw_boxes(anchor_count, 64, 10, 40)
    objectness, deltas = draw(2, anchor_count), draw(2, anchor_count, 4, scale=0.3)
    config = {"boxLoss": kind, "objectnessWeight": 0.7, "boxWeight": 1.9}
    # The second image has no positive anchor.
    images = [
        {
            "boxes": draw_boxes(2, 64, 10, 40),
            "assignment": [1, -1, 0, -2, -1, 0, -1, -1, -2, -1, 1, -1],
            "positives": [0, 2, 5],
            "negatives": [1, 6, 7, 9],
        },
        {
            "boxes": draw_boxes(1, 64, 10, 40),
            "assignment": [-1] * anchor_count,
            "positives": [],
            "negatives": [3, 4, 11],
        },
    ]
    entropies, fits = [], []
    for image, logits, moves in zip(images, objectness, deltas):
        positives, negatives = image["positives"], image["negatives"]
        labels = tensor([1.0] * len(positives) + [0.0] * len(negatives))
        sampled = logits[positives + negatives]
        entropies.append(F.binary_cross_entropy_with_logits(sampled, labels, reduction="none"))
        matched = image["boxes"][[image["assignment"][i] for i in positives]]
        if positives:
            fits.append(box_losses(kind, anchors[positives], matched, moves[positives], [1] * 4))
    entropy, fit = torch.cat(entropies), torch.cat(fits)
    terms = {
        "objectness": config["objectnessWeight"] * entropy.mean(),
        "boxes": config["boxWeight"] * fit.mean(),
    }
    sum(terms.values()).backward()
    return {
        "config": config,
        "anchors": plain(anchors),
        "objectness": plain(objectness),
        "boxDeltas": plain(deltas),
        "images": [{**image, "boxes": plain(image["boxes"])} for image in images],
        "terms": {name: term.item() for name, term in terms.items()},
        "shares": [plain(config["objectnessWeight"] * part / len(entropy)) for part in entropies],
        "objectnessGradient": plain(objectness.grad),
        "deltaGradient": plain(deltas.grad),
    }


def stage_terms(output, images, config, stage):
    """The weighted losses of one stage of the head."""
    matches = [match for image in images for match in image["assignment"]]
    rows = [row for row, match in enumerate(matches) if match >= 0]
    labels = tensor([float(match >= 0) for match in matches])
    weight = lambda name: config[name] * stage["lossWeight"]
    foreground = F.binary_cross_entropy_with_logits(output["foreground"], labels)
    references = torch.cat([image["rois"] for image in images])[rows]
    matched, class_ids = [], []
    for image in images:
        for match in image["assignment"]:
            if match >= 0:
                matched.append(image["boxes"][match])
                class_ids.append(image["classIds"][match])
    classes = F.cross_entropy(
        output["classLogits"][rows],
        torch.tensor(class_ids),
        label_smoothing=config["labelSmoothing"],
    )
    fit = box_losses(
        config["boxLoss"],
        references,
        torch.stack(matched),
        output["boxDeltas"][rows],
        stage["deltaWeights"],
    )
    return {
        "foreground": weight("foregroundWeight") * foreground,
        "class": weight("classWeight") * classes,
        "boxes": weight("boxWeight") * fit.mean(),
    }


def plain_images(images):
    return [
        {**image, "boxes": plain(image["boxes"]), "rois": plain(image["rois"])} for image in images
    ]


def stage_loss(kind):
    config = {
        "boxLoss": kind,
        "foregroundWeight": 0.9,
        "classWeight": 0.3,
        "boxWeight": 1.7,
        "labelSmoothing": 0.1,
    }
    stage = {"foregroundIou": 0.5, "deltaWeights": [10, 10, 5, 5], "lossWeight": 0.5}
    images = [
        {
            "rois": draw_boxes(4, 64, 10, 40),
            "boxes": draw_boxes(2, 64, 10, 40),
            "classIds": [2, 0],
            "assignment": [1, BACKGROUND, 0, 1],
        },
        {
            "rois": draw_boxes(3, 64, 10, 40),
            "boxes": draw_boxes(1, 64, 10, 40),
            "classIds": [1],
            "assignment": [BACKGROUND, 0, BACKGROUND],
        },
    ]
    output = {"foreground": draw(7), "classLogits": draw(7, 3), "boxDeltas": draw(7, 4)}
    terms = stage_terms(output, images, config, stage)
    sum(terms.values()).backward()
    return {
        "config": config,
        "stage": stage,
        "images": plain_images(images),
        "output": values(output),
        "terms": {name: term.item() for name, term in terms.items()},
        "gradients": gradients(output),
    }


# ---- cascade ------------------------------------------------------------------------------------

SIZE, STRIDE, CLASSES = 48, 8, 3
ROI = {"kind": "align", "outputSize": 2, "samplingRatio": 2, "context": 1.5}
CASCADE = {
    "hidden": [6],
    "stages": [
        {"foregroundIou": 0.5, "deltaWeights": [10, 10, 5, 5], "lossWeight": 1},
        {"foregroundIou": 0.6, "deltaWeights": [20, 20, 10, 10], "lossWeight": 0.5},
    ],
    "boxLoss": "giou",
    "boxWeight": 2,
    "foregroundWeight": 1,
    "classWeight": 0.3,
    "labelSmoothing": 0.1,
}


def head_variables(stage, channels):
    inputs, hidden = ROI["outputSize"] ** 2 * channels, CASCADE["hidden"][0]
    shapes = {
        "hidden0": (inputs, hidden),
        "foreground": (hidden, 1),
        "classes": (hidden, CLASSES),
        "deltas": (hidden, 4),
    }
    variables = {}
    for name, (rows, columns) in shapes.items():
        variables[f"head{stage}/{name}/kernel"] = draw(rows, columns, scale=0.5)
        variables[f"head{stage}/{name}/bias"] = draw(columns, scale=0.5)
    return variables


def run_head(stage, variables, features, rois, images):
    low, high = rois[:, :2], rois[:, 2:]
    margin = (high - low) * (ROI["context"] - 1) / 2
    regions = torch.cat([low - margin, high + margin], 1)
    size, ratio = ROI["outputSize"], ROI["samplingRatio"]
    pooled = roi_align(channels_first(features), regions, images, STRIDE, size, ratio)
    x = channels_last(pooled).reshape(len(rois), -1)
    dense = lambda x, name: (
        x @ variables[f"head{stage}/{name}/kernel"] + variables[f"head{stage}/{name}/bias"]
    )
    x = dense(x, "hidden0").relu()
    return {
        "foreground": dense(x, "foreground").reshape(-1),
        "classLogits": dense(x, "classes"),
        "boxDeltas": dense(x, "deltas"),
    }


def refine(stage, rois, deltas):
    """The boxes after a stage. They are constants for the next stage."""
    weights = CASCADE["stages"][stage]["deltaWeights"]
    return decode(rois, deltas.detach(), weights).clamp(0, SIZE)


def assign(rois, boxes, threshold):
    best, match = iou_matrix(rois, boxes).max(1)
    assert (best - threshold).abs().min() > 1e-3, "an IoU is too close to the threshold"
    return torch.where(best >= threshold, match, BACKGROUND).tolist()


def cascade():
    channels = 3
    features = draw(2, SIZE // STRIDE, SIZE // STRIDE, channels)
    variables = {**head_variables(0, channels), **head_variables(1, channels)}
    targets = [
        {"boxes": tensor([[5, 6, 25, 30], [22, 20, 44, 46]]), "classIds": [2, 0]},
        {"boxes": tensor([[10, 8, 40, 35]]), "classIds": [1]},
    ]
    rois = [
        tensor([[4, 4, 24, 27], [7, 9, 26, 33], [25, 19, 46, 41], [0, 30, 15, 47]]),
        tensor([[12, 5, 38, 33], [1, 1, 20, 12], [8, 9, 45, 39]]),
    ]
    images = torch.tensor([0] * len(rois[0]) + [1] * len(rois[1]))

    # Detection.
    boxes, stages, probabilities = torch.cat(rois), [], []
    for i in range(len(CASCADE["stages"])):
        output = run_head(i, variables, features, boxes, images)
        boxes = refine(i, boxes, output["boxDeltas"])
        scores = (output["foreground"].sigmoid(), output["classLogits"].softmax(1))
        probabilities.append(scores)
        stages.append(
            {
                "boxes": plain(boxes),
                "foreground": plain(scores[0]),
                "classProbabilities": plain(scores[1]),
            }
        )
    mean = [torch.stack(parts).mean(0) for parts in zip(*probabilities)]

    # Losses.
    current, total, terms = rois, 0, {}
    assignments = []
    for i, stage in enumerate(CASCADE["stages"]):
        samples = [
            {
                "rois": r,
                **target,
                "assignment": assign(r, target["boxes"], stage["foregroundIou"]),
            }
            for r, target in zip(current, targets)
        ]
        assignments.append([sample["assignment"] for sample in samples])
        joined = torch.cat(current)
        output = run_head(i, variables, features, joined, images)
        for name, term in stage_terms(output, samples, CASCADE, stage).items():
            terms[name] = terms.get(name, 0) + term.item()
            total = total + term
        refined = refine(i, joined, output["boxDeltas"])
        current = [refined[images == image] for image in (0, 1)]
    total.backward()
    return {
        "imageSize": SIZE,
        "stride": STRIDE,
        "classes": CLASSES,
        "roi": ROI,
        "config": CASCADE,
        "features": plain(features),
        "variables": values(variables),
        "rois": [plain(r) for r in rois],
        "targets": [{**target, "boxes": plain(target["boxes"])} for target in targets],
        "detection": {
            "stages": stages,
            "foreground": plain(mean[0]),
            "classProbabilities": plain(mean[1]),
        },
        "losses": {
            "terms": terms,
            "assignments": assignments,
            "featureGradient": plain(features.grad),
            "gradients": gradients(variables),
        },
    }


def main():
    reference = {
        "neck": neck(),
        "rpn": region_proposal_network(),
        "proposals": [proposals(60, 12, 0.5, 0.0), proposals(100, 20, 0.7, 0.4)],
        "boxLosses": [box_loss_case("smooth-l1"), box_loss_case("giou")],
        "rpnLosses": [rpn_loss("smooth-l1"), rpn_loss("giou")],
        "stageLosses": [stage_loss("smooth-l1"), stage_loss("giou")],
        "cascade": cascade(),
    }
    write_reference("detector.json", reference)


if __name__ == "__main__":
    main()
