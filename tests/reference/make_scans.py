"""Makes small scans as scanners, archives and converters write them, in scans/, and scans.json: what is right for each.

    pip install pydicom==3.0.1 nibabel==5.4.2 imagecodecs SimpleITK==2.5.3 numpy scipy
    python make_scans.py

The values are those that were written; pydicom, nibabel or SimpleITK must agree wherever they can read the file. Positions in
millimeters are those of nibabel or SimpleITK. Most of these files break a rule of DICOM or NIfTI on purpose.
"""

import gzip
import io
import json
import pathlib
import shutil
import struct
import warnings

import imagecodecs
import nibabel as nib
import numpy as np
import pydicom
import scipy.linalg
import scipy.spatial
import SimpleITK as sitk
from nibabel.nicom.dicomwrappers import wrapper_from_data
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.pixels import apply_modality_lut
from pydicom.sequence import Sequence
from pydicom.uid import (
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    MRImageStorage,
    RLELossless,
)

warnings.simplefilter("ignore")
sitk.ProcessObject.SetGlobalWarningDisplay(False)
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE

FOLDER = pathlib.Path(__file__).with_name("scans")
ROWS, COLUMNS = 5, 6
AXIAL = [1, 0, 0, 0, 1, 0]
OBLIQUE = [0.96, 0.28, 0.0, -0.168, 0.576, 0.8]
PIXELS = [[0, 0], [COLUMNS - 1, 0], [0, ROWS - 1], [2, 3]]

single, series, refused, nifti_files, blocks = {}, {}, {}, {}, {}


def uid(text):
    return f"1.2.826.0.1.3680043.8.498.{sum(text.encode())}.{len(text)}"


def pattern(seed, high=1000, low=0, kind="u2", shape=(ROWS, COLUMNS)):
    return np.random.default_rng(seed).integers(low, high, shape).astype(kind)


def raw(ds, tag, vr, value):
    """An element with a value that pydicom would not accept otherwise."""
    ds[tag] = DataElement(tag, vr, value, validation_mode=pydicom.config.IGNORE)


def raw_text(ds, keyword, vr, text):
    """A text element whose text is not a number, although its type says so."""
    value = text.encode() + b" " * (len(text) % 2)
    tag = pydicom.tag.Tag(keyword)
    ds._dict[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)


def dicom(name, array, syntax=ExplicitVRLittleEndian, *, place=True, stored=None, number=1, uids=None, **more):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = uid(uids or name)
    meta.TransferSyntaxUID = syntax
    ds = FileDataset(name, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = MRImageStorage, meta.MediaStorageSOPInstanceUID
    ds.SeriesInstanceUID = uid(name.split("/")[0] + "-series")
    ds.Modality = "MR"
    ds.InstanceNumber = number
    if array is not None:
        ds.Rows, ds.Columns = array.shape[-2:]
        if array.ndim == 3:
            ds.NumberOfFrames = array.shape[0]
        ds.SamplesPerPixel = 1
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.BitsAllocated = 8 * array.dtype.itemsize
        ds.BitsStored = stored or ds.BitsAllocated
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(array.dtype.kind == "i")
        data = array.astype(array.dtype.newbyteorder(">" if syntax == ExplicitVRBigEndian else "<")).tobytes()
        ds.PixelData = data + b"\0" * (len(data) % 2)
        ds["PixelData"].VR = "OW" if ds.BitsAllocated > 8 else "OB"
    if place:
        ds.ImagePositionPatient = [-40.5, -30.25, 12.0]
        ds.ImageOrientationPatient = AXIAL
        ds.PixelSpacing = [0.5, 0.75]
    for key, value in more.items():
        if value is None:
            if key in ds:
                delattr(ds, key)
        else:
            setattr(ds, key, value)
    return ds


def path_of(name):
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write(ds, name=None):
    path = path_of(name or ds.filename)
    if ds.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
        pydicom.dcmwrite(path, ds, implicit_vr=False, little_endian=False, force_encoding=True)
    else:
        ds.save_as(path, enforce_file_format=True)
    return path


def data_set(ds, implicit=False, big=False):
    """The bytes of the data set alone."""
    ds = ds.copy()
    del ds.file_meta
    stream = DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = not big, implicit
    write_dataset(stream, ds)
    return stream.getvalue()


def meta_bytes(syntax, pad=b"\0"):
    value = str(syntax).encode()
    value += pad * (len(value) % 2)
    element = struct.pack("<HH2sH", 2, 0x10, b"UI", len(value)) + value
    return element


def numbers(array, digits=5):
    array = np.asarray(array, dtype=np.float64)
    return [numbers(part, digits) for part in array] if array.ndim > 1 else [None if not np.isfinite(v) else round(float(v), digits) for v in array]


def expect(name, values, *, check="pydicom", millimeters=True, path=None, **more):
    """What is right for a file of one slice; `check`: the library that must read the same values."""
    path = FOLDER / name
    values = np.asarray(values, dtype=np.float64)
    if check == "pydicom":
        ds = pydicom.dcmread(path, force=True)
        if not getattr(ds.file_meta, "TransferSyntaxUID", None):
            ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        read = apply_modality_lut(ds.pixel_array, ds)
        np.testing.assert_allclose(np.nan_to_num(values), np.where(np.isnan(values), 0, read), err_msg=name)
    if check == "sitk":
        read = sitk.GetArrayFromImage(sitk.ReadImage(path))[0]
        np.testing.assert_allclose(np.nan_to_num(values), np.where(np.isnan(values), 0, read), err_msg=name)
    told = dict(values=numbers(values), **more)
    if millimeters is True:
        affine = wrapper_from_data(pydicom.dcmread(path)).affine
        # nibabel's first index is the row.
        millimeters = [(affine @ [y, x, 0, 1])[:3] for x, y in PIXELS]
    if millimeters is not False and millimeters is not None:
        told |= dict(pixels=PIXELS, millimeters=numbers(millimeters))
    single[name] = told


# --- NumberOfFrames

def frames():
    for number, (name, more) in enumerate(
        {"frames-0": dict(NumberOfFrames=0), "frames-empty": dict(NumberOfFrames=""), "frames-1": dict(NumberOfFrames=1)}.items()
    ):
        a = pattern(number)
        ds = dicom(f"{name}.dcm", a)
        raw(ds, "NumberOfFrames", "IS", more["NumberOfFrames"])
        write(ds)
        expect(f"{name}.dcm", a, check="sitk")
    a = pattern(4)
    ds = dicom("frames-0-implicit.dcm", a, ImplicitVRLittleEndian, NumberOfFrames=0)
    write(ds)
    expect("frames-0-implicit.dcm", a)
    ds = dicom("frames-0-rle.dcm", pattern(5))
    ds.compress(RLELossless, generate_instance_uid=False)
    ds.NumberOfFrames = 0
    write(ds)
    expect("frames-0-rle.dcm", pattern(5), millimeters=False)
    # 35 pixels of a byte, and one more byte for an even length.
    a = pattern(6, 250, kind="u1", shape=(5, 7))
    write(dicom("odd-length.dcm", a))
    expect("odd-length.dcm", a)
    # Two frames in the data, and no number of frames.
    a = pattern(7, shape=(2, ROWS, COLUMNS))
    write(dicom("frames-missing.dcm", a, NumberOfFrames=None))
    expect("frames-missing.dcm", a[0], check="sitk")
    # The groups of a multi-frame file, for one frame.
    a = pattern(8)
    ds = dicom("one-frame-groups.dcm", a, place=False, NumberOfFrames=1, SOPClassUID=EnhancedMRImageStorage)
    frame, orientation, position, measures = Dataset(), Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient, position.ImagePositionPatient, measures.PixelSpacing = AXIAL, [1, 2, 3], [2, 1.5]
    frame.PlaneOrientationSequence, frame.PlanePositionSequence, frame.PixelMeasuresSequence = [orientation], [position], [measures]
    ds.PerFrameFunctionalGroupsSequence = Sequence([frame])
    write(ds)
    expect("one-frame-groups.dcm", a, millimeters=[[1 + 1.5 * x, 2 + 2 * y, 3] for x, y in PIXELS])


# --- orientation and spacing

def geometry():
    def one(name, seed, millimeters=False, **more):
        texts = {key: more.pop(key) for key in list(more) if isinstance(more[key], bytes)}
        ds = dicom(f"{name}.dcm", pattern(seed), **more)
        for key, text in texts.items():
            raw_text(ds, key, "DS", text.decode())
        write(ds)
        expect(f"{name}.dcm", pattern(seed), millimeters=millimeters)

    one("orientation-zero", 10, ImageOrientationPatient=[0] * 6)
    one("orientation-missing", 11, ImageOrientationPatient=None)
    one("orientation-five", 12, ImageOrientationPatient=b"1\\0\\0\\0\\1")
    one("orientation-nan", 13, ImageOrientationPatient=b"NaN\\0\\0\\0\\1\\0")
    one("orientation-skewed", 14, ImageOrientationPatient=[1, 0, 0, 0.1736, 0.9848, 0])
    one("orientation-long", 15, ImageOrientationPatient=[2, 0, 0, 0, 2, 0])
    one("position-missing", 16, ImagePositionPatient=None)
    one("position-text", 17, ImagePositionPatient=b"-40,5\\-30,25\\12")
    one("spacing-zero", 18, PixelSpacing=[0, 0])
    one("spacing-one-number", 19, PixelSpacing=b"0.5")
    one("spacing-not-plausible", 20, PixelSpacing=["0.5", "0.000001"])
    one("spacing-text", 21, PixelSpacing=b"0,5\\0,5")
    one("spacing-missing", 22, PixelSpacing=None)
    one("oblique", 23, True, ImageOrientationPatient=OBLIQUE)
    one("instance-number-text", 24, True, InstanceNumber=None)
    one("detector-spacing", 25, place=False, Modality="DX", ImagerPixelSpacing=[0.2, 0.1])
    one("scanned-spacing", 26, place=False, Modality="OT", NominalScannedPixelSpacing=[0.2, 0.1])
    one("aspect-ratio", 27, place=False, PixelAspectRatio=[2, 1])
    one("aspect-ratio-zero", 28, place=False, PixelAspectRatio=[0, 1])
    # Rounded to two decimals: the nearest directions at a right angle are those of the polar decomposition.
    rotation = scipy.spatial.transform.Rotation.from_euler("xyz", [13, -21, 34], degrees=True).as_matrix()
    rounded = np.round(rotation[:, :2], 2)
    nearest = scipy.linalg.polar(rounded)[0]
    def at(axes):
        return [np.array([-40.5, -30.25, 12]) + axes[:, 0] * 0.75 * x + axes[:, 1] * 0.5 * y for x, y in PIXELS]
    # Both differ by far less than a pixel.
    assert np.abs(np.array(at(nearest)) - at(rotation)).max() < 0.03
    one("orientation-rounded", 29, at(nearest), ImageOrientationPatient=[f"{v:.2f}" for v in rounded.T.ravel()])


# --- preamble, file meta information, transfer syntax

def encodings():
    magic = b"\0" * 128 + b"DICM"
    a = pattern(30)
    ds = dicom("-", a)
    implicit, explicit, big = data_set(ds, implicit=True), data_set(ds), data_set(dicom("-", a.byteswap()), big=True)
    contents = {
        "bare-implicit.dcm": implicit,
        "bare-implicit": implicit,
        "bare-explicit.MR": explicit,
        "bare-explicit.1": explicit,
        "bare-big-endian.dcm": big,
        "meta-without-preamble.bin": meta_bytes(ExplicitVRLittleEndian) + explicit,
        "magic-first.dat": b"DICM" + meta_bytes(ImplicitVRLittleEndian) + implicit,
        "no-meta.dcm": magic + explicit,
        "no-meta-implicit.dcm": magic + implicit,
        "says-explicit.dcm": magic + meta_bytes(ExplicitVRLittleEndian) + implicit,
        "says-implicit.dcm": magic + meta_bytes(ImplicitVRLittleEndian) + explicit,
        "syntax-with-space.dcm": magic + meta_bytes(ImplicitVRLittleEndian, b" ") + implicit,
        "garbage-after-pixels.dcm": magic + meta_bytes(ExplicitVRLittleEndian) + explicit + b"\xfc\xff\xfc\xffOB\0\0\xff\xff\0\0garbage",
        "any-ending.img": magic + meta_bytes(ExplicitVRLittleEndian) + explicit,
    }
    for name, content in contents.items():
        path_of(name).write_bytes(content)
        millimeters = [[-40.5 + 0.75 * x, -30.25 + 0.5 * y, 12] for x, y in PIXELS]
        expect(name, a, check=None, millimeters=millimeters)
    for name in ["bare-implicit.dcm", "bare-implicit"]:
        assert (sitk.GetArrayFromImage(sitk.ReadImage(FOLDER / name))[0] == a).all()
    # Pixels that were decompressed without changing the transfer syntax.
    write(dicom("says-jpeg.dcm", a))
    content = (FOLDER / "says-jpeg.dcm").read_bytes()
    path_of("says-jpeg.dcm").write_bytes(magic + meta_bytes("1.2.840.10008.1.2.4.70") + explicit)
    expect("says-jpeg.dcm", a, check=None, millimeters=False)
    # Compressed pixels whose table of offsets has 64 bits (the type OV).
    ds = dicom("long-offsets.dcm", a)
    ds.compress(RLELossless, generate_instance_uid=False)
    frame = next(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=1))
    ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = pydicom.encaps.encapsulate_extended([frame])
    ds["PixelData"].is_undefined_length = True
    write(ds)
    expect("long-offsets.dcm", a)
    # Two pixels of a byte in a word: swapped in the file.
    b = pattern(31, 250, kind="u1")
    ds = dicom("big-endian-bytes.dcm", b, ExplicitVRBigEndian)
    ds["PixelData"].VR = "OW"
    ds.PixelData = b.reshape(-1, 2)[:, ::-1].tobytes()
    write(ds)
    expect("big-endian-bytes.dcm", b)
    # The standard before DICOM: no photometric interpretation, no samples.
    ds = dicom("no-photometric.dcm", a, PhotometricInterpretation=None, SamplesPerPixel=None)
    write(ds)
    expect("no-photometric.dcm", a, check=None)


# --- values

def values():
    def one(name, array, expected=None, check="pydicom", **more):
        ds = dicom(f"{name}.dcm", array, **more)
        write(ds)
        expect(f"{name}.dcm", array if expected is None else expected, check=check, millimeters=False)

    for bits in [10, 12, 14, 16]:
        one(f"unsigned-{bits}", pattern(40 + bits, 2**bits), stored=bits)
        one(f"signed-{bits}", pattern(60 + bits, 2 ** (bits - 1), -(2 ** (bits - 1)), "i2"), stored=bits)
    one("unsigned-8", pattern(80, 256, kind="u1"))
    one("signed-8", pattern(81, 128, -128, "i1"))
    one("unsigned-32", pattern(82, 2**24, kind="u4"))
    one("signed-32", pattern(83, 2**23, -(2**23), "i4"))
    # Twelve bits and an overlay in the fifteenth, as the standard allowed before 2004.
    a = pattern(84, 4096)
    one("overlay-in-pixels", (a | (pattern(85, 2) << 14)).astype("u2"), a, check="sitk", stored=12)
    one("slope-0", a, a, check=None, RescaleSlope=0, RescaleIntercept=5)
    ds = dicom("slope-text.dcm", a, WindowCenter=100, WindowWidth=200)
    raw_text(ds, "RescaleSlope", "DS", "abc")
    write(ds)
    expect("slope-text.dcm", a, check=None, millimeters=False)
    one("rescaled", a, a * 2.5 - 1024, RescaleSlope="2.5", RescaleIntercept="-1024")
    padded = a.astype("f8")
    padded[a > 3000] = np.nan
    one("padding-range", a, padded, PixelPaddingValue=4095, PixelPaddingRangeLimit=3001)
    one("padding-everything", a, a, PixelPaddingValue=0, PixelPaddingRangeLimit=65535)
    for name, kind in [("float", "f4"), ("double", "f8")]:
        f = (pattern(86, 2000, -1000, "i4") / 7).astype(kind)
        f[1, 2] = np.nan
        ds = dicom(f"{name}-pixels.dcm", pattern(0), PixelData=None, BitsStored=None, HighBit=None, PixelRepresentation=None)
        ds.BitsAllocated = 8 * f.itemsize
        setattr(ds, "FloatPixelData" if kind == "f4" else "DoubleFloatPixelData", f.tobytes())
        write(ds)
        read = pydicom.dcmread(FOLDER / f"{name}-pixels.dcm").pixel_array
        np.testing.assert_array_equal(read, f)
        expect(f"{name}-pixels.dcm", f, check=None)
    for name, count, bits in [("lut-16", 64, 16), ("lut-8", 64, 8)]:
        stored = pattern(87, 90)
        lut = Dataset()
        table = (np.arange(count)[::-1] * 3 + 7).astype("u2" if bits == 16 else "u1")
        raw(lut, "LUTDescriptor", "US", [count, 10, bits])
        raw(lut, "LUTData", "OW", table.tobytes())
        lut.ModalityLUTType = "US"
        one(name, stored, table[np.clip(stored.astype(int) - 10, 0, count - 1)], check="pydicom" if bits == 16 else None, ModalityLUTSequence=Sequence([lut]))


def compressed():
    """Compressed pixels whose header has another number of bits: the compressed image is right."""
    u = pattern(95, 4096, shape=(12, 16))
    s = pattern(96, 2048, -2048, "i2", (12, 16))
    lossless = dict(level=0, reversible=True, codecformat="j2k", resolutions=1, bitspersample=12)
    cases = {
        "j2k-bits-10": (u, imagecodecs.jpeg2k_encode(u, **lossless), JPEG2000Lossless, 10),
        "j2k-bits-16": (u, imagecodecs.jpeg2k_encode(u, **lossless), JPEG2000Lossless, 16),
        "j2k-signed-bits-10": (s, imagecodecs.jpeg2k_encode(s, **lossless), JPEG2000Lossless, 10),
        "j2k-signed-bits-16": (s, imagecodecs.jpeg2k_encode(s, **lossless), JPEG2000Lossless, 16),
        # The compressed image has no sign, the header has.
        "j2k-sign-in-header": (s, imagecodecs.jpeg2k_encode((s.astype("i4") & 0xFFF).astype("u2"), **lossless), JPEG2000Lossless, 12),
        "jpeg-ls-bits-10": (u, imagecodecs.jpegls_encode(u), JPEGLSLossless, 10),
        "jpeg-lossless-bits-10": (u, imagecodecs.ljpeg_encode(u, bitspersample=12), JPEGLosslessSV1, 10),
        "j2k-sign-in-image": (u, imagecodecs.jpeg2k_encode(s, **lossless), JPEG2000Lossless, 12),
    }
    for name, (array, code, syntax, stored) in cases.items():
        ds = dicom(f"{name}.dcm", array, stored=stored)
        ds.file_meta.TransferSyntaxUID = syntax
        ds.PixelData = encapsulate([code])
        ds["PixelData"].is_undefined_length = True
        ds["PixelData"].VR = "OB"
        write(ds)
        if name != "j2k-sign-in-image":
            expect(f"{name}.dcm", array, check="pydicom" if syntax == JPEG2000Lossless else None, millimeters=False)


# --- windows

def windows():
    a = pattern(90, 4096)
    table = Dataset()
    raw(table, "LUTDescriptor", "US", [4096, 0, 8])
    raw(table, "LUTData", "OW", bytes(8192))
    cases = {
        "window-width-0": dict(WindowCenter=100, WindowWidth=0),
        "window-width-1": dict(WindowCenter=100, WindowWidth=1),
        "window-negative": dict(WindowCenter=100, WindowWidth=-400),
        "window-exact-0": dict(WindowCenter=100, WindowWidth=0, VOILUTFunction="LINEAR_EXACT"),
        "window-second": dict(WindowCenter=["40", "1000"], WindowWidth=["0", "1500"]),
        "window-unknown-function": dict(WindowCenter=100, WindowWidth=400, VOILUTFunction="CUBIC"),
        "window-center-only": dict(WindowCenter=100),
        "window-table": dict(VOILUTSequence=Sequence([table])),
    }
    for name, more in cases.items():
        write(dicom(f"{name}.dcm", a, stored=12, **more))
        expect(f"{name}.dcm", a, millimeters=False)
    ds = dicom("window-text.dcm", a, stored=12)
    raw_text(ds, "WindowCenter", "DS", "auto")
    raw_text(ds, "WindowWidth", "DS", "auto")
    write(ds)
    expect("window-text.dcm", a, millimeters=False)
    b = pattern(91, 2000, -2000, "i2")
    b[0, :3] = -2000
    padded = b.astype("f8")
    padded[b == -2000] = np.nan
    write(dicom("monochrome1.dcm", b, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=None))
    ds = dicom("monochrome1.dcm", b, PhotometricInterpretation="MONOCHROME1")
    raw(ds, "PixelPaddingValue", "SS", -2000)
    write(ds)
    expect("monochrome1.dcm", padded, millimeters=False)


# --- no image, or refused

def others():
    def no_pixels(name, modality, sop):
        ds = dicom(name, None, place=False, Modality=modality, SOPClassUID=sop)
        ds.file_meta.MediaStorageSOPClassUID = sop
        write(ds)

    no_pixels("report.dcm", "SR", "1.2.840.10008.5.1.4.1.1.88.11")
    no_pixels("presentation.dcm", "PR", "1.2.840.10008.5.1.4.1.1.11.1")
    no_pixels("structures.dcm", "RTSTRUCT", "1.2.840.10008.5.1.4.1.1.481.3")
    no_pixels("disc/DICOMDIR", "OT", "1.2.840.10008.1.3.10")
    write(dicom("disc/IM1", pattern(100)))
    bits = np.zeros((ROWS, 8), "u1")
    ds = dicom("segmentation.dcm", bits, Modality="SEG")
    write(ds)
    write(dicom("dose.dcm", pattern(101, kind="u4"), Modality="RTDOSE"))
    ds = dicom("palette.dcm", pattern(102, 250, kind="u1"), PhotometricInterpretation="PALETTE COLOR")
    write(ds)
    ds = dicom("bits-12-allocated.dcm", pattern(103), BitsAllocated=12, BitsStored=12, HighBit=11)
    write(ds)
    # Compressed pixels under the transfer syntax of uncompressed ones, with and without a length.
    ds = dicom("compressed-unnamed.dcm", pattern(104))
    ds.compress(RLELossless, generate_instance_uid=False)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = path_of("compressed-unnamed.dcm")
    ds.save_as(path, enforce_file_format=False)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"\xe0\x7f\x10\x00OB") + 8
    data[at : at + 4] = b"\xff\xff\xff\xff"
    path_of("compressed-unnamed-open.dcm").write_bytes(data)


# --- series

def expect_series(name, parts, **more):
    """The slices of each volume: value of the first pixel, and the height of the slice."""
    series[name] = dict(parts=[dict(label=label, first=[int(v) for v, _ in slices], heights=[z for _, z in slices]) for label, slices in parts], **more)


def write_series(name, slices):
    """Slices are (file, first value, height, changes)."""
    for number, (file, value, z, more) in enumerate(slices, 1):
        a = pattern(200 + number)
        a[0, 0] = value
        more = dict(more)
        number = more.pop("number", number)
        doubles = {key: more.pop(key) for key in list(more) if isinstance(more[key], float)}
        ds = dicom(f"{name}/{file}", a, number=number, uids=more.pop("uids", None), **more)
        if z is not None and "ImagePositionPatient" not in more:
            ds.ImagePositionPatient = [-40.5, -30.25, z]
        for key, value in doubles.items():
            raw(ds, key, "FD", value)
        write(ds)


def all_series():
    # Two time points of three slices; the files alternate.
    slices = [(f"IM{2 * i + t}", 100 * t + i, 10 + 5 * i, dict(TemporalPositionIdentifier=t + 1, AcquisitionNumber=t + 1)) for i in range(3) for t in range(2)]
    write_series("time-points", slices)
    expect_series("time-points", [(f"temporal position {t + 1}", [(100 * t + i, 10 + 5 * i) for i in range(3)]) for t in range(2)])
    slices = [(f"IM{3 * e + i}", 100 * e + i, 10 + 5 * i, dict(EchoTime=["2.5", "10.25"][e])) for e in range(2) for i in range(3)]
    write_series("echoes", slices)
    expect_series("echoes", [(f"echo time {[2.5, 10.25][e]}", [(100 * e + i, 10 + 5 * i) for i in range(3)]) for e in range(2)])
    # One b-value of 0, two directions of 1000.
    slices = []
    for part, (b, direction) in enumerate([(0.0, None), (1000.0, [1.0, 0, 0]), (1000.0, [0, 1.0, 0])]):
        for i in range(3):
            slices.append((f"IM{part}{i}", 100 * part + i, 10 + 5 * i, dict(DiffusionBValue=b)))
    write_series("b-values", slices)
    for part in range(3):
        for i in range(3):
            path = FOLDER / f"b-values/IM{part}{i}"
            ds = pydicom.dcmread(path)
            if part:
                ds.DiffusionGradientOrientation = [1.0, 0.0, 0.0] if part == 1 else [0.0, 1.0, 0.0]
            ds.save_as(path)
    expect_series(
        "b-values",
        [
            ("b-value 0", [(i, 10 + 5 * i) for i in range(3)]),
            ("b-value 1000, gradient direction 0, 1, 0", [(200 + i, 10 + 5 * i) for i in range(3)]),
            ("b-value 1000, gradient direction 1, 0, 0", [(100 + i, 10 + 5 * i) for i in range(3)]),
        ],
    )
    kinds = [["ORIGINAL", "PRIMARY", "M"], ["ORIGINAL", "PRIMARY", "P"]]
    write_series("magnitude-phase", [(f"IM{p}{i}", 100 * p + i, 10 + 5 * i, dict(ImageType=kinds[p])) for p in range(2) for i in range(3)])
    expect_series("magnitude-phase", [("image type " + "\\".join(kinds[p]), [(100 * p + i, 10 + 5 * i) for i in range(3)]) for p in range(2)])
    # Heart phases: the time differs from slice to slice, only the numbers of the images tell the phase.
    slices = [(f"IM{4 * i + p}", 100 * p + i, 10 + 5 * i, dict(TriggerTime=f"{20 * p + i * 1.5}", ContentTime=f"1200{4 * i + p:02d}")) for i in range(4) for p in range(4)]
    write_series("heart", slices)
    expect_series("heart", [(f"repetition {p + 1}", [(100 * p + i, 10 + 5 * i) for i in range(4)]) for p in range(4)])
    write_series("siemens-b", [(f"IM{b}{i}", b + i, 10 + 5 * i, dict(SequenceName=f"*ep_b{b}")) for b in (0, 800) for i in range(3)])
    expect_series("siemens-b", [(f"sequence name *ep_b{b}", [(b + i, 10 + 5 * i) for i in range(3)]) for b in (0, 800)])
    # One volume: each slice has a time of its own.
    write_series("own-times", [(f"IM{i}", i, 10 + 5 * i, dict(AcquisitionTime=f"1200{i:02d}", ContentTime=f"1201{i:02d}", TriggerTime=str(i))) for i in range(4)])
    expect_series("own-times", [("", [(i, 10 + 5 * i) for i in range(4)])])
    # A copy of a file, and a slice that was sent twice under two names.
    slices = [(f"IM{i}", i, 10 + 5 * i, {}) for i in range(4)]
    write_series("copies", slices)
    shutil.copy(FOLDER / "copies/IM2", FOLDER / "copies/IM2 (1)")
    expect_series("copies", [("", [(i, 10 + 5 * i) for i in range(4)])])
    write_series("repeated-slice", [*slices, ("IM9", 9, 15, {})])
    expect_series("repeated-slice", [("", [(0, 10), (1, 15), (9, 15), (2, 20), (3, 25)])])
    write_series("gaps", [(f"IM{i}", i, z, {}) for i, z in enumerate([10, 15, 25, 30])])
    expect_series("gaps", [("", [(i, z) for i, z in enumerate([10, 15, 25, 30])])])
    # A tilted gantry: the slices are shifted against each other.
    write_series("gantry-tilt", [(f"IM{i}", i, None, dict(ImagePositionPatient=[-40.5, -30.25 + 1.5 * i, 10 + 5 * i], Modality="CT")) for i in range(4)])
    expect_series("gantry-tilt", [("", [(i, 10 + 5 * i) for i in range(4)])])
    # Neither number nor position: by the numbers in the names.
    write_series("names-only", [(f"IM{i}", i, None, dict(number=0, ImagePositionPatient=None, InstanceNumber=None)) for i in (1, 2, 10)])
    expect_series("names-only", [("", [(i, None) for i in (1, 2, 10)])])
    write_series("orientation-zero-series", [(f"IM{i}", 4 - i, 10 + 5 * i, dict(number=4 - i, ImageOrientationPatient=[0] * 6)) for i in range(4)])
    expect_series("orientation-zero-series", [("", [(v, None) for v in (1, 2, 3, 4)])])
    write_series("no-series-uid", [(f"IM{i}", i, 30 - 5 * i, dict(SeriesInstanceUID=None, SeriesNumber=7)) for i in range(3)])
    expect_series("no-series-uid", [("", [(2, 20), (1, 25), (0, 30)])])
    write_series("rescale-per-slice", [(f"IM{i}", 10, 10 + 5 * i, dict(RescaleSlope=str(i + 1), RescaleIntercept=str(-i), Modality="PT")) for i in range(3)])
    expect_series("rescale-per-slice", [("", [(10 * (i + 1) - i, 10 + 5 * i) for i in range(3)])])
    # Two series in one folder, whose files are mixed.
    write_series("mixed", [(f"IM{i}", i, 10 + 5 * (i // 2), dict(SeriesInstanceUID=uid(f"mixed {i % 2}"))) for i in range(6)])
    expect_series("mixed", [("series 1", [(0, 10), (2, 15), (4, 20)]), ("series 2", [(1, 10), (3, 15), (5, 20)])], several=True)
    enhanced()


def group(name, **values):
    item = Dataset()
    for key, value in values.items():
        setattr(item, key, value)
    return {name: Sequence([item])}


def enhanced():
    """A file of two time points of three slices; the time points alternate."""
    count = 6
    a = pattern(300, shape=(count, ROWS, COLUMNS))
    a[:, 0, 0] = np.arange(count)
    ds = dicom("enhanced-time.dcm", a, place=False, SOPClassUID=EnhancedMRImageStorage)
    shared = Dataset()
    for key, value in (group("PlaneOrientationSequence", ImageOrientationPatient=AXIAL) | group("PixelMeasuresSequence", PixelSpacing=[2, 1])).items():
        setattr(shared, key, value)
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    items = []
    for i in range(count):
        item = Dataset()
        groups = group("PlanePositionSequence", ImagePositionPatient=[0, 0, 4 * (i // 2)]) | group("FrameContentSequence", TemporalPositionIndex=i % 2 + 1)
        for key, value in groups.items():
            setattr(item, key, value)
        items.append(item)
    ds.PerFrameFunctionalGroupsSequence = Sequence(items)
    write(ds)
    expect_series("enhanced-time.dcm", [(f"temporal position index {t + 1}", [(2 * i + t, 4 * i) for i in range(3)]) for t in range(2)])
    # Scouts in two planes in one file.
    a = pattern(301, shape=(3, ROWS, COLUMNS))
    a[:, 0, 0] = np.arange(3)
    ds = dicom("enhanced-scouts.dcm", a, place=False, SOPClassUID=EnhancedMRImageStorage)
    items = []
    for i, orientation in enumerate([AXIAL, AXIAL, [1, 0, 0, 0, 0, -1]]):
        item = Dataset()
        groups = (
            group("PlanePositionSequence", ImagePositionPatient=[0, 0, 4 * i])
            | group("PlaneOrientationSequence", ImageOrientationPatient=orientation)
            | group("PixelMeasuresSequence", PixelSpacing=[1, 1])
        )
        for key, value in groups.items():
            setattr(item, key, value)
        items.append(item)
    ds.PerFrameFunctionalGroupsSequence = Sequence(items)
    write(ds)
    expect_series("enhanced-scouts.dcm", [("axial", [(0, 0), (1, 4)]), ("coronal", [(2, 8)])], several=True)


# --- NIfTI

SHAPE = (7, 6, 5)
AFFINE = nib.affines.from_matvec(nib.eulerangles.euler2mat(0.2, -0.3, 0.15) @ np.diag([1.5, 2.0, 3.0]), [-10.0, 4.0, 7.5])
LEFT_HANDED = AFFINE @ np.diag([-1, 1, 1, 1])


def voxels(seed, kind="i2", high=1000, low=0, shape=SHAPE):
    return np.random.default_rng(seed).integers(low, high, shape).astype(kind)


def header(array, sform=None, qform=None, kind=nib.Nifti1Image, units="mm"):
    image = kind(array, None, dtype=array.dtype)
    image.header.set_xyzt_units(units)
    image.set_qform(qform, code=1 if qform is not None else 0)
    image.set_sform(sform, code=1 if sform is not None else 0)
    return image


def content(image, patches=(), order="F"):
    """The bytes of a file, with numbers put into the header: (offset, format, values)."""
    data = bytearray(image.to_bytes())
    for offset, form, *values in patches:
        struct.pack_into(form, data, offset, *values)
    return bytes(data)


def expect_nifti(name, array, affine, *, volume=0, **more):
    """The middle axial slice as radiologists look at it, and where its pixels are (null without a position)."""
    array = np.asarray(array, dtype=np.float64)
    array = array.reshape(array.shape + (1,) * (3 - array.ndim)) if array.ndim < 3 else array
    shown_affine = affine if affine is not None else more.pop("shown", np.eye(4))
    own = nib.io_orientation(shown_affine)
    turn = nib.orientations.ornt_transform(own, nib.orientations.axcodes2ornt("LPS"))
    turned = nib.orientations.apply_orientation(array, turn)
    index = turned.shape[2] // 2
    stored_axis = int(np.flatnonzero(own[:, 0] == 2)[0])
    stored = array.shape[stored_axis] - 1 - index if turn[stored_axis, 1] < 0 else index
    told = dict(slice=stored, values=numbers(turned[:, :, index].T), count=turned.shape[2], **more)
    if affine is not None:
        places = nib.affines.apply_affine(affine, np.moveaxis(np.indices(array.shape), 0, -1))
        where = np.stack([nib.orientations.apply_orientation(places[..., axis], turn) for axis in range(3)], axis=-1)[:, :, index]
        pixels = [[0, 0], [turned.shape[0] - 1, 0], [0, turned.shape[1] - 1]]
        told |= dict(pixels=pixels, millimeters=numbers([where[x, y] for x, y in pixels]))
    nifti_files[name] = told


def nifti(name, image, patches=(), *, gz=False, right=None, affine="own", check=True, **more):
    data = content(image, patches)
    path = path_of(name)
    path.write_bytes(gzip.compress(data, mtime=0) if gz else data)
    array = np.asanyarray(image.dataobj) if right is None else right
    if check:
        read = nib.load(path)
        np.testing.assert_allclose(read.get_fdata(), np.asarray(array, dtype=np.float64), err_msg=name)
    if isinstance(affine, str):
        affine = nib.load(path).affine
    expect_nifti(name, array, affine, **more)


def niftis():
    a = voxels(1)
    spacing = np.diag([1.5, 2.0, 3.0, 1.0])
    # Positions of fields: sform 280, its code 254, qform code 252, quaternion 256, pixdim 76, units 123, slope 112.
    zero_sform = (280, "<12f", *[0] * 12)
    nifti("sform-zero.nii", header(a, AFFINE, AFFINE), [zero_sform], affine=AFFINE, check=False)
    image = sitk.ReadImage(FOLDER / "sform-zero.nii")
    corner = np.array(image.TransformContinuousIndexToPhysicalPoint((6, 5, 4)))
    np.testing.assert_allclose(corner * [-1, -1, 1], nib.affines.apply_affine(AFFINE, (6, 5, 4)), atol=1e-4)
    nifti("sform-nan.nii", header(a, AFFINE, LEFT_HANDED), [(280, "<f", np.nan)], affine=LEFT_HANDED, check=False)
    nifti("sform-flat.nii", header(a, AFFINE, AFFINE), [(280, "<12f", *AFFINE[0], *AFFINE[0], *AFFINE[0])], affine=AFFINE, check=False)
    nifti("sform-zero-gz.nii.gz", header(a, AFFINE, AFFINE), [zero_sform], gz=True, affine=AFFINE, check=False)
    second = header(a.astype("f4"), AFFINE, AFFINE, nib.Nifti2Image)
    nifti("sform-zero-2.nii", second, [(400, "<12d", *[0] * 12)], affine=AFFINE, check=False)
    nifti("both-zero.nii", header(a, AFFINE, AFFINE), [zero_sform, (76, "<4f", 1, 0, 0, 0)], affine=None, check=False)
    nifti("sform-zero-no-qform.nii", header(a, AFFINE, None), [zero_sform, (80, "<3f", 1.5, 2, 3)], affine=None, check=False, shown=spacing)
    nifti("quaternion-long.nii", header(a, None, AFFINE), [(256, "<3f", 0.9, 0.9, 0.9)], affine=None, check=False, shown=spacing)
    nifti("quaternion-nan.nii", header(a, None, AFFINE), [(256, "<f", np.nan)], affine=None, check=False, shown=spacing)
    nifti("pixdim-negative.nii", header(a, None, LEFT_HANDED), [(80, "<f", -1.5)], affine=LEFT_HANDED, check=False)
    nifti("pixdim-zero.nii", header(a, None, AFFINE), [(80, "<f", 0)], affine=None, check=False)
    nifti("pixdim-nan-sform.nii", header(a, AFFINE, None), [(80, "<f", np.nan)], affine=AFFINE, check=False)
    nifti("qfac-minus.nii", header(a, None, LEFT_HANDED))
    assert struct.unpack_from("<f", (FOLDER / "qfac-minus.nii").read_bytes(), 76)[0] == -1
    nifti("qfac-zero.nii", header(a, None, AFFINE), [(76, "<f", 0)], affine=AFFINE, check=False)
    nifti("units-unknown.nii", header(a, AFFINE), [(123, "<B", 5)])
    nifti("units-none.nii", header(a, AFFINE), [(123, "<B", 0)])
    meters = AFFINE.copy()
    meters[:3] /= 1000
    nifti("units-meter.nii", header(a, meters, units="meter"), affine=AFFINE)
    microns = AFFINE.copy()
    microns[:3] *= 1000
    nifti("units-micron.nii", header(a, microns, units="micron"), affine=AFFINE)
    nifti("units-wrong.nii", header(a, AFFINE, units="meter"), affine=np.diag([1000, 1000, 1000, 1]) @ AFFINE)
    for kind in ["i1", "u1", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]:
        nifti(f"type-{kind}.nii", header(voxels(2, kind, 100), AFFINE))
    f = voxels(3, "f4", 500) / np.float32(3)
    f[0, 0, 0], f[1, 1, 2], f[2, 2, 2] = np.nan, np.inf, -np.inf
    nifti("float-nan.nii.gz", header(f, AFFINE), gz=True, check=False)
    nifti("all-nan.nii", header(np.full(SHAPE, np.nan, "f4"), AFFINE), check=False)
    nifti("constant.nii", header(np.full(SHAPE, 7, "i2"), AFFINE))
    big = voxels(4, "i4", 100) + 2**30
    nifti("large-values.nii", header(big.astype("i4"), AFFINE))
    nifti("slope-0.nii", header(a, AFFINE), [(112, "<2f", 0, 5)])
    nifti("slope-nan.nii", header(a, AFFINE), [(112, "<2f", np.nan, np.nan)])
    nifti("slope-inter-nan.nii", header(a, AFFINE), [(112, "<2f", 2, np.nan)], check=False, affine=AFFINE)
    nifti("slope-2.nii", header(a, AFFINE), [(112, "<2f", 2, -100)], right=a * 2.0 - 100)
    nifti("one-slice.nii", header(a[:, :, :1], AFFINE))
    flat = np.eye(4)
    flat[0, 0], flat[1, 1], flat[2, 2], flat[:3, 3] = -2, 2, 1, (3, 4, 5)
    # Two dimensions: no third pixdim, no third column.
    image = header(a[:, :, 0], flat)
    nifti("two-dimensions.nii", image, [(88, "<f", 0), (280, "<12f", -2, 0, 0, 3, 0, 2, 0, 4, 0, 0, 0, 5)], affine=flat, check=False)
    nifti("two-dimensions-no-form.nii", header(a[:, :, 0], None), [(80, "<3f", 1.5, 2, 0)], affine=None, check=False, shown=spacing)
    for name, shape in [("four-dimensions.nii.gz", (7, 6, 5, 3)), ("five-dimensions.nii", (7, 6, 5, 1, 3))]:
        many = voxels(5, shape=shape)
        path_of(name).write_bytes(gzip.compress(content(header(many, AFFINE)), mtime=0) if name.endswith("gz") else content(header(many, AFFINE)))
        expect_nifti(name, many.reshape(7, 6, 5, 3)[..., 1], AFFINE, volumes=3)
    rgb = np.zeros(SHAPE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    path_of("rgb.nii").write_bytes(content(nib.Nifti1Image(rgb, AFFINE)))
    for kind, name in [(nib.Nifti1Header, "big-endian-1.nii"), (nib.Nifti2Header, "big-endian-2.nii")]:
        h = kind(endianness=">")
        h.set_data_dtype(">i2")
        image = (nib.Nifti1Image if kind is nib.Nifti1Header else nib.Nifti2Image)(a.astype(">i2"), AFFINE, h)
        nifti(name, image)
    plain = content(header(a, AFFINE))
    path_of("named-gz.nii.gz").write_bytes(plain)
    path_of("named-plain.nii").write_bytes(gzip.compress(plain, mtime=0))
    path_of("members.nii.gz").write_bytes(b"".join(gzip.compress(plain[i : i + 100], mtime=0) for i in range(0, len(plain), 100)))
    path_of("no-ending-nifti").write_bytes(plain)
    path_of("gz-cut.nii.gz").write_bytes(gzip.compress(plain, mtime=0)[:-60])
    for name in ["named-gz.nii.gz", "named-plain.nii", "members.nii.gz", "no-ending-nifti"]:
        expect_nifti(name, a, AFFINE)
    pairs(a)


def pairs(a):
    def pair(name, image, pack=(False, False), endings=("hdr", "img"), affine=AFFINE, array=None, patches=(), **more):
        files = image.make_file_map({key: io.BytesIO() for key in ("header", "image")})
        image.to_file_map(files)
        for key, ending, packed in zip(("header", "image"), endings, pack):
            data = bytearray(files[key].fileobj.getvalue())
            for offset, form, *values in patches if key == "header" else ():
                struct.pack_into(form, data, offset, *values)
            path_of(f"{name}.{ending}").write_bytes(gzip.compress(bytes(data), mtime=0) if packed else bytes(data))
        expect_nifti(f"{name}.{endings[0]}", a if array is None else array, affine, image=f"{name}.{endings[1]}", **more)

    pair("pair", nib.Nifti1Pair(a, AFFINE))
    assert nib.load(FOLDER / "pair.hdr").affine.tolist() == np.float32(AFFINE).tolist()
    pair("pair-gz", nib.Nifti1Pair(a, AFFINE), (True, True), ("hdr.gz", "img.gz"))
    pair("pair-image-gz", nib.Nifti1Pair(a, AFFINE), (False, True), ("hdr", "img.gz"))
    pair("PAIR-UPPER", nib.Nifti1Pair(a, AFFINE), endings=("HDR", "IMG"))
    pair("pair-2", nib.Nifti2Pair(a, AFFINE))
    pair("pair-sform-zero", header(a, AFFINE, AFFINE, nib.Nifti1Pair), patches=[(280, "<12f", *[0] * 12)])
    for name, order in [("analyze", "<"), ("analyze-big-endian", ">")]:
        h = nib.AnalyzeHeader(endianness=order)
        h.set_data_dtype(order + "i2")
        image = nib.AnalyzeImage(a.astype(order + "i2"), np.diag([-1.5, 2, 3, 1]), h)
        pair(name, image, affine=None, shown=np.diag([-1.5, 2, 3, 1]))
        assert (nib.load(FOLDER / f"{name}.hdr").get_fdata() == a).all()
        assert nib.aff2axcodes(nib.load(FOLDER / f"{name}.hdr").affine) == ("L", "A", "S")
    pair("analyze-gz", nib.AnalyzeImage(a, np.diag([-1.5, 2, 3, 1])), (True, True), ("hdr.gz", "img.gz"), affine=None, shown=np.diag([-1.5, 2, 3, 1]))
    coronal = np.array([[-1.5, 0, 0, 0], [0, 0, 3, 0], [0, 2, 0, 0], [0, 0, 0, 1]])
    pair("analyze-coronal", nib.AnalyzeImage(a, np.diag([-1.5, 2, 3, 1])), affine=None, shown=coronal, patches=[(252, "<B", 1)])
    # The codes of ITK are 'from' which side an axis comes: 1 is RIP, right to left, bottom to top, back to front.
    image = sitk.ReadImage(FOLDER / "analyze-coronal.hdr", imageIO="NiftiImageIO")
    path_of("pair-without-image.hdr").write_bytes((FOLDER / "pair.hdr").read_bytes())
    path_of("envi.hdr").write_text("ENVI\nsamples = 7\nlines = 6\nbands = 5\n")
    path_of("envi.img").write_bytes(a.tobytes())
    path_of("disk.img").write_bytes(bytes(2048))


def all_blocks():
    """Slices of every plane for training: values and positions, by nibabel and SimpleITK."""
    labels = (voxels(6, "u1", 4) * 7).astype("u1")
    turned = nib.as_closest_canonical(nib.Nifti1Image(labels, LEFT_HANDED))
    stored_otherwise = turned.slicer[::-1].__class__(np.ascontiguousarray(np.transpose(turned.get_fdata().astype("u1"), (2, 0, 1))), turned.affine @ np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]]))
    scan = voxels(7, "f4", 1000) / np.float32(7)
    path_of("patient/t1.nii.gz").write_bytes(gzip.compress(nib.Nifti1Image(scan, LEFT_HANDED).to_bytes(), mtime=0))
    path_of("patient/seg.nii.gz").write_bytes(gzip.compress(nib.Nifti1Image(labels, LEFT_HANDED).to_bytes(), mtime=0))
    path_of("patient/seg-stored-otherwise.nii.gz").write_bytes(gzip.compress(stored_otherwise.to_bytes(), mtime=0))
    moved = LEFT_HANDED.copy()
    moved[0, 3] += 1
    path_of("patient/moved.nii.gz").write_bytes(gzip.compress(nib.Nifti1Image(labels, moved).to_bytes(), mtime=0))
    path_of("patient/smaller.nii.gz").write_bytes(gzip.compress(nib.Nifti1Image(labels[:, :, 1:], LEFT_HANDED).to_bytes(), mtime=0))
    blocks["patient/t1.nii.gz"] = planes(nib.Nifti1Image(scan, LEFT_HANDED))
    blocks["patient/seg.nii.gz"] = planes(nib.Nifti1Image(labels, LEFT_HANDED))
    # A coronal DICOM series with oblique directions, and the same voxels as SimpleITK stacks them.
    rotation = scipy.spatial.transform.Rotation.from_euler("xyz", [8, -5, 11], degrees=True).as_matrix()
    directions = rotation @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]).T
    column, row = directions[:, 0], directions[:, 1]
    normal = np.cross(column, row)
    cube = pattern(400, shape=(4, ROWS, COLUMNS))
    for i in range(4):
        position = [-30, 12.5, 40] + 2.5 * i * normal
        ds = dicom(f"block/IM{9 - i}", cube[i], number=i, ImagePositionPatient=[f"{v:.8f}" for v in position], ImageOrientationPatient=[f"{v:.8f}" for v in [*column, *row]])
        write(ds)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(FOLDER / "block")))
    image = reader.Execute()
    array = sitk.GetArrayFromImage(image).transpose(2, 1, 0)
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    blocks["block"] = planes(nib.Nifti1Image(array, np.diag([-1, -1, 1, 1]) @ affine))
    for name in ["gaps", "names-only"]:
        refused[name] = True


def planes(image):
    """All slices of each plane, counted to the right, the front and the head, as radiologists look at them."""
    canonical = nib.as_closest_canonical(image)
    array, affine = canonical.get_fdata(), canonical.affine
    places = nib.affines.apply_affine(affine, np.moveaxis(np.indices(array.shape), 0, -1))
    told = {}
    # Rows from the top, columns from the left: the patient's left is on the right, the nose or the head is up.
    views = {
        "axial": (2, lambda s: s[::-1, ::-1].swapaxes(0, 1)),
        "coronal": (1, lambda s: s[::-1, ::-1].swapaxes(0, 1)),
        "sagittal": (0, lambda s: s[::-1, ::-1].swapaxes(0, 1)),
    }
    for plane, (axis, view) in views.items():
        slices = [view(np.take(array, i, axis=axis)) for i in range(array.shape[axis])]
        where = [view(np.take(places, i, axis=axis)) for i in range(array.shape[axis])]
        height, width = slices[0].shape
        told[plane] = dict(
            values=[numbers(s.ravel()) for s in slices],
            size=[width, height],
            pixels=[[0, 0], [width - 1, 0], [0, height - 1]],
            millimeters=[numbers([w[0, 0], w[0, width - 1], w[height - 1, 0]]) for w in where],
        )
    return told


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    frames()
    geometry()
    encodings()
    values()
    compressed()
    windows()
    others()
    all_series()
    niftis()
    all_blocks()
    reference = dict(single=single, series=series, nifti=nifti_files, blocks=blocks)
    FOLDER.with_suffix(".json").write_text(json.dumps(reference, separators=(",", ":")) + "\n")
