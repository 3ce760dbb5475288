"""Writes images of all kinds of numbers to pixels/, and what Pillow, tifffile and NumPy read in them to pixels.json.

Needs numpy, pillow, tifffile and imagecodecs:  python make_pixels.py
"""

import io
import json
import struct
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

FOLDER = Path(__file__).parent / "pixels"
WIDTH, HEIGHT = 13, 9
random = np.random.default_rng(8)
grey = random.random((HEIGHT, WIDTH)).astype(np.float32)
color = random.random((HEIGHT, WIDTH, 3)).astype(np.float32)
expected = {}


def add(name, values, write):
    """Writes a file, and keeps its values: [height, width] or [height, width, 3]."""
    write(FOLDER / name)
    values = np.asarray(values, np.float64)
    flat = [None if np.isnan(v) else float(f"{v:.9g}") for v in values.reshape(-1)]
    expected[name] = {"channels": 3 if values.ndim == 3 else 1, "values": flat}


def tiff(name, values, expect=None, **options):
    add(name, values if expect is None else expect, lambda path: tifffile.imwrite(path, values, metadata=None, **options))


def tiffs():
    tiff("uint16.tif", (grey * 2047).astype(np.uint16))
    tiff("uint16-big-endian.tif", (grey * 2047).astype(np.uint16), byteorder=">")
    tiff("uint16-lzw.tif", (grey * 2047).astype(np.uint16), compression="lzw", predictor=2)
    tiff("uint16-white-is-0.tif", (grey * 2047).astype(np.uint16), 65535 - (grey * 2047).astype(np.uint16).astype(int), photometric="miniswhite")
    tiff("uint16-color.tif", (color * 60000).astype(np.uint16), photometric="rgb")
    tiff("int8.tif", (grey * 200 - 100).astype(np.int8))
    tiff("int16.tif", (grey * 3000 - 1000).astype(np.int16))
    tiff("int16-white-is-0.tif", (grey * 3000 - 1000).astype(np.int16), -((grey * 3000 - 1000).astype(np.int16).astype(int)), photometric="miniswhite")
    tiff("int16-tiles.tif", (grey * 3000 - 1000).astype(np.int16), tile=(16, 16), compression="deflate")
    tiff("int16-pages.tif", np.stack([(grey * 3000 - 1000), grey * 9]).astype(np.int16), (grey * 3000 - 1000).astype(np.int16), photometric="minisblack")
    tiff("int32.tif", (grey * 200000 - 100000).astype(np.int32))
    tiff("uint32.tif", (grey * 200000).astype(np.uint32))
    tiff("float16.tif", grey.astype(np.float16))
    tiff("float32.tif", grey * 2 - 0.5)
    tiff("float32-big.tif", grey * 2 - 0.5, bigtiff=True)
    tiff("float32-predictor.tif", grey, compression="deflate", predictor=3)
    tiff("float32-color.tif", color, photometric="rgb")
    tiff("float64.tif", (grey * 2 - 0.5).astype(np.float64))
    holes = grey.copy()
    holes[2:5, 3:6] = [np.nan, np.inf, -np.inf]
    expect = np.where(np.isfinite(holes), holes, np.nan)
    tiff("float32-holes.tif", holes, expect)
    tiff("uint12-packed.tif", (grey * 4095).astype(np.uint16), bitspersample=12)
    tiff("rotated-float.tif", grey, extratags=[(274, "H", 1, 6, True)])
    tiff("float32-zstd.tif", grey, compression="zstd")
    tiff("nothing-finite.tif", np.full_like(grey, np.nan))


def pillow(name, image, expect=None, **options):
    add(name, np.asarray(image) if expect is None else expect, lambda path: image.save(path, **options))


def pillow_files():
    bytes_grey, bytes_color = [(v * 255).astype(np.uint8) for v in (grey, color)]
    deep = (grey * 2047).astype(np.uint16)
    pillow("uint16.png", Image.fromarray(deep))
    for ending in ("bmp", "gif", "jp2"):
        options = {"irreversible": False} if ending == "jp2" else {}
        pillow(f"grey.{ending}", Image.fromarray(bytes_grey), bytes_grey, **options)
    pillow("grey.j2k", Image.fromarray(bytes_grey), bytes_grey, irreversible=False)
    pillow("color.bmp", Image.fromarray(bytes_color), bytes_color)
    pillow("color.jp2", Image.fromarray(bytes_color), bytes_color, irreversible=False)
    palette = Image.fromarray(bytes_color).quantize(30)
    for ending in ("bmp", "gif"):
        pillow(f"palette.{ending}", palette, np.asarray(palette.convert("RGB")))
    mask = Image.fromarray(bytes_grey).convert("1")
    pillow("black-white.bmp", mask, np.asarray(mask).astype(int) * 255)
    opaque = np.dstack([bytes_color, np.full((HEIGHT, WIDTH), 255, np.uint8)])
    pillow("transparent.bmp", Image.fromarray(opaque, "RGBA"), bytes_color)
    pillow("uint16.jp2", Image.fromarray(deep), deep, irreversible=False)
    frames = [Image.fromarray(bytes_grey), Image.fromarray(255 - bytes_grey)]
    add("frames.gif", bytes_grey, lambda path: frames[0].save(path, save_all=True, append_images=frames[1:]))


def bmp(name, bits, compression, data, height=HEIGHT, palette=b""):
    start = 54 + len(palette)
    header = b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start)
    header += struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, compression, len(data), 0, 0, len(palette) // 4, 0)
    (FOLDER / name).write_bytes(header + palette + data)


def bmps():
    bytes_color = (color * 255).astype(np.uint8)
    rows = [row[:, ::-1].tobytes() + b"\0" * (-3 * WIDTH % 4) for row in bytes_color]
    add("top-down.bmp", bytes_color, lambda path: bmp(path.name, 24, 0, b"".join(rows), -HEIGHT))
    unused = np.dstack([bytes_color[..., ::-1], np.zeros((HEIGHT, WIDTH), np.uint8)])
    add("fourth-byte-0.bmp", bytes_color, lambda path: bmp(path.name, 32, 0, unused[::-1].tobytes()))
    table = b"".join(bytes([i, i, i, 0]) for i in range(256))
    bmp("run-lengths.bmp", 8, 1, b"\x0d\x40\0\0" * HEIGHT + b"\0\1", palette=table)
    bmp("4-bits.bmp", 4, 0, b"\0" * 8 * HEIGHT, palette=table[: 16 * 4])
    bmp("cut-short.bmp", 24, 0, b"\0" * 20)
    header = bytearray((FOLDER / "color.bmp").read_bytes())
    header[18:22] = struct.pack("<i", 100000)
    (FOLDER / "too-wide.bmp").write_bytes(bytes(header))


def damaged():
    """Files that must be refused."""
    for name, end in (("float32.tif", -40), ("int16-tiles.tif", -10), ("uint16.jp2", -30)):
        stem, ending = name.split(".")
        (FOLDER / f"{stem}-cut.{ending}").write_bytes((FOLDER / name).read_bytes()[:end])
    wide = io.BytesIO()
    tifffile.imwrite(wide, np.zeros((1, 9000), np.float32), metadata=None)
    (FOLDER / "too-wide-float.tif").write_bytes(wide.getvalue()[:400])


FOLDER.mkdir(exist_ok=True)
tiffs()
pillow_files()
bmps()
damaged()
(FOLDER.parent / "pixels.json").write_text(json.dumps({"width": WIDTH, "height": HEIGHT, "files": expected}))
