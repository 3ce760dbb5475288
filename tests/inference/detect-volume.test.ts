import assert from "node:assert/strict";
import { copyFileSync, unlinkSync } from "fs";
import { join } from "path";
import { after, test } from "node:test";
import { openVolume } from "../../src/data/volumes/open-volumes";
import { picturePng, slicePicture } from "../../src/data/volumes/volume";
import { detectImages } from "../../src/inference/detect-dataset";
import { aboveScore, detectVolume, placed } from "../../src/inference/detect-volume";
import type { Box } from "../../src/types";
import { assertClose } from "../assertions";
import { temporaryFolder } from "../data/files";
import { fixture, openFixture, reference } from "../data/volumes/reference";
import { smallDetector } from "../detectors/small-detector";
import { detection } from "../metrics/cases";

const detector = smallDetector();
after(() => detector.dispose());

test("a slice has the detections of its picture, with their places", async () => {
  const volume = await openFixture("flipped.nii", { slices: [2, 6] });
  const progress: number[][] = [];
  const found = await detectVolume(detector, volume, {
    onProgress: (done, total) => progress.push([done, total]),
  });
  assert.deepEqual(
    found.slices.map(({ slice }) => slice.index),
    [2, 3, 4, 5, 6],
  );
  assert.deepEqual([found.failed, progress], [[], [[5, 5]]]);
  for (const { slice, width, height, detections } of found.slices) {
    const picture = await slicePicture(volume, slice);
    assert.deepEqual([width, height], [picture.width, picture.height]);
    const [image] = await detectImages(detector, [await picturePng(picture)]);
    assertClose(
      detections.map(({ score }) => score),
      image.detections.map(({ score }) => score),
      1e-5,
    );
    assertClose(
      detections.map(({ box }) => [...box]),
      image.detections.map(({ box }) => [...box]),
      1e-3,
    );
    assert.ok(detections.every(({ centerMillimeters }) => centerMillimeters?.length === 3));
  }
  assert.ok(
    found.slices.some(({ detections }) => detections.length),
    "an untrained detector has to find something, or the test shows nothing",
  );
  const high = aboveScore(found, 2);
  assert.deepEqual(
    [high.slices.length, high.slices.flatMap(({ detections }) => detections)],
    [5, []],
  );
});

for (const name of ["mono2.dcm", "oblique.dcm"]) {
  test(`${name}: a box around one stored pixel has the place that nibabel computes for the pixel`, async () => {
    const volume = await openFixture(name);
    const [slice] = volume.slices;
    const picture = await slicePicture(volume, slice);
    const { pixels, millimeters } = reference.dicom[name];
    pixels.forEach(([x, y], i) => {
      const { scale, shift } = picture;
      const box: Box = [
        x * scale[0] + shift,
        y * scale[1] + shift,
        (x + 1) * scale[0] + shift,
        (y + 1) * scale[1] + shift,
      ];
      const { centerMillimeters, sizeMillimeters, cornersMillimeters } = placed(
        detection(box, 0.9),
        slice,
        picture,
      );
      assertClose(centerMillimeters, millimeters[i], 1e-4);
      assertClose(sizeMillimeters, slice.spacing!, 1e-9);
      const side = (a: number, b: number) =>
        Math.hypot(...[0, 1, 2].map((n) => cornersMillimeters![a][n] - cornersMillimeters![b][n]));
      assertClose(
        [side(0, 1), side(1, 2), side(2, 3), side(3, 0)],
        [0, 1, 0, 1].map((n) => slice.spacing![n]),
        1e-6,
      );
    });
  });
}

test("NIfTI: the center of a box equals that of nibabel's affine", async () => {
  const plane = "coronal";
  const volume = await openFixture("qform-only.nii.gz", { plane });
  const {
    slice: index,
    pixels,
    millimeters,
  } = reference.nifti["qform-only.nii.gz"].pictures[plane];
  const slice = volume.slices[index];
  const picture = await slicePicture(volume, slice);
  assert.ok(picture.scale[1] > 2, "the slices are thick: pixels were made square");
  const [[x, y]] = pixels.slice(-1);
  const at = (value: number, axis: 0 | 1) => value * picture.scale[axis] + picture.shift;
  const box: Box = [at(x, 0), at(y, 1), at(x + 1, 0), at(y + 1, 1)];
  assertClose(placed(detection(box, 0.5), slice, picture).centerMillimeters, millimeters[3], 1e-4);
});

test("without the place of the slice there are no millimeters", async () => {
  const volume = await openFixture("multi-frame-plain.dcm");
  const picture = await slicePicture(volume, volume.slices[0]);
  const found = placed(detection([1, 1, 3, 3], 0.5), volume.slices[0], picture);
  assert.deepEqual(
    [found.centerMillimeters, found.cornersMillimeters, found.sizeMillimeters],
    [null, null, null],
  );
});

test("a missing slice is listed, and the others are detected", async () => {
  const folder = temporaryFolder();
  for (const name of ["a.dcm", "b", "c.dcm"])
    copyFileSync(fixture(join("series", name)), join(folder, name));
  const volume = await openVolume(folder);
  unlinkSync(join(folder, "c.dcm"));
  const { slices, failed } = await detectVolume(detector, volume);
  assert.deepEqual(
    slices.map(({ slice }) => slice.index),
    [0, 2],
  );
  assert.equal(failed.length, 1);
  assert.match(failed[0].message, /c\.dcm: ENOENT/);
});
