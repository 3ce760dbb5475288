/** Names that the files of a data set write in another way than the disk does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDataset } from "../../../../src/data/dataset";
import { LABEL, picture, temporaryFolder, writeFiles } from "../../files";

const [ONE, TWO] = ["NFC", "NFD"].map((form) => "é".normalize(form));

/** Data sets of two images with a box each: the folders and lists name them in another way. */
const SETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a folder in data.yaml": {
    [`${ONE}/images/a.png`]: `${ONE}/labels/a.txt`,
    "v/images/b.png": "v/labels/b.txt",
    "data.yaml": `train: ${TWO}/images\nval: v/images\nnames: [a]\n`,
  },
  "an image in a list": {
    [`images/${ONE}.png`]: `labels/${ONE}.txt`,
    "images/b.png": "labels/b.txt",
    "train.txt": `images/${TWO}.png\n`,
    "val.txt": "images/b.png\n",
  },
  "the label file of an image in a list": {
    [`images/${ONE}.png`]: `labels/${TWO}.txt`,
    "images/b.png": "labels/B.TXT",
    "train.txt": `images/${ONE}.png\n`,
    "val.txt": "images/b.png\n",
  },
  "folders with capital letters": {
    "Images/Train/a.png": "Labels/Train/a.txt",
    "Images/Val/b.png": "Labels/Val/b.txt",
  },
  "folders of splits with capital letters": {
    "train/Images/a.png": "train/Labels/a.txt",
    "val/Images/b.png": "val/Labels/b.txt",
  },
  "a folder of labels with another case than that of images": {
    "images/Train/a.png": "labels/train/a.txt",
    "images/val/b.png": "labels/VAL/b.txt",
  },
  "a folder of images and labels in data.yaml, with another case": {
    "Train/Images/a.png": "Train/labels/a.txt",
    "val/images/b.png": "val/Labels/b.txt",
    "data.yaml": "train: train\nval: val\nnames: [a]\n",
  },
};

for (const [name, files] of Object.entries(SETS))
  test(`yolo: names may be written in another way: ${name}`, async () => {
    const root = temporaryFolder();
    let count = 0;
    for (const [file, content] of Object.entries(files))
      if (/\.png$/.test(file))
        writeFiles(root, { [file]: await picture(count++), [content]: LABEL });
      else writeFiles(root, { [file]: content });
    const { images } = (await openDataset(root)).requireValid();
    assert.deepEqual(
      images.map(({ split, annotations }) => [split.toLowerCase(), annotations.length]),
      [
        ["train", 1],
        ["val", 1],
      ],
    );
  });

test("yolo: of two names that differ only in case, none is guessed", async () => {
  const root = temporaryFolder();
  writeFiles(root, {
    "images/a.png": await picture(0),
    "labels/A.txt": LABEL,
    "labels/a.TXT": LABEL,
    "train.txt": "images/a.png\n",
    "images/b.png": await picture(1),
    "labels/b.txt": LABEL,
    "val.txt": "images/b.png\n",
  });
  const { images } = await openDataset(root);
  assert.deepEqual(
    images.map(({ annotations }) => annotations.length),
    [0, 1],
  );
});
