import assert from "node:assert/strict";
import { test } from "node:test";
import { PLANES, toMillimeters } from "../../../src/data/volumes/geometry";
import { slicePicture } from "../../../src/data/volumes/volume";
import { assertClose } from "../../assertions";
import { fixture, openFixture, reference } from "./reference";

for (const [name, expectedFile] of Object.entries(reference.nifti)) {
  for (const plane of PLANES) {
    test(`${name} (${expectedFile.codes}), ${plane}: the picture and its millimeters are those of nibabel`, async () => {
      const volume = await openFixture(name, { plane });
      assert.deepEqual([volume.format, volume.space, volume.plane], ["NIfTI", "RAS", plane]);
      const expected = expectedFile.pictures[plane];
      assert.equal(volume.slices.length, expected.count);
      const slice = volume.slices[expected.slice];
      assert.equal(slice.index, expected.slice);
      assert.deepEqual(
        [slice.height, slice.width],
        [expected.values.length, expected.values[0].length],
      );
      assertClose(await volume.read(slice), expected.values, 1e-3);
      const places = expected.pixels.map(([x, y]) => [
        ...toMillimeters(slice.grid!, x + 0.5, y + 0.5),
      ]);
      assertClose(places, expected.millimeters, 1e-4);
    });
  }
}

test("with unequal spacing, the picture has square pixels", async () => {
  // Voxels of 2 x 1.5 x 3 mm, 12 x 10 x 8 of them.
  const expected = { axial: [16, 10], coronal: [12, 12], sagittal: [10, 16] };
  for (const plane of PLANES) {
    const volume = await openFixture("flipped.nii", { plane });
    const { width, height, pixels } = await slicePicture(volume, volume.slices[3]);
    assert.deepEqual([width, height], expected[plane]);
    assert.equal(pixels.length, width * height);
  }
});

test("grey values are from percentiles of all voxels, unless the options have a window or percentiles", async () => {
  const { window } = (await openFixture("flipped.nii")).slices[0];
  const [low, high] = reference.nifti["flipped.nii"].percentiles!;
  assertClose(
    [window.level - window.width / 2, window.level + window.width / 2],
    [low, high],
    1e-6,
  );
  const full = (await openFixture("flipped.nii", { percentiles: [0, 100], slices: [2, 2] }))
    .slices[0].window;
  assert.ok(full.width > window.width);
  assert.equal(full.source, "percentiles 0 and 100");
  const given = await openFixture("flipped.nii", { window: { width: 600, level: 300 } });
  assert.deepEqual(given.slices[0].window, {
    width: 600,
    level: 300,
    shape: "linear",
    source: "given",
  });
});

test("slices are selected by their index along the file's axis, both ends included", async () => {
  const volume = await openFixture("flipped.nii", { slices: [5, 99] });
  assert.deepEqual(
    volume.slices.map(({ index }) => index),
    [5, 6, 7],
  );
  await assert.rejects(
    openFixture("flipped.nii", { slices: [8, 9] }),
    /flipped\.nii: has slices 0 to 7; none is in 8 to 9/,
  );
});

test("micrometers are converted to millimeters", async () => {
  const volume = await openFixture("micron.nii.gz");
  assert.deepEqual(volume.slices[0].spacing, [0.5, 0.5]);
  // The first pixel is the last voxel of the first and second axis: 1000 + 11 * 500 and 9 * 500
  // micrometers.
  assertClose(toMillimeters(volume.slices[2].grid!, 0.5, 0.5), [6.5, 4.5, 1]);
});

test("without sform and qform there are no millimeters, and a note says so", async () => {
  const volume = await openFixture("no-form.nii.gz");
  assert.deepEqual([volume.space, volume.slices[0].grid], [null, null]);
  assert.match(volume.notes.join(), /neither an sform nor a qform/);
});

test("of several time points, one must be chosen", async () => {
  const name = "series-in-time.nii.gz";
  await assert.rejects(
    openFixture(name),
    /it has 2 volumes: choose one by its time point, from 0 to 1/,
  );
  await assert.rejects(openFixture(name, { timePoint: 2 }), /time point 2 is not one of 0 to 1/);
  for (const timePoint of [0, 1]) {
    const volume = await openFixture(name, { timePoint });
    const values = await volume.read(volume.slices[1]);
    // Stored from the patient's right to the left, like the picture, but from the back to the
    // front.
    const expected = [2, 1, 0].flatMap((j) =>
      [0, 1, 2, 3].map((i) => reference.volumes[timePoint][i][j][1]),
    );
    assertClose(values, expected);
  }
});

test("values that are not finite do not change the percentiles", async () => {
  const volume = await openFixture("holes.nii.gz");
  const { window } = volume.slices[0];
  assert.ok(Number.isFinite(window.level) && window.width > 0);
  const values = await volume.read(volume.slices[0]);
  assert.equal(values.filter((value) => !Number.isFinite(value)).length, 2);
  assert.equal((await slicePicture(volume, volume.slices[0])).pixels.length > 0, true);
});

test("complex numbers are refused", async () => {
  await assert.rejects(openFixture("complex.nii.gz"), (error: Error) => {
    assert.ok(
      error.message.startsWith(
        `${fixture("complex.nii.gz")}: its voxels are complex numbers (type 32)`,
      ),
      error.message,
    );
    return true;
  });
});
