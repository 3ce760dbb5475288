/** Parts of many inputs: their order, and what stays together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inputParts } from "../../src/inference/input-parts";

const none: string[] = [];
const pairs = { size: 2, areSequences: false };

test("images are divided in their order; a part is as large as asked for", async () => {
  const images = ["a.png", "b.png", "c.png", "d.png", "e.png"];
  const parts = await inputParts({ images, scans: none }, pairs);
  assert.deepEqual(
    parts.map((part) => part.images),
    [["a.png", "b.png"], ["c.png", "d.png"], ["e.png"]],
  );
  assert.deepEqual(await inputParts({ images: none, scans: none }, pairs), []);
});

test("the DICOM files of a folder stay together, with those of folders between them", async () => {
  const scans = [
    ...["a/1.dcm", "a/2.dcm", "a/3.dcm", "b/1.dcm", "b/1.nii", "c/1.dcm"],
    ...["d/1.dcm", "d/inner/1.dcm", "d/z.dcm", "e.nii.gz", "a/1.dcm"],
  ];
  const parts = await inputParts({ images: ["a.png"], scans }, pairs);
  assert.deepEqual(parts, [
    { images: ["a.png"], scans: none },
    { images: none, scans: ["a/1.dcm", "a/2.dcm", "a/3.dcm"] },
    { images: none, scans: ["b/1.dcm", "c/1.dcm"] },
    { images: none, scans: ["d/1.dcm", "d/inner/1.dcm", "d/z.dcm"] },
    { images: none, scans: ["b/1.nii"] },
    { images: none, scans: ["e.nii.gz"] },
  ]);
});

test("the sequences of patients in one folder stay together", async () => {
  const scans = ["a/t1.nii", "a/flair.nii", "b/1_t1.nii", "b/2_t1.nii"];
  const parts = await inputParts({ images: none, scans }, { size: 200, areSequences: true });
  assert.deepEqual(
    parts.map((part) => part.scans),
    [scans.slice(0, 2), scans.slice(2)],
  );
  const together = await inputParts({ images: none, scans }, { size: 500, areSequences: true });
  assert.equal(together.length, 1);
});
