import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openVolumes, scansIn } from "../../../src/data/volumes/open-volumes";
import { temporaryFolder } from "../files";
import { fixture } from "./reference";

/** A folder with the given copies of a NIfTI and of a DICOM file. */
function folderWith(...names: string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    copyFileSync(fixture(name.endsWith(".nii") ? "flipped.nii" : "mono2.dcm"), join(folder, name));
  }
  return folder;
}

async function found(folder: string): Promise<string[]> {
  return (await scansIn(folder)).map((path) => path.slice(folder.length + 1));
}

test("scans are found in folders, also without a name ending", async () => {
  const folder = folderWith("b.nii", "a/IM0001", "a/1.2.840", "c.dcm");
  writeFileSync(join(folder, "notes.txt"), "text");
  writeFileSync(join(folder, "README"), "text");
  assert.deepEqual(await found(folder), ["a/1.2.840", "a/IM0001", "b.nii", "c.dcm"]);
});

test("hidden files, hidden folders and Windows' marks of downloads are left out", async () => {
  const folder = folderWith("b.nii", "._b.nii", "__MACOSX/._b.nii", ".git/b.nii", ".cache/IM1");
  writeFileSync(join(folder, "b.nii:Zone.Identifier"), "[ZoneTransfer]");
  writeFileSync(join(folder, "IM0001:Zone.Identifier"), "[ZoneTransfer]");
  assert.deepEqual(await found(folder), ["b.nii"]);
});

test("links to scans and folders are followed, without cycles and without listing a scan twice", async () => {
  const folder = folderWith("b.nii", "a/c.dcm");
  const elsewhere = folderWith("d.nii", "e/f.dcm");
  symlinkSync(join(elsewhere, "d.nii"), join(folder, "link.nii"));
  symlinkSync(join(elsewhere, "e"), join(folder, "linked"));
  symlinkSync("b.nii", join(folder, "again.nii"));
  symlinkSync("..", join(folder, "a", "up"));
  symlinkSync(folder, join(folder, "itself"));
  assert.deepEqual(await found(folder), ["a/c.dcm", "b.nii", "link.nii", "linked/f.dcm"]);
});

test("a pipe is not read, and a link to nowhere is reported when it is opened", async () => {
  const folder = folderWith("b.nii");
  execFileSync("mkfifo", [join(folder, "IM0001"), join(folder, "pipe.dcm")]);
  symlinkSync("nowhere", join(folder, "IM0002"));
  symlinkSync("nowhere.dcm", join(folder, "gone.dcm"));
  assert.deepEqual(await found(folder), ["b.nii", "gone.dcm"]);
  const { volumes, failed } = await openVolumes(await scansIn(folder));
  assert.equal(volumes.length, 1);
  assert.match(failed[0].message, /gone\.dcm: .*no such file/);
});
