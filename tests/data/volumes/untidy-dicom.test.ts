/** DICOM files whose headers break a rule: what detection does not need never stops it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toGrey } from "../../../src/data/volumes/grey-window";
import { openVolume, openVolumes, scanKind } from "../../../src/data/volumes/open-volumes";
import { slicePicture } from "../../../src/data/volumes/volume";
import { assertPlace, assertValues, scan, scans } from "./scans";

const NO_POSITION = /does not say where the slices are: there are no positions in millimeters/;
const NO_MILLIMETERS = /there are no millimeters/;
const NOT_ORTHOGONAL =
  /orientation in the header \(0020,0037\) is not two unit vectors at a right angle/;
const NO_WINDOW = /no window: grey values are from the percentiles/;

/** The remarks that a file must have, besides the one on its missing window. */
const NOTES: Readonly<Record<string, readonly RegExp[]>> = {
  "frames-0.dcm": [/claims 0 frames: the file is read as one frame/],
  "frames-0-implicit.dcm": [/claims 0 frames/],
  "frames-0-rle.dcm": [/claims 0 frames/],
  "frames-missing.dcm": [
    /pixel data are longer than the frame of the header: the rest is not read/,
  ],
  "orientation-zero.dcm": [NOT_ORTHOGONAL],
  "orientation-missing.dcm": [NO_POSITION],
  "orientation-five.dcm": [
    /the orientation \(0020,0037\) in the header is not 6 numbers/,
    NO_POSITION,
  ],
  "orientation-nan.dcm": [
    /the orientation \(0020,0037\) in the header is not 6 numbers/,
    NO_POSITION,
  ],
  "orientation-skewed.dcm": [NOT_ORTHOGONAL],
  "orientation-long.dcm": [NOT_ORTHOGONAL],
  "orientation-rounded.dcm": [/is rounded: its directions were made unit vectors at a right angle/],
  "position-missing.dcm": [NO_POSITION],
  "position-text.dcm": [/the position \(0020,0032\) in the header is not 3 numbers/, NO_POSITION],
  "spacing-zero.dcm": [
    /the pixel spacing in the header \(0028,0030\) is not plausible/,
    NO_MILLIMETERS,
  ],
  "spacing-one-number.dcm": [
    /the pixel spacing \(0028,0030\) in the header is not 2 numbers/,
    NO_MILLIMETERS,
  ],
  "spacing-not-plausible.dcm": [/is not plausible and is not used/, NO_MILLIMETERS],
  "spacing-text.dcm": [
    /the pixel spacing \(0028,0030\) in the header is not 2 numbers/,
    NO_MILLIMETERS,
  ],
  "spacing-missing.dcm": [NO_MILLIMETERS],
  "detector-spacing.dcm": [
    /spacing at the detector only: sizes in millimeters are larger/,
    NO_POSITION,
  ],
  "scanned-spacing.dcm": [/spacing on the scanned film only/, NO_POSITION],
  "aspect-ratio.dcm": [NO_MILLIMETERS],
  "aspect-ratio-zero.dcm": [
    /the pixel aspect ratio in the header \(0028,0034\) is not plausible/,
    NO_MILLIMETERS,
  ],
  "says-jpeg.dcm": [/says that the pixels are compressed, and they are not/],
  "no-photometric.dcm": [/does not say whether high values are bright \(0028,0004\)/],
  "slope-0.dcm": [
    /the rescaling in the header \(0028,1053\) is invalid: the values are the stored/,
  ],
  "slope-text.dcm": [/the rescaling in the header \(0028,1053\) is invalid/],
  "padding-everything.dcm": [/includes half of all values or more: only \(0028,0120\) is used/],
  "window-width-0.dcm": [
    /the window in the header \(0028,1051\) is not used: its width is not above 1/,
  ],
  "window-width-1.dcm": [/its width is not above 1/],
  "window-negative.dcm": [/its width is not above 1/],
  "window-exact-0.dcm": [/its width is not above 0/],
  "window-text.dcm": [/or is not a number/],
  "window-unknown-function.dcm": [
    /the function of the window in the header \(0028,1056\) is unknown/,
  ],
  "window-table.dcm": [/table of grey values \(0028,3010\), which is not used/],
};

for (const [name, expected] of Object.entries(scans.single)) {
  test(`${name}: values, position and remarks`, async () => {
    const volume = await openVolume(scan(name));
    assert.equal(volume.slices.length, 1);
    const [slice] = volume.slices;
    const values = await volume.read(slice);
    if (name === "padding-everything.dcm") {
      // The padding is a single value, of which there may be some.
      values.forEach((value, i) => {
        if (Number.isNaN(value)) values[i] = 0;
      });
    }
    assertValues(values, expected.values);
    if (expected.pixels || !hasOtherPlace(name)) assertPlace(slice.grid, expected, 1e-3);
    assert.equal(volume.plane === null, slice.grid === null);
    const patterns = NOTES[name] ?? [];
    for (const pattern of patterns) assert.match(volume.notes.join("\n"), pattern);
    const others = volume.notes.filter(
      (note) => !patterns.some((pattern) => pattern.test(note)) && !NO_WINDOW.test(note),
    );
    assert.deepEqual(others, [], "there are further remarks");
    const { pixels } = await slicePicture(volume, slice);
    assert.ok(new Set(pixels).size > 8, "the picture shows different grey values");
  });
}

/** Files whose position is tested elsewhere: the reference has values only. */
function hasOtherPlace(name: string): boolean {
  return !/^(orientation|position|spacing|detector|scanned|aspect)/.test(name);
}

test("the spacing of the detector and of the film give square pixels and sizes", async () => {
  for (const name of ["detector-spacing.dcm", "scanned-spacing.dcm"]) {
    const volume = await openVolume(scan(name));
    const [slice] = volume.slices;
    // DICOM has the distance of rows first.
    assert.deepEqual(slice.spacing, [0.1, 0.2]);
    const { width, height } = await slicePicture(volume, slice);
    assert.deepEqual([width, height], [6, 10]);
  }
});

test("the aspect ratio gives square pixels and no millimeters", async () => {
  const volume = await openVolume(scan("aspect-ratio.dcm"));
  const [slice] = volume.slices;
  assert.equal(slice.spacing, null);
  const { width, height } = await slicePicture(volume, slice);
  assert.deepEqual([width, height], [6, 10]);
});

test("a spacing that is left out gives the slice as it is stored", async () => {
  for (const name of ["spacing-not-plausible.dcm", "spacing-zero.dcm", "aspect-ratio-zero.dcm"]) {
    const volume = await openVolume(scan(name));
    const { width, height } = await slicePicture(volume, volume.slices[0]);
    assert.deepEqual([width, height], [6, 5]);
    assert.deepEqual([volume.slices[0].spacing, volume.slices[0].grid], [null, null]);
  }
});

test("an orientation of zeros keeps the size of pixels", async () => {
  const { slices, space, plane } = await openVolume(scan("orientation-zero.dcm"));
  assert.deepEqual(
    [slices[0].spacing, slices[0].grid, space, plane],
    [[0.75, 0.5], null, null, null],
  );
});

test("the first valid window of the header is used", async () => {
  const { window } = (await openVolume(scan("window-second.dcm"))).slices[0];
  assert.deepEqual(window, { level: 1000, width: 1500, shape: "dicom", source: "header" });
  for (const name of Object.keys(scans.single).filter((file) => /^window-(?!second)/.test(file)))
    assert.match((await openVolume(scan(name))).slices[0].window.source, /^percentiles/, name);
});

test("MONOCHROME1 is inverted, and its padding is black", async () => {
  const volume = await openVolume(scan("monochrome1.dcm"));
  const [slice] = volume.slices;
  const values = await volume.read(slice);
  assert.equal(slice.inverted, true);
  const grey = toGrey(values, slice.window, slice.inverted);
  const { level, width } = slice.window;
  values.forEach((value, i) => {
    const fraction = Math.min(1, Math.max(0, (value - level) / width + 0.5));
    const expected = Number.isNaN(value) ? 0 : Math.round(255 * (1 - fraction));
    assert.equal(grey[i], expected, `pixel ${i}`);
  });
  assert.deepEqual([...grey.subarray(0, 3)], [0, 0, 0]);
});

test("DICOM is recognized by its content, whatever its name", async () => {
  for (const name of ["bare-implicit", "bare-explicit.1", "bare-explicit.MR", "any-ending.img"])
    assert.equal(await scanKind(scan(name)), "DICOM", name);
  for (const name of ["envi.hdr", "envi.img", "disk.img"])
    assert.equal(await scanKind(scan(name)), null, name);
});

test("a file without an image is not a file that cannot be read", async () => {
  const names = ["report.dcm", "presentation.dcm", "structures.dcm", "disc/DICOMDIR"];
  const others = ["segmentation.dcm", "dose.dcm"];
  const files = [...names, ...others, "frames-0.dcm"].map(scan);
  const { volumes, failed, withoutImage } = await openVolumes(files);
  assert.deepEqual([volumes.length, failed], [1, []]);
  const reasons = [
    /report\.dcm: it has no image \(its modality is SR\)/,
    /presentation\.dcm: it has no image \(its modality is PR\)/,
    /structures\.dcm: it has no image \(its modality is RTSTRUCT\)/,
    /DICOMDIR: it has no image: it is the index of a disc/,
    /segmentation\.dcm: it has no image of a patient, but a segmentation/,
    /dose\.dcm: it has no image of a patient, but a dose distribution/,
  ];
  assert.equal(withoutImage.length, reasons.length);
  reasons.forEach((reason, i) => assert.match(withoutImage[i].message, reason));
  await assert.rejects(openVolume(scan("report.dcm")), /report\.dcm: it has no image/);
});

test("pixels that would be read wrongly are refused", async () => {
  const reasons: Record<string, RegExp> = {
    "palette.dcm": /its pixels are PALETTE COLOR; only MONOCHROME1 and MONOCHROME2/,
    "bits-12-allocated.dcm": /12 bits a pixel are not read, only 8, 16 and 32/,
    "compressed-unnamed.dcm": /compressed, and its transfer syntax does not say how/,
    "compressed-unnamed-open.dcm": /compressed, and its transfer syntax does not say how/,
  };
  const compressed = await openVolume(scan("j2k-sign-in-image.dcm"), {
    window: { width: 100, level: 0 },
  });
  await assert.rejects(
    compressed.read(compressed.slices[0]),
    /compressed pixels have a sign, and its header says that they have none/,
  );
  for (const [name, reason] of Object.entries(reasons))
    await assert.rejects(openVolume(scan(name)), reason);
});
