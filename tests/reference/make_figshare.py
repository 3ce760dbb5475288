"""Small files like those of figshare's brain tumor set, for tests/data/formats/figshare.

Writes tests/reference/figshare: 1.mat to 5.mat as MATLAB 7.3 writes them (HDF5 after 512 bytes, each
matrix stored column by column), cvind.mat, and figshare.json with what must be read.

Run with numpy and h5py: python tests/reference/make_figshare.py
"""

import json
from pathlib import Path

import h5py
import numpy as np

FOLDER = Path(__file__).parent / "figshare"
HEADER = b"MATLAB 7.3 MAT-file, Platform: PCWIN64, Created on: Sat Apr 01 10:00:00 2017 HDF5 schema 1.00 ."
HEADER_BYTES = 512
# Label, patient, height, width, and the rectangles of the mask: left, top, right, bottom.
CASES = [
    (1, "100360", 30, 40, [[4, 6, 14, 26]]),
    (2, "100360", 40, 30, [[0, 0, 5, 5], [20, 30, 30, 40]]),
    (3, "MR017260F", 32, 32, [[31, 31, 32, 32]]),
    (3, "89", 16, 64, [[10, 2, 20, 8], [15, 6, 30, 12]]),
    (1, "112649", 48, 48, [[1, 1, 47, 47]]),
]


def write_header(path):
    """The first bytes of a MATLAB 7.3 file, which HDF5 skips."""
    with path.open("r+b") as file:
        file.write(HEADER.ljust(116) + bytes(8) + b"\x00\x02IM")


def write_slice(path, label, patient, image, mask, compression):
    """One file of the set."""
    with h5py.File(path, "w", userblock_size=HEADER_BYTES) as file:
        group = file.create_group("cjdata")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        text = np.array([[ord(character)] for character in patient], np.uint16)
        group.create_dataset("PID", data=text)
        group.create_dataset("image", data=image.T, compression=compression)
        group.create_dataset("label", data=np.array([[float(label)]]))
        group.create_dataset("tumorBorder", data=np.zeros((1, 8)))
        group.create_dataset("tumorMask", data=mask.T, compression=compression)
    write_header(path)


def main():
    rng = np.random.default_rng(1)
    FOLDER.mkdir(exist_ok=True)
    expected = []
    for number, (label, patient, height, width, rectangles) in enumerate(CASES, 1):
        image = rng.integers(0, 200, (height, width)).astype(np.int16)
        mask = np.zeros((height, width), np.uint8)
        for left, top, right, bottom in rectangles:
            mask[top:bottom, left:right] = 1
            image[top:bottom, left:right] += 600
        path = FOLDER / f"{number}.mat"
        write_slice(path, label, patient, image, mask, "gzip" if number % 2 else None)
        low, high = np.percentile(image, [0.5, 99.5])
        grey = np.floor(np.clip((image - low) / (high - low), 0, 1) * 255 + 0.5)
        expected.append(
            {
                "label": label,
                "patient": patient,
                "width": width,
                "height": height,
                "grey": grey.astype(int).ravel().tolist(),
            }
        )
    path = FOLDER / "cvind.mat"
    with h5py.File(path, "w", userblock_size=HEADER_BYTES) as file:
        file.create_dataset("cvind", data=np.ones((1, len(CASES))))
    write_header(path)
    text = json.dumps(expected, separators=(",", ":")) + "\n"
    (FOLDER / "figshare.json").write_text(text)


main()
