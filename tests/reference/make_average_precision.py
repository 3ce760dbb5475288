"""Writes average-precision.json: random detections and the average precision that pycocotools 2.0 gives them.

    pip install pycocotools && python make_average_precision.py

Coordinates are quarters of a pixel, which floating point holds exactly in both of COCO's box forms, and scores have few
decimals, so that many are equal.
"""

import contextlib
import io
import json
import os

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SIZE = 200


def quarter(values):
    return np.round(np.asarray(values, float) * 4) / 4


def random_box(rng, low, high):
    width, height = rng.uniform(low, high, 2)
    x, y = rng.uniform(0, SIZE - width), rng.uniform(0, SIZE - height)
    return quarter([x, y, x + width, y + height])


def near(rng, box, spread):
    size = np.array([box[2] - box[0], box[3] - box[1]] * 2)
    moved = quarter(box + rng.normal(0, spread, 4) * size)
    return np.array([*moved[:2], *np.maximum(moved[2:], moved[:2] + 1)])


def random_case(rng, name, images, classes, boxes, empty=0.0, crowd=0.0, misses=0.2, copies=2, strays=1.0, decimals=2):
    """`boxes`: most in an image; `empty`: part of images without any; `crowd`: chance that a box lies on another one;
    `copies`: most detections of a box; `strays`: mean detections of nothing in an image."""
    case = {"name": name, "classes": classes, "images": []}
    for _ in range(images):
        truths, detections = [], []
        for _ in range(0 if rng.random() < empty else rng.integers(1, boxes + 1)):
            if truths and rng.random() < crowd:
                box = near(rng, np.array(truths[rng.integers(len(truths))][:4]), 0.1)
            else:
                box = random_box(rng, 10, 80)
            truths.append([*box.tolist(), int(rng.integers(classes))])

        def detect(box, score, likely):
            chances = rng.random(classes) + 0.05
            if likely is not None:
                chances[likely] += rng.exponential(2)
            chances = np.round(chances / chances.sum(), decimals)
            detections.append([*box.tolist(), round(float(score), decimals), *chances.tolist()])

        for truth in truths:
            if rng.random() < misses:
                continue
            for _ in range(rng.integers(1, copies + 1)):
                detect(near(rng, np.array(truth[:4]), rng.choice([0.0, 0.03, 0.08, 0.15])), rng.beta(4, 2), truth[4])
        for _ in range(rng.poisson(strays)):
            detect(random_box(rng, 5, 90), rng.beta(2, 4), None)
        rng.shuffle(detections)
        case["images"].append({"truths": truths, "detections": detections})
    return case


def pycocotools_figures(case, class_aware):
    annotations, results = [], []
    for image, content in enumerate(case["images"], 1):
        for x1, y1, x2, y2, class_id in content["truths"]:
            annotations.append(entry(image, (x1, y1, x2, y2), class_id if class_aware else 0, len(annotations) + 1))
        for x1, y1, x2, y2, score, *chances in content["detections"]:
            for class_id, chance in enumerate(chances if class_aware else [1.0]):
                own = entry(image, (x1, y1, x2, y2), class_id, len(results) + 1)
                results.append({**own, "score": score * chance if class_aware else score})
    categories = [{"id": i, "name": str(i)} for i in range(case["classes"] if class_aware else 1)]
    images = [{"id": i + 1, "width": SIZE, "height": SIZE} for i in range(len(case["images"]))]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(dataset(images, categories, annotations), dataset(images, categories, results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    # [thresholds, recalls, classes]: all areas, 100 detections
    precision = evaluation.eval["precision"][:, :, :, 0, 2]
    by_iou = [float(p[p > -1].mean()) if (p > -1).any() else -1 for p in precision]
    ap, ap50, ap75 = (float(value) for value in evaluation.stats[:3])
    return {"AP": ap, "AP50": ap50, "AP75": ap75, "byIou": by_iou}


def entry(image, box, category, identity):
    x1, y1, x2, y2 = box
    width, height = x2 - x1, y2 - y1
    return {
        "id": identity, "image_id": image, "category_id": category,
        "bbox": [x1, y1, width, height], "area": width * height, "iscrowd": 0,
    }  # fmt: skip


def dataset(images, categories, annotations):
    coco = COCO()
    coco.dataset = {"images": images, "categories": categories, "annotations": annotations}
    coco.createIndex()
    return coco


def main():
    rng = np.random.default_rng(20)
    cases = []
    for i in range(6):
        cases.append(random_case(rng, f"few boxes, two classes {i}", 12, 2, 2, empty=0.15))
        cases.append(random_case(rng, f"crowded, many copies {i}", 5, 2, 8, crowd=0.6, copies=4))
        cases.append(random_case(rng, f"equal scores {i}", 10, 2, 3, empty=0.2, crowd=0.3, decimals=1))
        cases.append(random_case(rng, f"mostly empty images {i}", 14, 3, 2, empty=0.7, strays=2))
        cases.append(random_case(rng, f"many classes, some without boxes {i}", 10, 7, 2, crowd=0.3))
    cases.append(random_case(rng, "no box anywhere", 4, 2, 1, empty=1.1, strays=2))
    cases.append(random_case(rng, "no detection anywhere", 4, 2, 2, misses=1.1, strays=0))
    cases.append(random_case(rng, "more than 100 detections in an image", 2, 1, 40, copies=4, strays=40, misses=0.1))
    for case in cases:
        case["classAgnostic"] = pycocotools_figures(case, False)
        case["classAware"] = pycocotools_figures(case, True)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "average-precision.json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
