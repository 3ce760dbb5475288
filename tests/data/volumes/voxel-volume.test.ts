/** Scans as blocks of voxels: slices of every plane for training, with their place. */
import assert from "node:assert/strict";
import { copyFileSync, unlinkSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import { length, PLANES, subtract } from "../../../src/data/volumes/geometry";
import { openVolume } from "../../../src/data/volumes/open-volumes";
import { gridDifference, openVoxels } from "../../../src/data/volumes/voxel-volume";
import { assertClose } from "../../assertions";
import { temporaryFolder } from "../files";
import { fixture, reference } from "./reference";
import { assertPlace, scan, scans } from "./scans";

for (const [name, planes] of Object.entries(scans.blocks)) {
  for (const plane of PLANES) {
    test(`${name}: every ${plane} slice has the values and the place of the reference`, async () => {
      const volume = await openVoxels(scan(name));
      const { values, size, pixels, millimeters } = planes[plane];
      assert.deepEqual([volume.counts[plane], volume.space], [values.length, "RAS"]);
      for (const [index, expected] of values.entries()) {
        const slice = volume.slice(plane, index);
        assert.deepEqual([slice.width, slice.height], size);
        assertClose(await volume.readVoxels(plane, index), expected, 1e-5);
        assertPlace(slice.grid, { pixels, millimeters: millimeters[index] });
        const side = (to: number, count: number) =>
          Math.hypot(
            ...[0, 1, 2].map((i) => millimeters[index][to][i] - millimeters[index][0][i]),
          ) /
          (count - 1);
        assertClose(slice.spacing, [side(1, size[0]), side(2, size[1])], 1e-4);
      }
    });
  }
}

test("slices are those of a volume that is opened for detection", async () => {
  for (const name of Object.keys(reference.nifti)) {
    const voxels = await openVoxels(fixture(name));
    for (const plane of PLANES) {
      const volume = await openVolume(fixture(name), { plane });
      for (const slice of volume.slices) {
        // A volume counts its slices along the axis of the file, in whatever direction.
        const indices = [slice.index, voxels.counts[plane] - 1 - slice.index];
        const isSame = (index: number) =>
          length(subtract(voxels.slice(plane, index).grid!.origin, slice.grid!.origin)) < 1e-6;
        const index = indices.find(isSame);
        assert.ok(index !== undefined, `${name}: ${plane} slice ${slice.index}`);
        assert.deepEqual(await voxels.readVoxels(plane, index), await volume.read(slice));
      }
    }
  }
});

test("a scan and its label map have the same slices, however the label map is stored", async () => {
  const t1 = await openVoxels(scan("patient/t1.nii.gz"));
  const labels = await openVoxels(scan("patient/seg.nii.gz"));
  const otherwise = await openVoxels(scan("patient/seg-stored-otherwise.nii.gz"));
  assert.equal(gridDifference(t1, labels), null);
  assert.equal(gridDifference(t1, otherwise), null);
  for (const plane of PLANES)
    for (let index = 0; index < labels.counts[plane]; index++) {
      const values = await labels.readVoxels(plane, index);
      assert.ok(
        values.every((value) => [0, 7, 14, 21].includes(value)),
        "labels are exact",
      );
      assert.deepEqual(await otherwise.readVoxels(plane, index), values);
    }
});

test("scans that are not on the same grid are told apart", async () => {
  const [t1, moved, smaller] = await Promise.all(
    ["t1", "moved", "smaller"].map((name) => openVoxels(scan(`patient/${name}.nii.gz`))),
  );
  assert.match(gridDifference(t1, moved)!, /are up to 1\.00 mm apart/);
  assert.match(gridDifference(t1, smaller)!, /has 7 x 6 x 5 voxels, and .* 7 x 6 x 4/);
});

test("a file without a position does not fit one that has it", async () => {
  const placed = await openVoxels(scan("sform-zero.nii"));
  const unplaced = await openVoxels(scan("both-zero.nii"));
  assert.deepEqual(unplaced.counts, placed.counts);
  assert.match(
    gridDifference(placed, unplaced)!,
    /both-zero\.nii does not have the position of its voxels, and .*sform-zero\.nii has it/,
  );
  assert.equal(gridDifference(placed, unplaced), gridDifference(unplaced, placed));
  assert.equal(gridDifference(unplaced, unplaced), null);
});

test("a time point of a series or of a file is chosen", async () => {
  await assert.rejects(openVoxels(scan("time-points")), /it has 2 volumes at the same positions/);
  const second = await openVoxels(scan("time-points"), { timePoint: 1 });
  assert.equal((await second.readVoxels("axial", 2)).length, 30);
  await assert.rejects(
    openVoxels(scan("four-dimensions.nii.gz")),
    /it has 3 volumes: an image may have as many as dataset\.json names channels, and a label map one/,
  );
  const { slice } = scans.nifti["four-dimensions.nii.gz"];
  const chosen = await openVoxels(scan("four-dimensions.nii.gz"), { timePoint: 1 });
  assertClose(
    await chosen.readVoxels("axial", slice),
    scans.nifti["four-dimensions.nii.gz"].values,
  );
});

test("a gantry that is tilted gives a sheared block with the right places", async () => {
  const volume = await openVoxels(scan("gantry-tilt"));
  const { grid } = volume.slice("axial", 3);
  // DICOM has x to the left and y to the back; the first pixel of the picture is its upper left.
  assertClose([...grid!.origin], [40.5, 30.25 - 4.5, 25]);
  assert.deepEqual(volume.counts, { sagittal: 6, coronal: 5, axial: 4 });
});

test("slices that are not a block are refused, with the reason", async () => {
  await assert.rejects(openVoxels(scan("gaps")), /gaps: its slices are not at equal distances/);
  await assert.rejects(openVoxels(scan("names-only")), /does not have the position of every slice/);
  await assert.rejects(
    openVoxels(scan("mixed")),
    /mixed: contains 2 scans, and openVoxels opens one/,
  );
  await assert.rejects(openVoxels(scan("report.dcm")), /contains no DICOM or NIfTI scan/);
  await assert.rejects(openVoxels(scan("nowhere")), /nowhere: there is no such file or folder/);
});

test("a file without a position has slices and no places", async () => {
  const volume = await openVoxels(scan("both-zero.nii"));
  assert.equal(volume.space, null);
  const { grid, spacing, width, height } = volume.slice("coronal", 2);
  assert.deepEqual([grid, spacing, width, height], [null, null, 7, 5]);
  assert.match(volume.notes.join(), /are invalid or missing/);
});

test("an index out of range and a file that is gone are reported with the scan's name", async () => {
  const file = join(temporaryFolder(), "gone.nii");
  copyFileSync(scan("sform-zero.nii"), file);
  const volume = await openVoxels(file);
  for (const index of [-1, 5, 1.5])
    assert.throws(
      () => volume.slice("axial", index),
      /gone\.nii: has axial slices 0 to 4; there is no slice/,
    );
  await assert.rejects(volume.readVoxels("sagittal", 7), /has sagittal slices 0 to 6/);
  unlinkSync(file);
  await assert.rejects(volume.readVoxels("axial", 0), /gone\.nii: ENOENT/);
});
