"""Connected regions of masks as SciPy finds them, for tests/data/formats/masks.

Writes mask-regions.json: masks as one digit per pixel, and the value, area and box of each region
of equal pixels that touch at their sides or corners (`scipy.ndimage.label`).

Run with numpy and scipy: python tests/reference/make_mask_regions.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import ndimage

CASES = 40
# Pixels touch at their sides and at their corners.
TOUCHING = np.ones((3, 3))


def random_mask(rng):
    """Noise of some density, coarse in some masks, with up to three values besides 0."""
    height, width = (int(side) for side in rng.integers(1, 40, 2))
    cell = int(rng.integers(1, 4))
    shape = (height // cell + 1, width // cell + 1)
    values = rng.integers(1, rng.integers(2, 5), shape)
    coarse = np.where(rng.uniform(size=shape) < rng.uniform(0.05, 0.95), values, 0)
    return np.kron(coarse, np.ones((cell, cell), int))[:height, :width]


def regions(mask):
    """Value, area and edges of each region, sorted."""
    found = []
    for value in np.unique(mask[mask > 0]):
        labels, _ = ndimage.label(mask == value, TOUCHING)
        for label, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
            area = int((labels == label).sum())
            box = [columns.start, rows.start, columns.stop, rows.stop]
            found.append([int(value), area, *(int(edge) for edge in box)])
    return sorted(found)


def main():
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(CASES):
        mask = random_mask(rng)
        rows = ["".join(map(str, row)) for row in mask.tolist()]
        cases.append({"rows": rows, "regions": regions(mask)})
    path = Path(__file__).parent / "mask-regions.json"
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
