/** Names of scans and label maps that are not the usual ones. */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openDataset } from "../../../../src/data/dataset";
import { temporaryFolder } from "../../files";

const FILES = join(__dirname, "..", "..", "..", "reference", "label-maps", "one-folder");
const SCAN = join(FILES, "007.nii.gz");
const LABELS = join(FILES, "007_seg.nii.gz");

/** A folder with one scan and its label map under other names. */
function folderOf(scan: string, labels: string): string {
  const root = temporaryFolder();
  cpSync(SCAN, join(root, scan));
  cpSync(LABELS, join(root, labels));
  return root;
}

test("four digits at the end of a name are not a channel if the label map has them too", async () => {
  const root = folderOf("imagesTr/scan_2019.nii.gz", "labelsTr/scan_2019.nii.gz");
  const { images, boxCount } = (await openDataset(root)).requireValid();
  assert.ok(boxCount > 0);
  assert.match(images[0].id, /^imagesTr\/scan_2019/);
});

test("the name of a scan and that of its label map may have accents in two forms", async () => {
  for (const [scan, labels] of [
    ["imagesTr/é_0000.nii.gz", "labelsTr/é.nii.gz"],
    ["é_t1.nii.gz", "é_seg.nii.gz"],
  ]) {
    const root = folderOf(scan.normalize("NFC"), labels.normalize("NFD"));
    const { images, boxCount } = (await openDataset(root)).requireValid();
    assert.ok(boxCount > 0);
    assert.equal(images[0].patient, "é".normalize("NFC"));
  }
});

test("in folders of examinations, the files name the patient", async () => {
  const root = folderOf("visit1/pat-3_t1.nii.gz", "visit1/pat-3_seg.nii.gz");
  const { images } = await openDataset(root);
  assert.equal(images[0].patient, "pat-3");
});

for (const word of ["dseg", "msk"])
  test(`a label map may have the word ${word} in its name`, async () => {
    const root = folderOf("sub-01/anat/sub-01_T1w.nii.gz", `sub-01/anat/sub-01_${word}.nii.gz`);
    assert.ok((await openDataset(root)).boxCount > 0);
  });

test("the option labelMap chooses the format, which is not recognized without it", async () => {
  const root = folderOf("sub-01/sub-01_T1w.nii.gz", "sub-01/sub-01_outline.nii.gz");
  await assert.rejects(openDataset(root), /give a part of its name with --label-map/);
  const { notes, boxCount } = await openDataset(root, { labelMap: "outline" });
  assert.ok(boxCount > 0);
  assert.match(notes[0], /^Read as label-maps: the option 'labelMap' is for scans/);
});

test("where no image can be used, the error says why", async () => {
  const root = folderOf("007/t1.nii.gz", "007/seg.nii.gz");
  const dataset = await openDataset(root, { sequence: "pet" });
  assert.throws(
    () => dataset.requireValid(),
    /none of its images can be read; .*no sequence is called 'pet'; the sequences are t1/s,
  );
});

test("several label maps of which none is called like the scans need the option labelMap", async () => {
  const root = folderOf("P1/t1.nii.gz", "P1/tumor_seg.nii.gz");
  cpSync(LABELS, join(root, "P1/brain_mask.nii.gz"));
  await assert.rejects(
    openDataset(root),
    /It has files that are called like label maps, such as P1\/brain_mask\.nii\.gz, and none of them belongs to a scan: .*--label-map/,
  );
  assert.ok((await openDataset(root, { labelMap: "tumor" })).boxCount > 0);
});
