/**
 * Paths of images that are not plain files: links, pipes, devices, and files without permission.
 */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync, symlinkSync } from "fs";
import { join } from "path";
import { execFileSync } from "child_process";
import { type BadInput, forbid, imageOf, testBadInput } from "../../bad-input";
import { picture, temporaryFolder } from "../../files";
import { LABELS, STEM } from "./image-cases";

/** Something else than a file at the image's path. */
function placed(
  name: string,
  prepare: (path: string, root: string) => void,
  problems: RegExp[],
): BadInput {
  return {
    name,
    files: { [LABELS]: "" },
    prepare: (root) => prepare(join(root, `${STEM}.png`), root),
    problems,
  };
}

testBadInput([
  placed("a link that leads nowhere", (path) => symlinkSync("nowhere.png", path), [
    /^error .*04_1\.png: the image cannot be read \(it is a link to a place that does not exist\): replace or remove it/,
  ]),
  placed("a link that leads back to itself", (path) => symlinkSync("04_1.png", path), [
    /^error .*04_1\.png: the image cannot be read \(it is a link that leads back to itself\)/,
  ]),
  placed("a pipe is not read", (path) => execFileSync("mkfifo", [path]), [
    /^error .*04_1\.png: the image cannot be read \(it is a device or a pipe, not a file\)/,
  ]),
  placed("a link to a device", (path) => symlinkSync("/dev/zero", path), [
    /^error .*04_1\.png: the image cannot be read \(it is a device or a pipe, not a file\)/,
    /^warning images\/train: 1 of its files are links to files outside the data set/,
  ]),
  {
    name: "an image without permission to read it",
    prepare: (root) => forbid(join(root, "images/train/01_1.png")),
    problems: [
      /^error images\/train\/01_1\.png: the image cannot be read \(there is no permission to read it\)/,
    ],
  },
  {
    name: "a folder of images without permission to list it",
    prepare: (root) => {
      mkdirSync(join(root, "images/train/more"));
      forbid(join(root, "images/train/more"));
    },
    problems: [
      /^error images\/train\/more: the folder cannot be listed \(there is no permission to read it\): make it readable or/,
    ],
  },
  {
    name: "links to files outside the data set are followed, and reported in one warning",
    prepare: (root) => {
      const pool = temporaryFolder();
      execFileSync("chmod", ["755", pool]);
      for (const name of ["01_1.png", "02_1.png"]) {
        copyFileSync(join(root, "images/train", name), join(pool, name));
        rmSync(join(root, "images/train", name));
        symlinkSync(join(pool, name), join(root, "images/train", name));
      }
    },
    problems: [
      /^warning images\/train: 2 of its files are links to files outside the data set \(the first is 01_1\.png, at \/.+\/01_1\.png\): copy the files in, or remove the links/,
    ],
    check: (dataset) =>
      assert.equal(imageOf(dataset, "images/train/01_1.png").annotations.length, 1),
  },
  {
    name: "a split that is a link to a folder outside the data set",
    prepare: (root) => {
      const pool = temporaryFolder();
      execFileSync("cp", ["-r", join(root, "images/val"), pool]);
      execFileSync("chmod", ["-R", "755", pool]);
      rmSync(join(root, "images/val"), { recursive: true });
      symlinkSync(join(pool, "val"), join(root, "images/val"));
    },
    without: ["data.yaml"],
    problems: [/^warning images\/val: 1 of its files are links to files outside the data set/],
    check: (dataset) => assert.equal(imageOf(dataset, "images/val/03_1.png").annotations.length, 1),
  },
  {
    name: "a link to a folder that is read anyway is left out",
    files: async () => ({
      "images/train/more/05_1.png": await picture(5),
      "labels/train/more/05_1.txt": "",
    }),
    prepare: (root) => symlinkSync("more", join(root, "images/train/again")),
    problems: [/^warning images\/train\/again: the link leads to a folder that is read anyway/],
    check: (dataset) => assert.equal(imageOf(dataset, "images/train/more/05_1.png").split, "train"),
  },
  {
    name: "a link to the folder above it",
    prepare: (root) => symlinkSync("..", join(root, "images/train/again")),
    problems: [
      /^warning images\/train\/again: the link leads to a folder that is read anyway or to a folder above it, so it was left out/,
    ],
  },
]);
