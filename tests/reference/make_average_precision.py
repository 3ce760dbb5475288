"""Writes average-precision.json: random detections, and their metrics by pycocotools 2.0.

    pip install pycocotools
    python make_average_precision.py [--seed 20] [--rounds 6] [--out average-precision.json]

Coordinates are multiples of a quarter pixel, which are exact in both box formats of COCO. Scores have
few decimals, so that many are equal. Some boxes have exactly the areas that separate small, medium
and large boxes in COCO. Some cases also have resamples: how often each image counts, and the metrics
of pycocotools for that many copies of each image.
"""

import argparse
import contextlib
import io
import json
import os

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SIZE = 200
# The areas of these squares separate small from medium, and medium from large boxes in COCO.
BORDER_SIDES = (32, 96)
FIGURES = (
    "AP", "AP50", "AP75", "APsmall", "APmedium", "APlarge", "AR1", "AR10", "AR100", "ARsmall", "ARmedium", "ARlarge",
)  # fmt: skip


def quarter(values):
    return np.round(np.asarray(values, float) * 4) / 4


def random_box(rng, low, high, border=0.0):
    """A random box. `border` is the probability of a square with an area that separates two sizes."""
    width, height = [rng.choice(BORDER_SIDES)] * 2 if rng.random() < border else rng.uniform(low, high, 2)
    x, y = rng.uniform(0, SIZE - width), rng.uniform(0, SIZE - height)
    return quarter([x, y, x + width, y + height])


def near(rng, box, spread):
    size = np.array([box[2] - box[0], box[3] - box[1]] * 2)
    moved = quarter(box + rng.normal(0, spread, 4) * size)
    return np.array([*moved[:2], *np.maximum(moved[2:], moved[:2] + 1)])


def random_case(
    rng, name, images, classes, boxes,
    empty=0.0, crowd=0.0, misses=0.2, copies=2, strays=1.0, decimals=2, largest=80, border=0.0,
):  # fmt: skip
    """Random images with detections.

    `boxes`: largest number of boxes of an image; `empty`: fraction of images without boxes;
    `crowd`: probability that a box lies on another one; `copies`: largest number of detections of a
    box; `strays`: mean number of false detections of an image; `largest`: longest side of a box;
    `border`: probability of a box with an area that separates two sizes.
    """
    case = {"name": name, "classes": classes, "images": []}
    for _ in range(images):
        truths, detections = [], []
        for _ in range(0 if rng.random() < empty else rng.integers(1, boxes + 1)):
            if truths and rng.random() < crowd:
                box = near(rng, np.array(truths[rng.integers(len(truths))][:4]), 0.1)
            else:
                box = random_box(rng, 10, largest, border)
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
            detect(random_box(rng, 5, largest + 10, border), rng.beta(2, 4), None)
        rng.shuffle(detections)
        case["images"].append({"groundTruths": truths, "detections": detections})
    return case


def pycocotools_figures(case, class_aware):
    annotations, results = [], []
    for image, content in enumerate(case["images"], 1):
        for x1, y1, x2, y2, class_id in content["groundTruths"]:
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
    # [thresholds, recalls, classes] for all areas and 100 detections.
    precision = evaluation.eval["precision"][:, :, :, 0, 2]
    by_iou = [float(p[p > -1].mean()) if (p > -1).any() else -1 for p in precision]
    return {**{name: float(value) for name, value in zip(FIGURES, evaluation.stats)}, "byIou": by_iou}


def resample(rng, case):
    """A resample: as many images as before, drawn with replacement."""
    drawn = np.sort(rng.integers(len(case["images"]), size=len(case["images"])))
    copied = {**case, "images": [case["images"][i] for i in drawn]}
    return {
        "weights": np.bincount(drawn, minlength=len(case["images"])).tolist(),
        "classAgnostic": pycocotools_figures(copied, False),
        "classAware": pycocotools_figures(copied, True),
    }


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
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--out", default=os.path.join(here, "average-precision.json"))
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    cases = []
    for i in range(options.rounds):
        cases.append(random_case(rng, f"few boxes, two classes {i}", 12, 2, 2, empty=0.15))
        cases.append(random_case(rng, f"crowded, many copies {i}", 5, 2, 8, crowd=0.6, copies=4))
        cases.append(random_case(rng, f"equal scores {i}", 10, 2, 3, empty=0.2, crowd=0.3, decimals=1))
        cases.append(random_case(rng, f"mostly empty images {i}", 14, 3, 2, empty=0.7, strays=2))
        cases.append(random_case(rng, f"many classes, some without boxes {i}", 10, 7, 2, crowd=0.3))
        cases.append(
            random_case(
                rng, f"all sizes in a crowd, equal scores {i}", 5, 4, 6,
                empty=0.2, crowd=0.6, copies=4, decimals=1, largest=150, border=0.25,
            )
        )  # fmt: skip
    for i in range(2):
        # The order of copies matters only for equal scores, and there are none here.
        case = random_case(rng, f"resampled {i}", 8, 2, 3, empty=0.25, crowd=0.3, decimals=9, largest=120)
        cases.append({**case, "resamples": [resample(rng, case) for _ in range(6)]})
    cases.append(random_case(rng, "no box anywhere", 4, 2, 1, empty=1.1, strays=2))
    cases.append(random_case(rng, "no detection anywhere", 4, 2, 2, misses=1.1, strays=0))
    cases.append(random_case(rng, "more than 100 detections in an image", 2, 1, 40, copies=4, strays=40, misses=0.1))
    for case in cases:
        case["classAgnostic"] = pycocotools_figures(case, False)
        case["classAware"] = pycocotools_figures(case, True)
    with open(options.out, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases, {os.path.getsize(options.out)} bytes")


if __name__ == "__main__":
    main()
