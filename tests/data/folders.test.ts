import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { filesIn, foldersIn, pathBelow } from "../../src/data/folders";
import { imagesIn, unreadKindsIn } from "../../src/data/image-files";
import { scansIn } from "../../src/data/volumes/open-volumes";
import { forbid, withoutPrivileges } from "./bad-input";
import { temporaryFolder, writeFiles } from "./files";

const FILES = [
  "a/1.png",
  "a/2.PNG",
  "a/3.dcm",
  "a/4.nii.gz",
  "a/notes.txt",
  "b.jpg",
  ".hidden.png",
  "a/._1.png",
  ".git/5.png",
  "a/~$boxes.csv",
  "a/1.png:Zone.Identifier",
  "a/2.png\uF03AZone.Identifier",
  ".DS_Store",
  "a/@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg",
  "#recycle/6.png",
  "$RECYCLE.BIN/7.png",
  "__MACOSX/8.png",
];

test("hidden files and folders, and what systems leave behind, are left out", () => {
  const root = temporaryFolder();
  writeFiles(root, Object.fromEntries(FILES.map((file) => [file, ""])));
  const below = (paths: string[]) => paths.map((path) => pathBelow(root, path));
  assert.deepEqual(below(filesIn(root)), [
    "a/1.png",
    "a/2.PNG",
    "a/3.dcm",
    "a/4.nii.gz",
    "a/notes.txt",
    "b.jpg",
  ]);
  assert.deepEqual(below(imagesIn(root)), ["a/1.png", "a/2.PNG", "b.jpg"]);
  assert.deepEqual(below(unreadKindsIn(root)), ["a/3.dcm", "a/4.nii.gz"]);
  assert.deepEqual(foldersIn(root), ["a"]);
});

test("a folder that cannot be listed throws, unless it is reported", async () => {
  const root = temporaryFolder();
  writeFiles(root, { "a/1.png": "" });
  forbid(join(root, "a"));
  await withoutPrivileges(root, async () => {
    assert.throws(() => filesIn(root), /a: the folder cannot be listed/);
    const reports: string[] = [];
    const files = filesIn(root, (severity, path) =>
      reports.push(`${severity} ${pathBelow(root, path)}`),
    );
    assert.deepEqual([files, reports], [[], ["error a"]]);
    await assert.rejects(scansIn(root), /a: the folder cannot be listed/);
  });
});
