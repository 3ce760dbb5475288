/** NIfTI and ANALYZE files whose headers break a rule, pairs, and unusual types and names. */
import assert from "node:assert/strict";
import { copyFileSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import { openVolume, openVolumes, scanKind, scansIn } from "../../../src/data/volumes/open-volumes";
import { slicePicture } from "../../../src/data/volumes/volume";
import { temporaryFolder } from "../files";
import { assertPlace, assertValues, scan, scans } from "./scans";

const QFORM_USED = /the sform of the header is invalid: its qform is used/;
const INVALID = /the sform and the qform of the header are invalid or missing: .*no millimeters/;
const NO_SIZES = /the voxel sizes in the header \(pixdim\) are not above 0/;
const ANALYZE = /ANALYZE 7\.5 does not have the position: .*no positions in millimeters/;

/** The remarks that a file must have; the others must have none. */
const NOTES: Readonly<Record<string, readonly RegExp[]>> = {
  "sform-zero.nii": [QFORM_USED],
  "sform-nan.nii": [QFORM_USED],
  "sform-flat.nii": [QFORM_USED],
  "sform-zero-gz.nii.gz": [QFORM_USED],
  "sform-zero-2.nii": [QFORM_USED],
  "pair-sform-zero.hdr": [QFORM_USED],
  "both-zero.nii": [INVALID, NO_SIZES],
  "sform-zero-no-qform.nii": [INVALID],
  "quaternion-long.nii": [INVALID],
  "quaternion-nan.nii": [INVALID],
  "pixdim-zero.nii": [INVALID, NO_SIZES],
  "pixdim-negative.nii": [/the voxel sizes in the header \(pixdim\) are negative: their sign is/],
  "units-unknown.nii": [
    /the unit of the header \(xyzt_units\) is unknown: millimeters are assumed/,
  ],
  "units-wrong.nii": [/voxels have sides of 1500, 2000, 3000 mm: its unit may be wrong/],
  "large-values.nii": [/so large that neighboring grey values cannot be told apart/],
  "slope-inter-nan.nii": [/the rescaling in the header \(scl_slope, scl_inter\) is invalid/],
  "two-dimensions-no-form.nii": [/neither an sform nor a qform/],
  "four-dimensions.nii.gz": [/this is time point 1 of 3, counted from 0/],
  "five-dimensions.nii": [/this is time point 1 of 3, counted from 0/],
  "analyze.hdr": [ANALYZE],
  "analyze-big-endian.hdr": [ANALYZE],
  "analyze-gz.hdr.gz": [ANALYZE],
  "analyze-coronal.hdr": [ANALYZE],
};

for (const [name, expected] of Object.entries(scans.nifti)) {
  if (name === "all-nan.nii") continue;
  test(`${name}: values, position and remarks`, async () => {
    const volume = await openVolume(scan(name), { timePoint: 1 });
    assert.equal(volume.slices.length, expected.count);
    const slice = volume.slices[expected.slice];
    const values = await volume.read(slice);
    assert.deepEqual(
      [slice.height, slice.width],
      [expected.values.length, expected.values[0].length],
    );
    assertValues(values, expected.values, name === "large-values.nii" ? 1e-7 : 1e-5);
    assertPlace(slice.grid, expected);
    assert.equal(volume.space, expected.pixels ? "RAS" : null);
    const patterns = NOTES[name] ?? [];
    for (const pattern of patterns) assert.match(volume.notes.join("\n"), pattern);
    const others = volume.notes.filter((note) => !patterns.some((pattern) => pattern.test(note)));
    assert.deepEqual(others, [], "there are further remarks");
    const { pixels } = await slicePicture(volume, slice);
    assert.ok(new Set(pixels).size > (name === "constant.nii" ? 0 : 3));
    if (!expected.image) return;
    assert.equal(volume.name, scan(name));
    const ofImage = await openVolume(scan(expected.image));
    assert.deepEqual(await ofImage.read(ofImage.slices[expected.slice]), values);
    assert.equal(ofImage.name, volume.name, "both files of a pair are the same scan");
  });
}

test("without a valid position, the voxel sizes that the header has make pixels square", async () => {
  const { slices } = await openVolume(scan("sform-zero-no-qform.nii"));
  assert.deepEqual([slices[0].spacing, slices[0].grid], [[1.5, 2], null]);
  for (const name of ["both-zero.nii", "pixdim-zero.nii"])
    assert.equal((await openVolume(scan(name))).slices[0].spacing, null, name);
  const { slices: coronal } = await openVolume(scan("analyze-coronal.hdr"), { plane: "coronal" });
  assert.equal(coronal.length, 5);
  assert.deepEqual([coronal[0].width, coronal[0].height, coronal[0].spacing], [7, 6, [1.5, 2]]);
});

test("all volumes of a file are opened, each with its values and a name of its own", async () => {
  for (const name of ["four-dimensions.nii.gz", "five-dimensions.nii"]) {
    await assert.rejects(
      openVolume(scan(name)),
      /it has 3 volumes: choose one by its time point, from 0 to 2, or all of them/,
    );
    const { volumes, failed } = await openVolumes([scan(name)], { timePoint: "all" });
    assert.deepEqual(failed, []);
    assert.deepEqual(
      volumes.map((volume) => volume.name),
      [0, 1, 2].map((i) => `${scan(name)} (time point ${i})`),
    );
    const { slice, values } = scans.nifti[name];
    assertValues(await volumes[1].read(volumes[1].slices[slice]), values);
    const [first, second] = await Promise.all(
      [0, 1].map((i) => volumes[i].read(volumes[i].slices[slice])),
    );
    assert.notDeepEqual(first, second);
    // A time point that is chosen gives the same values as all of them.
    const chosen = await openVolume(scan(name), { timePoint: 0 });
    assert.deepEqual(await chosen.read(chosen.slices[slice]), first);
  }
});

test("of a pair, the header is listed, and naming both files opens one scan", async () => {
  const folder = temporaryFolder();
  const names = ["pair.hdr", "pair.img", "pair-gz.hdr.gz", "pair-gz.img.gz"];
  for (const name of [...names, "PAIR-UPPER.HDR", "PAIR-UPPER.IMG", "envi.hdr", "envi.img"])
    copyFileSync(scan(name), join(folder, name));
  copyFileSync(scan("disk.img"), join(folder, "disk.img"));
  copyFileSync(scan("any-ending.img"), join(folder, "dicom.img"));
  const found = await scansIn(folder);
  assert.deepEqual(
    found.map((path) => path.slice(folder.length + 1)),
    ["PAIR-UPPER.HDR", "dicom.img", "pair-gz.hdr.gz", "pair.hdr"],
  );
  const { volumes, failed } = await openVolumes(names.map((name) => join(folder, name)));
  assert.deepEqual([volumes.length, failed], [2, []]);
});

test("a file without a name ending is recognized as NIfTI", async () => {
  assert.equal(await scanKind(scan("no-ending-nifti")), "NIfTI");
});

test("files that cannot be read say why", async () => {
  const reasons: Record<string, RegExp> = {
    "rgb.nii": /its voxels are RGB colors \(type 128\)/,
    "gz-cut.nii.gz": /gz-cut\.nii\.gz: it (is cut short|cannot be read to its end)/,
    "pair-without-image.hdr": /the other one, .*pair-without-image\.img, is missing/,
    "all-nan.nii": /none of its values is finite/,
  };
  for (const [name, reason] of Object.entries(reasons))
    await assert.rejects(openVolume(scan(name)), reason);
});
