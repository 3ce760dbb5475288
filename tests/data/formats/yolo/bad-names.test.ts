/** Unusual names of files and folders. */
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "fs";
import { join } from "path";
import type { Dataset } from "../../../../src/data/dataset";
import { BadInput, imageOf, testBadInput } from "../../bad-input";
import { LABEL, picture } from "../../files";

/** Checks that the image gets the one box of the label file. */
function named(name: string, image: string, label: string, problems: RegExp[] = []): BadInput {
  return {
    name,
    files: async () => ({
      [`images/train/${image}`]: await picture(4),
      [`labels/train/${label}`]: LABEL,
    }),
    problems,
    check: hasBox(`images/train/${image}`),
  };
}

function hasBox(id: string): (dataset: Dataset) => void {
  return (dataset) => assert.equal(imageOf(dataset, id).annotations.length, 1);
}

/** Files that are left out without a problem. */
function ignored(name: string, ...paths: string[]): BadInput {
  return {
    name,
    files: Object.fromEntries(paths.map((path) => [path, "not an image"])),
    problems: [],
    check: ({ images }) => assert.equal(images.length, 3),
  };
}

const [COMPOSED, APART] = ["patiënt".normalize("NFC"), "patiënt".normalize("NFD")];
const LONG = "n".repeat(251);

testBadInput([
  named("blanks", "04 first slice (2).png", "04 first slice (2).txt"),
  named("Unicode", "04_脳腫瘍😀.png", "04_脳腫瘍😀.txt"),
  named(
    "an accent in composed form in the image's name and in decomposed form in the label's",
    `${COMPOSED}_1.png`,
    `${APART}_1.txt`,
  ),
  named("the same with the forms exchanged", `${APART}_1.png`, `${COMPOSED}_1.txt`),
  named("quotes, a backslash, markup", `04_'"\\<b>&.png`, `04_'"\\<b>&.txt`),
  named("several dots", "04_1.2.840.png", "04_1.2.840.txt"),
  named("the longest possible name", `${LONG}.png`, `${LONG}.txt`),
  named("the ending of a label file in capitals", "04_1.png", "04_1.TXT"),
  named("a label file whose name differs in case", "04_A.png", "04_a.txt", [
    /^warning labels\/train\/04_a\.txt: its name differs from the image's name in case, which is another name on Linux: rename/,
  ]),
  {
    name: "a line end and an escape in a name are printed as escapes",
    files: async () => ({ "images/train/04\n\u001b[31m_1.png": await picture(4) }),
    problems: [/^warning images\/train\/04\\u000a\\u001b\[31m_1\.png: it has no label file/],
  },
  {
    name: "a name whose bytes are not Unicode",
    prepare: (root) =>
      writeFileSync(
        Buffer.concat([
          Buffer.from(join(root, "images/train/04_")),
          Buffer.from([0xe9]),
          Buffer.from(".png"),
        ]),
        "x",
      ),
    files: { "labels/train/04_\uFFFD.txt": "" },
    problems: [
      /^error images\/train\/04_\uFFFD\.png: the image cannot be read \(its name is not Unicode: rename it\)/,
    ],
  },
  {
    name: "two names that differ only in case, each with its own label",
    files: async () => ({
      "images/train/04_a.png": await picture(4),
      "images/train/04_A.png": await picture(5),
      "labels/train/04_a.txt": LABEL,
      "labels/train/04_A.txt": "",
    }),
    problems: [
      /^warning images\/train\/04_a\.png: its name differs from 04_A\.png only in case or in the form of its accents, which is the same name/,
    ],
    check: (dataset) => {
      hasBox("images/train/04_a.png")(dataset);
      assert.equal(imageOf(dataset, "images/train/04_A.png").annotations.length, 0);
    },
  },
  {
    name: "one name in both Unicode forms, each with its own label",
    files: async () => ({
      [`images/train/${COMPOSED}_1.png`]: await picture(4),
      [`images/train/${APART}_1.png`]: await picture(5),
      [`labels/train/${COMPOSED}_1.txt`]: LABEL,
      [`labels/train/${APART}_1.txt`]: "",
    }),
    problems: [
      /^warning images\/train\/.+_1\.png: its name differs from .+_1\.png only in case or in the form of its accents/,
    ],
    check: (dataset) => {
      hasBox(`images/train/${COMPOSED}_1.png`)(dataset);
      assert.equal(imageOf(dataset, `images/train/${APART}_1.png`).annotations.length, 0);
    },
  },
  {
    name: "two images with one label file",
    files: async () => ({ "images/train/01_1.webp": await picture(4) }),
    problems: [
      /^warning images\/train\/01_1\.webp: it has the same label file as 01_1\.png: rename one of them/,
    ],
  },
  ignored(
    "files that macOS leaves behind",
    "images/train/._01_1.png",
    "labels/train/._01_1.txt",
    "images/train/.DS_Store",
  ),
  ignored(
    "files that Windows leaves behind",
    "images/train/Thumbs.db",
    "images/train/desktop.ini",
    "images/train/01_1.png:Zone.Identifier",
    "labels/train/01_1.txt:Zone.Identifier",
  ),
  ignored(
    "files that Jupyter leaves behind",
    "images/train/.ipynb_checkpoints/01_1-checkpoint.png",
    "images/.cache/1.png",
  ),
  ignored(
    "files that labelling programs leave behind",
    "labels/train/classes.txt",
    "labels/train.cache",
  ),
  {
    name: "a label file without an image",
    files: { "labels/train/09_1.txt": LABEL },
    problems: [
      /^warning labels\/train\/09_1\.txt: there is no image of this name, so it was left out: add the image or remove the label file/,
    ],
  },
  {
    name: "a label file that is a link to nowhere is an error",
    prepare: (root) => {
      rmSync(join(root, "labels/train/01_1.txt"));
      symlinkSync("nowhere.txt", join(root, "labels/train/01_1.txt"));
    },
    problems: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(it is a link to a place that does not exist\)/,
    ],
  },
  {
    name: "images beside the folders of splits",
    without: ["data.yaml"],
    files: async () => ({ "images/04_1.png": await picture(4) }),
    problems: [
      /^warning images: 1 images are beside the folders of the splits and were left out: move them into one of them/,
    ],
  },
  {
    name: "a split whose name means test images is kept apart from training, with a warning",
    without: ["data.yaml"],
    prepare: (root) => {
      for (const kind of ["images", "labels"])
        renameSync(join(root, kind, "val"), join(root, kind, "Test"));
    },
    problems: [
      /^warning images\/Test: 'Test' is read as a test split and kept apart from training: rename it to test, or/,
    ],
  },
  {
    name: "two splits that are the same folder, by a link",
    without: ["data.yaml"],
    prepare: (root) => {
      rmSync(join(root, "images/val"), { recursive: true });
      rmSync(join(root, "labels/val"), { recursive: true });
      symlinkSync("train", join(root, "images/val"));
      mkdirSync(join(root, "labels/val"));
    },
    problems: [
      /^error images\/val: the folder is in 'val' and 'train' \(images\/train\): give each split a folder of its own/,
    ],
  },
]);
