"""Scans with label maps, and the boxes of their lesions as SciPy finds them.

Writes the folder label-maps with the data sets `patients` (a folder for each patient), `paired`
(imagesTr, labelsTr and dataset.json), `one-folder`, `decathlon` (one file with both sequences as
volumes) and `other-grid` (a sequence whose voxels are elsewhere), and label-maps.json with the boxes of each
lesion in each slice of each plane, in voxels of slices in the orientation that radiologists use.

Run with numpy, scipy and nibabel: python tests/reference/make_label_maps.py
"""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

HERE = Path(__file__).parent
FOLDER = HERE / "label-maps"
SHAPE = (24, 20, 16)
SPACING = (1.0, 1.0, 2.0)
# Directions of the axes in which the files are stored; the scans and the maps of a patient differ.
STORED = ["RAS", "LPS", "ASR", "ILP"]
PLANES = {"sagittal": 0, "coronal": 1, "axial": 2}


def blob(labels, center, radii, value):
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in labels.shape], indexing="ij"), -1)
    inside = (((grid - center) / radii) ** 2).sum(-1) <= 1
    labels[inside] = value


def patient(rng, lesions):
    """Values of a scan and of its label map, with axes to the right, the front and the head."""
    labels = np.zeros(SHAPE, np.uint8)
    for _ in range(lesions):
        center = rng.uniform(4, np.array(SHAPE) - 5)
        blob(labels, center, rng.uniform(2, 4.5, 3), 2)
        blob(labels, center, rng.uniform(1, 2, 3), rng.choice([1, 4]))
    scan = rng.normal(0, 0.2, SHAPE) + labels
    return (10 * scan).round().astype(np.int16), labels


def save(values, path, stored):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(values, np.diag([*SPACING, 1.0]))
    to = nib.orientations.axcodes2ornt(stored)
    turned = image.as_reoriented(nib.orientations.ornt_transform(nib.io_orientation(image.affine), to))
    nib.save(turned, path)


def picture(volume, plane, index):
    """A slice: the patient's left on the right; the front or the head up."""
    values = np.take(volume, index, PLANES[plane])
    # Rows from the top, and columns from the patient's right, or from the front in sagittal slices.
    return values.T[::-1, ::-1]


def boxes(labels, classes):
    found = {plane: {} for plane in PLANES}
    for class_id, values in enumerate(classes):
        components, count = ndimage.label(np.isin(labels, values), np.ones((3, 3, 3)))
        for lesion in range(1, count + 1):
            mask = components == lesion
            for plane, axis in PLANES.items():
                for index in range(labels.shape[axis]):
                    ys, xs = np.nonzero(picture(mask, plane, index))
                    if len(xs):
                        edges = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
                        found[plane].setdefault(str(index), []).append(
                            {"classId": class_id, "box": [int(edge) for edge in edges], "area": len(xs)}
                        )
    return found


def decathlon(rng):
    """One file with two volumes, named by `modality`."""
    scan, labels = patient(rng, 1)
    folder = FOLDER / "decathlon"
    save(np.stack([-scan, scan], -1), folder / "imagesTr" / "BRATS_001.nii.gz", "RAS")
    save(labels, folder / "labelsTr" / "BRATS_001.nii.gz", "RAS")
    description = {
        "modality": {"0": "FLAIR", "1": "t1gd"},
        "labels": {"0": "background", "1": "core", "2": "edema", "4": "enhancing"},
    }
    (folder / "dataset.json").write_text(json.dumps(description, indent=2) + "\n")


def other_grid(rng):
    """Two patients: the voxels of the first one's FLAIR are 1.5 mm further to the head."""
    for number in range(2):
        scan, labels = patient(rng, 1)
        folder = FOLDER / "other-grid" / f"Case_{number}"
        save(scan, folder / "t1ce.nii.gz", "RAS")
        save(labels, folder / "seg.nii.gz", "RAS")
        affine = np.diag([*SPACING, 1.0])
        affine[2, 3] = 1.5 * (number == 0)
        nib.save(nib.Nifti1Image(-scan, affine), folder / "flair.nii.gz")


def main():
    rng = np.random.default_rng(7)
    expected = {"spacing": SPACING, "patients": {}, "paired": {}}
    for number, stored in enumerate(STORED):
        scan, labels = patient(rng, 1 + number % 3)
        name = f"Case_{number:03d}"
        save(scan, FOLDER / "patients" / name / f"{name}_t1ce.nii.gz", "RAS")
        save(-scan, FOLDER / "patients" / name / f"{name}_flair.nii.gz", stored)
        save(labels, FOLDER / "patients" / name / f"{name}_seg.nii.gz", stored)
        expected["patients"][name] = boxes(labels, [[1, 2, 4]])
    for number in range(2):
        scan, labels = patient(rng, 2)
        name = f"brain_{number:02d}"
        split = "Tr" if number == 0 else "Ts"
        for channel in range(2):
            file = f"{name}_{channel:04d}.nii.gz"
            save(scan if channel else -scan, FOLDER / "paired" / f"images{split}" / file, "RAS")
        save(labels, FOLDER / "paired" / f"labels{split}" / f"{name}.nii.gz", "LPS")
        expected["paired"][name] = boxes(labels, [[1, 2, 4], [4]])
    description = {
        "channel_names": {"0": "FLAIR", "1": "T1Gd"},
        "labels": {"background": 0, "tumor": [1, 2, 4], "core": 4, "ignore": 9},
        "file_ending": ".nii.gz",
    }
    (FOLDER / "paired" / "dataset.json").write_text(json.dumps(description, indent=2) + "\n")
    scan, labels = patient(rng, 1)
    save(scan, FOLDER / "one-folder" / "007.nii.gz", "RAS")
    save(labels, FOLDER / "one-folder" / "007_seg.nii.gz", "RAS")
    save(scan, FOLDER / "one-folder" / "008.nii.gz", "RAS")
    decathlon(np.random.default_rng(8))
    other_grid(np.random.default_rng(9))
    (HERE / "label-maps.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
