"""Writes boxes.json: the expected results of boxes, NMS, RoIAlign, RoI pooling and the losses.

They come from PyTorch and ONNX Runtime. RoIAlign and RoI pooling of operations.py are compared with
the operators of ONNX Runtime before the file is written. Run it with torch 2.13, numpy 2.4,
onnx 1.23 and onnxruntime 1.32:

    python tests/reference/make_boxes.py
"""
import math

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from operations import giou_loss, plain, roi_align, roi_pool, tensor, with_gradient, write_reference

random = np.random.default_rng(20)


def random_boxes(count, size, smallest=4.0, largest=60.0):
    side = random.uniform(smallest, largest, (count, 2))
    low = random.uniform(-5, size - side / 2, (count, 2))
    return np.round(np.concatenate([low, low + side], 1), 2).astype(np.float32)


# ---- boxes --------------------------------------------------------------------------------------


def iou(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    intersection = width * height
    return intersection / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - intersection)


def encode(reference, target, weights):
    rw, rh, tw, th = reference[2] - reference[0], reference[3] - reference[1], target[2] - target[0], target[3] - target[1]
    rx, ry, tx, ty = reference[0] + rw / 2, reference[1] + rh / 2, target[0] + tw / 2, target[1] + th / 2
    return [weights[0] * (tx - rx) / rw, weights[1] * (ty - ry) / rh, weights[2] * math.log(tw / rw), weights[3] * math.log(th / rh)]


def decode(reference, deltas, weights):
    rw, rh = reference[2] - reference[0], reference[3] - reference[1]
    x = reference[0] + rw / 2 + deltas[0] / weights[0] * rw
    y = reference[1] + rh / 2 + deltas[1] / weights[1] * rh
    w = rw * math.exp(min(deltas[2] / weights[2], math.log(1000 / 16)))
    h = rh * math.exp(min(deltas[3] / weights[3], math.log(1000 / 16)))
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]


def nms_by_onnx(boxes, scores, threshold):
    node = onnx.helper.make_node("NonMaxSuppression", ["boxes", "scores", "max", "iou"], ["kept"])
    inputs = [("boxes", [1, len(boxes), 4]), ("scores", [1, 1, len(boxes)])]
    model = build(node, inputs, "kept", onnx.TensorProto.INT64, {"max": np.array([len(boxes)]), "iou": np.array([threshold], np.float32)})
    kept = run(model, {"boxes": boxes[None], "scores": scores[None, None]})
    return kept[:, 2]


# ---- ONNX Runtime -------------------------------------------------------------------------------


def build(node, inputs, output, output_type=onnx.TensorProto.FLOAT, constants={}):
    types = {"images": onnx.TensorProto.INT64}
    graph = onnx.helper.make_graph(
        [node],
        "reference",
        [onnx.helper.make_tensor_value_info(name, types.get(name, onnx.TensorProto.FLOAT), shape) for name, shape in inputs],
        [onnx.helper.make_tensor_value_info(output, output_type, None)],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 16)], ir_version=9)


def run(model, feeds):
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, feeds)[0]


def rois_case(kind, height, width, stride, size, ratio, rois, images):
    rois, images = np.array(rois, np.float32), np.array(images)
    features = torch.tensor(random.normal(size=(2, 3, height, width)).round(3).astype(np.float32), requires_grad=True)
    upstream = torch.tensor(random.normal(size=(len(rois), 3, size, size)).round(3).astype(np.float32))
    if kind == "align":
        out = roi_align(features, torch.tensor(rois), images, stride, size, ratio)
        node = onnx.helper.make_node(
            "RoiAlign", ["features", "rois", "images"], ["out"], output_height=size, output_width=size,
            sampling_ratio=ratio, spatial_scale=1 / stride, coordinate_transformation_mode="half_pixel",
        )  # fmt: skip
        model = build(node, [("features", list(features.shape)), ("rois", list(rois.shape)), ("images", [len(rois)])], "out")
        other = run(model, {"features": features.detach().numpy(), "rois": rois, "images": images})
    else:
        out = roi_pool(features, torch.tensor(rois), images, stride, size)
        node = onnx.helper.make_node("MaxRoiPool", ["features", "rois"], ["out"], pooled_shape=[size, size], spatial_scale=1 / stride)
        model = build(node, [("features", list(features.shape)), ("rois", [len(rois), 5])], "out")
        other = run(model, {"features": features.detach().numpy(), "rois": np.concatenate([images[:, None], rois], 1).astype(np.float32)})
    difference = np.abs(out.detach().numpy() - other).max()
    assert difference < 1e-5, f"{kind}: the plain loop and ONNX Runtime differ by {difference}"
    (out * upstream).sum().backward()
    last = lambda t: plain(t.detach().permute(0, 2, 3, 1))  # NHWC, as TensorFlow has it
    return {
        "stride": stride, "outputSize": size, "samplingRatio": ratio, "rois": plain(rois), "images": images.tolist(),
        "features": last(features), "output": last(out), "upstream": last(upstream), "gradient": last(features.grad),
    }  # fmt: skip


# ---- losses -------------------------------------------------------------------------------------


def losses():
    logits = [0.0, 0.0, 1.5, -2.25, 30.0, -30.0, 100.0, -100.0, 0.001]
    labels = [0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0]
    classes = random.normal(size=(5, 3)).round(3) * 3
    ids = [0, 2, 1, 1, 0]
    deltas, targets = random.normal(size=(6, 4)).round(3), random.normal(size=(6, 4)).round(3)
    deltas[0] = targets[0]
    boxes, ground_truth = random_boxes(8, 60), random_boxes(8, 60)
    boxes[0] = ground_truth[0] + np.array([-1, 2, 3, -2], np.float32)  # no equal edges: at a kink the gradient is not unique
    return {
        "sigmoid": {"labels": labels, **with_gradient(logits, lambda x: F.binary_cross_entropy_with_logits(x, tensor(labels), reduction="none"))},
        "softmax": [
            {"classIds": ids, "labelSmoothing": s,
             **with_gradient(classes, lambda x: F.cross_entropy(x, torch.tensor(ids), reduction="none", label_smoothing=s))}
            for s in (0, 0.1)
        ],
        "smoothL1": [
            {"target": plain(tensor(targets)), "beta": b,
             **with_gradient(deltas, lambda x: F.smooth_l1_loss(x, tensor(targets), reduction="none", beta=b).sum(1))}
            for b in (1, 1 / 9)
        ],
        "giou": {"target": plain(ground_truth), **with_gradient(boxes, lambda x: giou_loss(x, tensor(ground_truth)))},
    }  # fmt: skip


def main():
    a, b = random_boxes(12, 100), random_boxes(5, 100)
    weights = [10, 10, 5, 5]
    pairs = random_boxes(12, 100)
    deltas = (random.normal(size=(12, 4)) * 4).round(3).astype(np.float32)
    deltas[0] = [0, 0, 60, 60]
    crowd, scores = random_boxes(150, 120), random.permutation(150).astype(np.float32) / 150
    suppression = []
    for threshold in (0.1, 0.3, 0.5, 0.7):
        suppression.append({"threshold": threshold, "kept": nms_by_onnx(crowd, scores, threshold).tolist()})
    reference = {
        "iou": {"a": plain(a), "b": plain(b), "matrix": [[iou(x, y) for y in b.tolist()] for x in a.tolist()]},
        "coding": {
            "references": plain(a), "targets": plain(pairs), "weights": weights,
            "encoded": [encode(r, t, weights) for r, t in zip(a.tolist(), pairs.tolist())],
            "deltas": plain(deltas), "decoded": [decode(r, d, weights) for r, d in zip(a.tolist(), deltas.tolist())],
        },
        "nms": {"boxes": plain(crowd), "scores": plain(scores), "cases": suppression},
        "roiAlign": [
            # Inside, across each border, outside, and a single point; in two images.
            rois_case("align", 6, 7, 8, 3, 2, [[4, 4, 40, 40], [-20, -14, 20, 30], [30, 25, 70, 60], [80, 80, 99, 99], [20, 20, 20, 20], [0, 0, 56, 48]], [0, 1, 1, 0, 1, 0]),
            rois_case("align", 5, 4, 16, 2, 1, [[3.5, 7.25, 50, 61], [-30, -30, -20, -20], [10, 0, 12, 80]], [1, 0, 1]),
            rois_case("align", 4, 4, 8, 1, 3, [[1, 2, 30, 31]], [0]),
        ],
        "roiPool": [
            rois_case("pool", 7, 7, 32, 5, 0, [[0, 0, 224, 224], [40, 60, 90, 130], [100, 100, 101, 101], [150, 10, 223, 80], [16, 48, 80, 112]], [0, 1, 1, 0, 0]),
            rois_case("pool", 6, 9, 8, 2, 0, [[-20, -30, 20, 22], [60, 30, 90, 80], [3, 3, 30, 40]], [1, 0, 1]),
        ],
        "losses": losses(),
    }  # fmt: skip
    write_reference("boxes.json", reference)


if __name__ == "__main__":
    main()
