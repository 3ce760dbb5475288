"""Writes the small DICOM and NIfTI files in medical/, and medical.json with their contents.

    pip install pydicom==3.0.1 nibabel==5.4.2 imagecodecs numpy
    python make_medical.py

pydicom and nibabel read the contents. The positions of DICOM pixels in millimeters come from
nibabel's DICOM reader (nibabel.nicom), not from a formula in this file.
"""

import gzip
import json
import pathlib
import shutil

import imagecodecs
import nibabel as nib
import numpy as np
import pydicom
from nibabel.nicom.dicomwrappers import wrapper_from_data
from nibabel.orientations import apply_orientation, axcodes2ornt, io_orientation, ornt_transform
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_modality_lut, apply_windowing
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    MPEG2MPML,
    MRImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    RLELossless,
)

FOLDER = pathlib.Path(__file__).with_name("medical")
AXIAL = [1, 0, 0, 0, 1, 0]
CORONAL = [1, 0, 0, 0, 0, -1]
# Rows and columns are rotated about two axes. Both directions are orthogonal and have length 1.
OBLIQUE = [0.96, 0.28, 0.0, -0.168, 0.576, 0.8]


def uid(number):
    return f"1.2.826.0.1.3680043.8.498.{number}"


def pattern(rows, columns, high, low=0, seed=0):
    """A gradient with a bright square and noise, which differs from all its rotations and flips."""
    y, x = np.mgrid[:rows, :columns]
    values = low + (high - low) * (0.2 + 0.3 * x / columns + 0.2 * y / rows)
    values[rows // 4 : rows // 2, columns // 8 : columns // 3] = low + 0.95 * (high - low)
    return np.round(values + np.random.default_rng(seed).uniform(0, 0.05 * (high - low), values.shape))


def dicom(name, array, syntax=ExplicitVRLittleEndian, *, sop=MRImageStorage, series=None, number=1, stored=16, signed=False, **more):
    # Without `series`, each file is a series by itself.
    series = series or 1000 + sum(name.encode())
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop
    meta.MediaStorageSOPInstanceUID = uid(f"{series}.{number}")
    meta.TransferSyntaxUID = syntax
    ds = FileDataset(name, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID = sop
    ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    ds.SeriesInstanceUID = uid(series)
    ds.Modality = "MR"
    ds.PatientName = "Nobody^At All"
    ds.PatientID = "phantom-1"
    ds.InstanceNumber = number
    if array is not None:
        ds.Rows, ds.Columns = array.shape[-2:]
        if array.ndim == 3:
            ds.NumberOfFrames = array.shape[0]
        ds.SamplesPerPixel = 1
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.BitsAllocated = 8 * array.dtype.itemsize
        ds.BitsStored = min(stored, ds.BitsAllocated)
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(signed)
        order = ">" if syntax == ExplicitVRBigEndian else "<"
        ds.PixelData = array.astype(array.dtype.newbyteorder(order)).tobytes()
        ds["PixelData"].VR = "OW" if ds.BitsAllocated > 8 else "OB"
    for key, value in more.items():
        setattr(ds, key, value)
    return ds


def write(ds):
    path = FOLDER / ds.filename
    path.parent.mkdir(exist_ok=True)
    if ds.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
        pydicom.dcmwrite(path, ds, implicit_vr=False, little_endian=False, force_encoding=True)
    else:
        ds.save_as(path, enforce_file_format=True)
    return path


def place(position=(-40.5, -30.25, 12.0), orientation=AXIAL, spacing=(0.5, 0.5)):
    """Position, orientation and spacing. The spacing is between rows, then between columns."""
    return dict(ImagePositionPatient=list(position), ImageOrientationPatient=list(orientation), PixelSpacing=list(spacing))


def numbers(array, digits=4):
    return np.round(np.asarray(array, dtype=np.float64), digits).tolist()


def described(path, millimeters=True, window=None):
    """The rescaled values and the windowed grey values by pydicom, and positions by nibabel."""
    ds = pydicom.dcmread(path)
    values = apply_modality_lut(ds.pixel_array, ds).astype(np.float64)
    expected = dict(rows=ds.Rows, columns=ds.Columns, values=numbers(values))
    if window:
        # pydicom maps to the range of the stored bits. Here it is mapped to 0..255.
        shown = apply_windowing(values, ds)
        slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
        low, high = (-(2 ** (ds.BitsStored - 1)), 2 ** (ds.BitsStored - 1) - 1) if ds.PixelRepresentation else (0, 2**ds.BitsStored - 1)
        low, high = low * slope + intercept, high * slope + intercept
        expected["grey"] = numbers((shown - low) / (high - low) * 255)
    if millimeters:
        affine = wrapper_from_data(ds).affine
        # The first index of nibabel is the row.
        pixels = [[0, 0], [ds.Columns - 1, 0], [0, ds.Rows - 1], [3, 5]]
        expected["pixels"] = pixels
        expected["millimeters"] = [numbers((affine @ [y, x, 0, 1])[:3]) for x, y in pixels]
    return expected


def plain_dicoms():
    expected = {}
    mono2 = pattern(24, 32, 4000).astype("u2")
    window = dict(WindowCenter=["1200", "40"], WindowWidth=["1800", "80"])
    expected["mono2.dcm"] = described(write(dicom("mono2.dcm", mono2, stored=12, **place(), **window)), window=True)

    signed = pattern(24, 32, 900, low=-700, seed=1).astype("i2")
    signed[:3, :4] = -2000
    extra = dict(RescaleSlope="2.5", RescaleIntercept="-100", PixelPaddingValue=-2000)
    path = write(dicom("mono1-signed.dcm", signed, ImplicitVRLittleEndian, signed=True, PhotometricInterpretation="MONOCHROME1", **extra, **place()))
    expected["mono1-signed.dcm"] = described(path)
    expected["mono1-signed.dcm"]["padding"] = (signed == -2000).astype(int).tolist()
    kept = expected["mono1-signed.dcm"]["values"]
    visible = np.asarray(kept)[signed != -2000]
    expected["mono1-signed.dcm"]["percentiles"] = numbers(np.percentile(visible, [0.5, 99.5]), 6)

    for function in ["SIGMOID", "LINEAR_EXACT"]:
        name = f"window-{function.lower().replace('_', '-')}.dcm"
        small = pattern(8, 8, 4000, seed=2).astype("u2")
        path = write(dicom(name, small, stored=12, WindowCenter="1500", WindowWidth="900", VOILUTFunction=function, **place()))
        expected[name] = described(path, window=True)

    oblique = place((10.25, -42.5, 33.0), OBLIQUE, (0.8, 0.5))
    expected["oblique.dcm"] = described(write(dicom("oblique.dcm", pattern(24, 32, 3000, seed=3).astype("u2"), **oblique)))
    for name, syntax in [("big-endian.dcm", ExplicitVRBigEndian), ("deflated.dcm", DeflatedExplicitVRLittleEndian)]:
        array = pattern(24, 32, 3000, seed=4).astype("u2")
        expected[name] = described(write(dicom(name, array, syntax, **place())), millimeters=False)
        # The bytes were written by hand: pydicom must read the original values.
        assert expected[name]["values"] == array.tolist(), name
    return expected


def compressed_dicoms():
    expected = {}
    deep = pattern(48, 64, 4000, seed=5).astype("u2")
    flat = pattern(48, 64, 250, seed=6).astype("u1")
    encoded = {
        "rle.dcm": (RLELossless, deep, None),
        "jpeg2000.dcm": (JPEG2000Lossless, deep, imagecodecs.jpeg2k_encode(deep, level=0, reversible=True, codecformat="j2k", resolutions=3, bitspersample=12)),
        "htj2k.dcm": (HTJ2KLossless, deep, imagecodecs.htj2k_encode(deep, reversible=True)),
        "jpeg-ls.dcm": (JPEGLSLossless, deep, imagecodecs.jpegls_encode(deep)),
        "jpeg-lossless.dcm": (JPEGLosslessSV1, deep, imagecodecs.ljpeg_encode(deep, bitspersample=12)),
        "jpeg-baseline.dcm": (JPEGBaseline8Bit, flat, imagecodecs.jpeg8_encode(flat, level=95)),
    }
    for name, (syntax, array, code) in encoded.items():
        ds = dicom(name, array, ExplicitVRLittleEndian, stored=12 if array.dtype == np.uint16 else 8, **place())
        if code is None:
            ds.compress(syntax, generate_instance_uid=False)
        else:
            ds.file_meta.TransferSyntaxUID = syntax
            ds.PixelData = encapsulate([code])
            ds["PixelData"].is_undefined_length = True
            ds["PixelData"].VR = "OB"
        path = write(ds)
        # This format is recognized by name, and is not read.
        if syntax == HTJ2KLossless:
            continue
        expected[name] = dict(rows=48, columns=64, values=array.tolist())
        if syntax == JPEGBaseline8Bit:
            expected[name]["values"] = pydicom.dcmread(path).pixel_array.tolist()

    video = dicom("mpeg2.dcm", flat[:8, :8], ExplicitVRLittleEndian, **place())
    video.file_meta.TransferSyntaxUID = MPEG2MPML
    video.PixelData = encapsulate([b"\0\0\1\xb3" + bytes(60)])
    video["PixelData"].is_undefined_length = True
    write(video)
    private = dicom("private-syntax.dcm", flat[:8, :8], ExplicitVRLittleEndian, **place())
    private.file_meta.TransferSyntaxUID = "1.2.826.0.1.3680043.8.498.99"
    private.PixelData = encapsulate([bytes(16)])
    private["PixelData"].is_undefined_length = True
    write(private)
    return expected


def measures(spacing, thickness):
    item = Dataset()
    item.PixelSpacing = list(spacing)
    item.SliceThickness = thickness
    return Sequence([item])


def enhanced_dicom():
    """Three frames with their own position, rescaling and window, and a common orientation and spacing."""
    array = np.stack([pattern(12, 16, 2000 + 300 * i, seed=10 + i) for i in range(3)]).astype("u2")
    ds = dicom("multi-frame.dcm", array, sop=EnhancedMRImageStorage, series=2)
    shared, orientation = Dataset(), Dataset()
    orientation.ImageOrientationPatient = OBLIQUE
    shared.PlaneOrientationSequence = Sequence([orientation])
    shared.PixelMeasuresSequence = measures((1.25, 1.25), 3)
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    normal = np.cross(OBLIQUE[:3], OBLIQUE[3:])
    frames, values, windows, positions = [], [], [], []
    for i in range(3):
        frame, position, transform, voi = Dataset(), Dataset(), Dataset(), Dataset()
        positions.append(np.array([5.0, -60.0, 20.0]) + 4 * i * normal)
        position.ImagePositionPatient = [f"{value:.6f}" for value in positions[-1]]
        transform.RescaleSlope, transform.RescaleIntercept, transform.RescaleType = str(1 + i), str(-10 * i), "US"
        voi.WindowCenter, voi.WindowWidth = str(800 + 100 * i), str(1000 + 200 * i)
        frame.PlanePositionSequence = Sequence([position])
        frame.PixelValueTransformationSequence = Sequence([transform])
        frame.FrameVOILUTSequence = Sequence([voi])
        content = Dataset()
        content.StackID, content.InStackPositionNumber, content.DimensionIndexValues = "1", i + 1, [1, i + 1]
        frame.FrameContentSequence = Sequence([content])
        frames.append(frame)
        windows.append([800 + 100 * i, 1000 + 200 * i])
        values.append(array[i] * (1.0 + i) - 10 * i)
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    write(ds)
    # nibabel's reader of single frames computes the positions of the pixels of each frame.
    pixels, millimeters = [[0, 0], [15, 11], [3, 5]], []
    for position in positions:
        one = dicom("-", array[0], **place([float(f"{value:.6f}") for value in position], OBLIQUE, (1.25, 1.25)))
        affine = wrapper_from_data(one).affine
        millimeters.append([numbers((affine @ [y, x, 0, 1])[:3]) for x, y in pixels])
    return {"multi-frame.dcm": dict(frames=numbers(values), windows=windows, pixels=pixels, millimeters=millimeters)}


def other_dicoms():
    frames = np.stack([pattern(8, 8, 250, seed=20 + i) for i in range(2)]).astype("u1")
    write(dicom("multi-frame-plain.dcm", frames, sop=MultiFrameGrayscaleWordSecondaryCaptureImageStorage, series=3, stored=8))
    color = dicom("color.dcm", frames[0], PhotometricInterpretation="RGB", SamplesPerPixel=3, PlanarConfiguration=0)
    color.PixelData = bytes(8 * 8 * 3)
    write(color)
    write(dicom("no-pixels.dcm", None, sop="1.2.840.10008.5.1.4.1.1.88.11", SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11"))
    # The order of the names differs from the order of the heights. One file is a coronal scout.
    heights = {"a.dcm": 7.5, "b": 2.5, "c.dcm": 5.0}
    for number, (name, z) in enumerate(heights.items(), start=1):
        array = pattern(12, 16, 1500, seed=30 + number).astype("u2")
        write(dicom(f"series/{name}", array, series=4, number=number, **place((-8, -6, z), spacing=(1, 1))))
    write(dicom("series/scout.dcm", pattern(8, 8, 1500, seed=40).astype("u2"), series=4, number=9, **place((0, 0, 0), CORONAL, (2, 2))))
    plain = {"multi-frame-plain.dcm": dict(frames=frames.tolist())}
    return plain, dict(heights=sorted(heights.values()), names=sorted(heights, key=heights.get))


def voxels(shape, high, seed):
    i, j, k = np.indices(shape)
    values = high * (0.1 + 0.3 * i / shape[0] + 0.2 * j / shape[1] + 0.3 * k / shape[2])
    return np.round(values + np.random.default_rng(seed).uniform(0, 0.1 * high, shape))


def pictures(image):
    """The middle slice of each plane in radiological orientation by nibabel, and its positions."""
    data, affine = image.get_fdata(), image.affine
    own = io_orientation(affine)
    turn = ornt_transform(own, axcodes2ornt("LPI"))
    turned = apply_orientation(data, turn)
    where_voxels_are = nib.affines.apply_affine(affine, np.moveaxis(np.indices(data.shape), 0, -1))
    places = np.stack([apply_orientation(where_voxels_are[..., axis], turn) for axis in range(3)], axis=-1)
    shown = {}
    for plane, axis in [("sagittal", 0), ("coronal", 1), ("axial", 2)]:
        at = turned.shape[axis] // 3
        stored_axis = int(np.flatnonzero(own[:, 0] == axis)[0])
        flipped = turn[stored_axis, 1] < 0
        stored = data.shape[stored_axis] - 1 - at if flipped else at
        picture = np.take(turned, at, axis=axis).T
        where = np.take(places, at, axis=axis).transpose(1, 0, 2)
        pixels = [[0, 0], [picture.shape[1] - 1, 0], [0, picture.shape[0] - 1], [2, 3]]
        shown[plane] = dict(
            slice=int(stored), axis=stored_axis, count=data.shape[stored_axis], values=numbers(picture, 3), pixels=pixels,
            millimeters=[numbers(where[y, x]) for x, y in pixels],
        )
    return shown


def nifti(name, array, affine=None, *, sform=None, qform=None, kind=nib.Nifti1Image, scaling=None, units="mm", codes=(1, 1)):
    image = kind(array, None)
    image.header.set_xyzt_units(units)
    if affine is not None:
        sform = affine
    image.set_qform(qform, code=codes[0] if qform is not None else 0)
    image.set_sform(sform, code=codes[1] if sform is not None else 0)
    if scaling:
        image.header.set_slope_inter(*scaling)
    path = FOLDER / name
    data = image.to_bytes()
    if scaling:
        # nibabel rescales the values that it writes. The stored values are restored; the header is kept.
        header = bytearray(data[: int(image.header["vox_offset"]) or 352])
        header[112:120] = np.array(scaling, dtype="<f4").tobytes()
        data = bytes(header) + np.asarray(array).tobytes(order="F")
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return nib.load(path)


def rotated(zooms, origin, angles=(0.2, -0.3, 0.15), flips=(1, 1, 1)):
    matrix = nib.eulerangles.euler2mat(*angles) @ np.diag(np.array(zooms) * flips)
    return nib.affines.from_matvec(matrix, origin)


def niftis():
    expected = {}

    def keep(name, image, **more):
        values = image.get_fdata()
        expected[name] = dict(shape=list(values.shape), affine=numbers(image.affine, 5), codes="".join(nib.aff2axcodes(image.affine)), pictures=pictures(image), **more)

    shape = (12, 10, 8)
    ints = voxels(shape, 900, 1).astype("i2")
    flipped = nib.affines.from_matvec(np.diag([-2.0, 1.5, 3.0]), [22.0, -15.5, -10.0])
    image = nifti("flipped.nii", ints, flipped)
    keep("flipped.nii", image, percentiles=numbers(np.percentile(ints, [0.5, 99.5]), 6))
    # The first axis points to the back, the second down, and the third to the right.
    permuted = nib.affines.from_matvec(np.array([[0, 0, 1.0], [-1.0, 0, 0], [0, -1.0, 0]]), [-4.0, 6.0, 5.0])
    keep("permuted.nii.gz", nifti("permuted.nii.gz", voxels(shape, 900, 2).astype("u2"), permuted))
    qform = rotated((1.0, 1.0, 2.5), (-10.0, 4.0, 7.5), flips=(1, 1, -1))
    keep("qform-only.nii.gz", nifti("qform-only.nii.gz", voxels(shape, 250, 3).astype("u1"), qform=qform, scaling=(0.5, -20)))
    # Both forms exist, and the code of the qform is higher. nibabel uses the sform.
    keep("both-forms.nii.gz", nifti("both-forms.nii.gz", ints, sform=rotated((1, 1, 1), (3, 2, 1)), qform=qform, codes=(3, 1)))
    keep("big-endian.nii.gz", big_endian(ints.astype("f8") / 4, flipped))
    keep("nifti2.nii.gz", nifti("nifti2.nii.gz", ints.astype("f4"), permuted, kind=nib.Nifti2Image))
    micron = nib.affines.from_matvec(np.diag([500.0, 500.0, 500.0, ]), [1000.0, 0, 0])
    nifti("micron.nii.gz", ints, micron, units="micron")
    nifti("no-form.nii.gz", ints)
    nifti("series-in-time.nii.gz", np.stack([ints[:4, :3, :2], ints[4:8, :3, :2] + 1000], axis=-1), flipped)
    nifti("complex.nii.gz", ints[:4, :4, :4].astype("c8"), flipped)
    with_holes = ints[:6, :6, :4].astype("f4")
    with_holes[0, 0, 0], with_holes[1, 0, 0] = np.nan, np.inf
    nifti("holes.nii.gz", with_holes, flipped)
    return expected, [ints[:4, :3, :2].tolist(), (ints[4:8, :3, :2] + 1000).tolist()]


def big_endian(array, affine):
    header = nib.Nifti1Header(endianness=">")
    header.set_data_dtype(">f8")
    image = nib.Nifti1Image(array, affine, header)
    path = FOLDER / "big-endian.nii.gz"
    path.write_bytes(gzip.compress(image.to_bytes(), mtime=0))
    assert nib.load(path).header.endianness == ">"
    return nib.load(path)


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    plain_frames, series = other_dicoms()
    nifti_files, volumes = niftis()
    reference = dict(
        dicom=plain_dicoms() | compressed_dicoms(),
        frames=enhanced_dicom() | plain_frames,
        series=series,
        nifti=nifti_files,
        volumes=volumes,
    )
    FOLDER.with_suffix(".json").write_text(json.dumps(reference, separators=(",", ":")) + "\n")
