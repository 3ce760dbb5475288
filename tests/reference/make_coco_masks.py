"""Boxes of polygons and masks as pycocotools computes them, for tests/data/formats/coco.

Writes coco-masks.json: segmentations in the three forms of COCO, and for each the box of
`toBbox` of the mask that `frPyObjects` and `merge` make of it.

Run with numpy and pycocotools 2.0.10 or later: python tests/reference/make_coco_masks.py
"""

import json
from pathlib import Path

import numpy as np
from pycocotools import mask as masks

CASES = 80


def polygon(rng, width, height):
    """A random polygon: round, jagged, thin, in whole pixels or reaching out of the image."""
    kind = rng.integers(5)
    corners = int(rng.integers(3, 14))
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(0.2, 0.4 if kind < 3 else 0.9) * min(width, height)
    radii = radius * (rng.uniform(0.3, 1, corners) if kind == 1 else np.ones(corners))
    x = rng.uniform(0, width) + radii * np.cos(angles)
    y = rng.uniform(0, height) + radii * np.sin(angles) * (0.1 if kind == 2 else 1)
    points = np.stack([x, y], 1).ravel()
    return [round(float(value), 0 if kind == 3 else 2) for value in points]


def uncompressed(mask):
    """Run lengths of a mask, column by column, beginning with zeros."""
    flat = mask.ravel(order="F")
    ends = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], ends, [flat.size]])).tolist()
    return runs if flat[0] == 0 else [0, *runs]


def box_of(segmentation, height, width):
    """The box of pycocotools as x, y, width and height."""
    if isinstance(segmentation, list):
        encoded = masks.merge(masks.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        encoded = masks.frPyObjects(segmentation, height, width)
    else:
        encoded = segmentation
    return masks.toBbox(encoded).tolist()


def main():
    rng = np.random.default_rng(1)
    cases = []
    for number in range(CASES):
        width, height = (int(side) for side in rng.integers(8, 300, 2))
        polygons = [polygon(rng, width, height) for _ in range(rng.integers(1, 4))]
        segmentation = polygons
        if number % 4 == 1:
            mask = masks.decode(masks.merge(masks.frPyObjects(polygons, height, width)))
            segmentation = {"size": [height, width], "counts": uncompressed(mask)}
        elif number % 4 == 2:
            encoded = masks.merge(masks.frPyObjects(polygons, height, width))
            segmentation = {"size": [height, width], "counts": encoded["counts"].decode()}
        elif number % 4 == 3:
            mask = np.asfortranarray(rng.uniform(size=(height, width)) < 4 / (width * height))
            encoded = masks.encode(mask.astype(np.uint8))
            segmentation = {"size": [height, width], "counts": encoded["counts"].decode()}
        box = box_of(segmentation, height, width)
        cases.append({"width": width, "height": height, "segmentation": segmentation, "box": box})
    path = Path(__file__).parent / "coco-masks.json"
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
