/** Names of files and folders as other systems, people and programs make them. */
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "fs";
import { join } from "path";
import type { Dataset } from "../../../../src/data/dataset";
import { BadInput, imageOf, testBadInput } from "../../bad-input";
import { LABEL, picture } from "../../files";

/** The image of this name has the one box of the label of that name. */
function named(name: string, image: string, label: string, told: RegExp[] = []): BadInput {
  return {
    name,
    files: async () => ({
      [`images/train/${image}`]: await picture(4),
      [`labels/train/${label}`]: LABEL,
    }),
    told,
    check: hasBox(`images/train/${image}`),
  };
}

function hasBox(id: string): (dataset: Dataset) => void {
  return (dataset) => assert.equal(imageOf(dataset, id).annotations.length, 1);
}

/** Files that are passed over without a word. */
function ignored(name: string, ...paths: string[]): BadInput {
  return {
    name,
    files: Object.fromEntries(paths.map((path) => [path, "not an image"])),
    told: [],
    check: ({ images }) => assert.equal(images.length, 3),
  };
}

const [COMPOSED, APART] = ["patiënt".normalize("NFC"), "patiënt".normalize("NFD")];
const LONG = "n".repeat(251);

testBadInput([
  named("blanks", "04 first slice (2).png", "04 first slice (2).txt"),
  named("Unicode", "04_脳腫瘍😀.png", "04_脳腫瘍😀.txt"),
  named(
    "an accent composed in the image's name and taken apart in the label's",
    `${COMPOSED}_1.png`,
    `${APART}_1.txt`,
  ),
  named("the same the other way round", `${APART}_1.png`, `${COMPOSED}_1.txt`),
  named("quotes, a backslash, markup", `04_'"\\<b>&.png`, `04_'"\\<b>&.txt`),
  named("several dots", "04_1.2.840.png", "04_1.2.840.txt"),
  named("as long as a name can be", `${LONG}.png`, `${LONG}.txt`),
  named("a label's ending in capitals", "04_1.png", "04_1.TXT"),
  named("a label's name in other case", "04_A.png", "04_a.txt", [
    /^warning labels\/train\/04_a\.txt: its name differs from the image's in case, which is another name on Linux: rename/,
  ]),
  {
    name: "a line end and an escape in a name are printed as escapes",
    files: async () => ({ "images/train/04\n\u001b[31m_1.png": await picture(4) }),
    told: [/^warning images\/train\/04\\u000a\\u001b\[31m_1\.png: it has no label file/],
  },
  {
    name: "a name in bytes that are no Unicode",
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
    told: [
      /^error images\/train\/04_\uFFFD\.png: the image cannot be read \(its name is not Unicode: rename it\)/,
    ],
  },
  {
    name: "two names that differ in case alone, each with its own label",
    files: async () => ({
      "images/train/04_a.png": await picture(4),
      "images/train/04_A.png": await picture(5),
      "labels/train/04_a.txt": LABEL,
      "labels/train/04_A.txt": "",
    }),
    told: [
      /^warning images\/train\/04_a\.png: its name differs from 04_A\.png only in case or accents' form, which is no/,
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
    told: [
      /^warning images\/train\/.+_1\.png: its name differs from .+_1\.png only in case or accents' form/,
    ],
    check: (dataset) => {
      hasBox(`images/train/${COMPOSED}_1.png`)(dataset);
      assert.equal(imageOf(dataset, `images/train/${APART}_1.png`).annotations.length, 0);
    },
  },
  {
    name: "two images with one label file",
    files: async () => ({ "images/train/01_1.webp": await picture(4) }),
    told: [
      /^warning images\/train\/01_1\.webp: it has its label file in common with 01_1\.png: rename one of them/,
    ],
  },
  ignored(
    "what macOS leaves",
    "images/train/._01_1.png",
    "labels/train/._01_1.txt",
    "images/train/.DS_Store",
  ),
  ignored("what Windows leaves", "images/train/Thumbs.db", "images/train/desktop.ini"),
  ignored(
    "what Jupyter leaves",
    "images/train/.ipynb_checkpoints/01_1-checkpoint.png",
    "images/.cache/1.png",
  ),
  ignored("what labelling programs leave", "labels/train/classes.txt", "labels/train.cache"),
  {
    name: "a label without image",
    files: { "labels/train/09_1.txt": LABEL },
    told: [
      /^warning labels\/train\/09_1\.txt: there is no image of this name, so it was left out: add the image or remove the label file/,
    ],
  },
  {
    name: "a label that is a link to nowhere is no image without boxes",
    prepare: (root) => {
      rmSync(join(root, "labels/train/01_1.txt"));
      symlinkSync("nowhere.txt", join(root, "labels/train/01_1.txt"));
    },
    told: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(it is a link to a place that does not exist\)/,
    ],
  },
  {
    name: "images beside the folders of splits",
    without: ["data.yaml"],
    files: async () => ({ "images/04_1.png": await picture(4) }),
    told: [
      /^warning images: 1 images lie beside the folders of splits and were left out: move them into one/,
    ],
  },
  {
    name: "a split that sounds like a test and counts as training",
    without: ["data.yaml"],
    prepare: (root) => {
      for (const kind of ["images", "labels"])
        renameSync(join(root, kind, "val"), join(root, kind, "Test"));
    },
    told: [
      /^warning images\/Test: 'Test' counts as training: call it val or test to keep it apart/,
    ],
  },
  {
    name: "two splits that are one folder by a link",
    without: ["data.yaml"],
    prepare: (root) => {
      rmSync(join(root, "images/val"), { recursive: true });
      rmSync(join(root, "labels/val"), { recursive: true });
      symlinkSync("train", join(root, "images/val"));
      mkdirSync(join(root, "labels/val"));
    },
    told: [
      /^error images\/val: the folder is in 'val' and 'train' \(images\/train\): give each split a folder of its own/,
    ],
  },
]);
