"""Writes tide.json: random detections, and their errors by tidecv 1.0.

    pip install tidecv
    python make_tide.py [--seed 5] [--out tide.json]

Coordinates have two decimals, and no two scores are equal. Every class has detected boxes, so that no
mean includes an empty class.
"""

import argparse
import json
import os

import numpy as np
from tidecv import TIDE, Data
from tidecv.errors.main_errors import MissedError

SIZE = 200
READINGS = ("classAware", "classAgnostic")
TYPES = {"Cls": "classification", "Loc": "localization", "Both": "both", "Dupe": "duplicate", "Bkg": "background", "Miss": "missed"}


def random_box(rng):
    w, h = rng.uniform(15, 70, 2)
    x, y = rng.uniform(0, SIZE - w), rng.uniform(0, SIZE - h)
    return np.array([x, y, x + w, y + h])


def case(rng, images, classes, boxes, wrong):
    """Random images. `wrong` is the probability that a detection has another class."""
    count = iter(rng.permutation(100_000))
    out = []
    for _ in range(images):
        truths, found = [], []
        for _ in range(rng.integers(0, boxes + 1)):
            truths.append([*np.round(random_box(rng), 2).tolist(), int(rng.integers(classes))])
        for truth in truths:
            box = np.array(truth[:4])
            for _ in range(rng.integers(0, 3)):
                moved = box + rng.normal(0, rng.choice([0.03, 0.15, 0.35]), 4) * 40
                moved[2:] = np.maximum(moved[2:], moved[:2] + 2)
                kind = int(rng.integers(classes)) if rng.random() < wrong else truth[4]
                found.append([*np.round(moved, 2).tolist(), kind])
        for _ in range(rng.poisson(0.7)):
            found.append([*np.round(random_box(rng), 2).tolist(), int(rng.integers(classes))])
        out.append({"groundTruths": truths, "detections": [[*row, float(next(count) + 1) / 100_001] for row in found]})
    return {"classes": classes, "images": out}


def is_ambiguous(boxes):
    """Whether the rounding of tidecv and of pycocotools gives different AP for this number of boxes."""
    recalls = np.arange(1, boxes + 1) / boxes
    theirs, ours = np.array([x / 100 for x in range(101)]), np.linspace(0, 1, 101)
    return bool(np.any(np.searchsorted(recalls, theirs) != np.searchsorted(recalls, ours)))


def judge(case, class_aware):
    """The errors by tidecv; None when a class has no box left, or when a count is ambiguous."""
    truth, found = Data("ground truth"), Data("found")
    for n, image in enumerate(case["images"]):
        truth.add_image(n, str(n))
        for x1, y1, x2, y2, kind in image["groundTruths"]:
            truth.add_ground_truth(n, kind if class_aware else 0, [x1, y1, x2 - x1, y2 - y1])
        for x1, y1, x2, y2, kind, score in image["detections"]:
            found.add_detection(n, kind if class_aware else 0, score, [x1, y1, x2 - x1, y2 - y1])
    tide = TIDE()
    run = tide.evaluate(truth, found, mode=TIDE.BOX)
    for kind, data in run.ap_data.objs.items():
        missed = sum(error.gt["class"] == kind for error in run.error_dict[MissedError])
        unfound = len(run.false_negatives.get(kind, []))
        if any(boxes < 1 or is_ambiguous(boxes) for boxes in (data.num_gt_positives - n for n in (0, missed, unfound))):
            return None
    costs, counts = run.fix_main_errors(), run.count_errors()
    special = {type_.short_name: cost / 100 for type_, cost in run.fix_special_errors().items()}
    return {
        "ap": run.ap / 100,
        "counts": {TYPES[type_.short_name]: int(count) for type_, count in counts.items()},
        "costs": {TYPES[type_.short_name]: cost / 100 for type_, cost in costs.items()},
        "falsePositiveCost": special["FalsePos"],
        "falseNegativeCost": special["FalseNeg"],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "tide.json"))
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    cases = []
    for kind in ((12, 1, 3, 0), (12, 2, 3, 0.3), (15, 3, 4, 0.2), (10, 2, 6, 0.5), (14, 2, 2, 0.1), (8, 4, 8, 0.3)):
        judged = {}
        while not all(judged.get(reading) for reading in READINGS):
            example = case(rng, *kind)
            judged = {reading: judge(example, reading == "classAware") for reading in READINGS}
        cases.append({**example, **judged})
    with open(args.out, "w") as file:
        json.dump(cases, file)
        file.write("\n")


main()
