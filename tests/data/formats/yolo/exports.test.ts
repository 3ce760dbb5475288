/** Data sets as labelling programs and public sources write them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../../../../src/data/checks";
import { type Dataset, openDataset } from "../../../../src/data/dataset";
import { LABEL, picture, temporaryFolder, writeFiles } from "../../files";

/** Writes pictures, each with a label file in the given folder. */
async function write(
  labels: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const root = temporaryFolder();
  let i = 0;
  for (const [image, label] of Object.entries(labels))
    writeFiles(root, { [image]: await picture(i++), [label]: LABEL });
  writeFiles(root, files);
  return root;
}

/** `train 2 boxes`, and so on. */
const boxesOf = (dataset: Dataset) =>
  Object.fromEntries(dataset.splits.map((split) => [split, dataset.split(split).boxCount]));

const LISTED = {
  "images/train/a.png": "labels/train/a.txt",
  "images/train/b.png": "labels/train/b.txt",
  "images/val/c.png": "labels/val/c.txt",
};
const MIXED = {
  "obj_train_data/a.png": "obj_train_data/a.txt",
  "obj_train_data/b.png": "obj_train_data/b.txt",
  "obj_valid_data/c.png": "obj_valid_data/c.txt",
};
const ROBOFLOW = {
  "train/images/a.png": "train/labels/a.txt",
  "train/images/b.png": "train/labels/b.txt",
  "valid/images/c.png": "valid/labels/c.txt",
};

const CASES: [string, Record<string, string>, Record<string, string>, Record<string, number>][] = [
  [
    "CVAT, Ultralytics YOLO: lists of images in data.yaml",
    LISTED,
    {
      "data.yaml": "path: ./\ntrain: train.txt\nval: val.txt\nnames:\n  0: ring\n  1: solid\n",
      "train.txt": "images/train/a.png\nimages/train/b.png\n",
      "val.txt": "images/val/c.png\n",
    },
    { train: 2, val: 1 },
  ],
  [
    "CVAT, YOLO 1.1: obj.data with paths of another folder",
    MIXED,
    {
      "obj.data":
        "classes = 2\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\nbackup = backup/\n",
      "obj.names": "ring\nsolid\n",
      "train.txt": "data/obj_train_data/a.png\ndata/obj_train_data/b.png\n",
      "valid.txt": "data/obj_valid_data/c.png\n",
    },
    { train: 2, valid: 1 },
  ],
  [
    "CVAT: subsets with capital letters in data.yaml",
    {
      "images/Train/a.png": "labels/Train/a.txt",
      "images/Test/b.png": "labels/Test/b.txt",
      "images/Validation/c.png": "labels/Validation/c.txt",
    },
    {
      "data.yaml":
        "Train: Train.txt\nTest: Test.txt\nValidation: Validation.txt\nnames: [ring, solid]\n",
      "Train.txt": "data/images/Train/a.png\n",
      "Test.txt": "data/images/Test/b.png\n",
      "Validation.txt": "data/images/Validation/c.png\n",
    },
    { train: 1, test: 1, validation: 1 },
  ],
  [
    "CVAT, YOLO 1.1: subsets with capital letters in obj.data",
    {
      "obj_Train_data/a.png": "obj_Train_data/a.txt",
      "obj_Test_data/b.png": "obj_Test_data/b.txt",
    },
    {
      "obj.data": "classes = 2\nTrain = data/Train.txt\nTest = data/Test.txt\nnames = obj.names\n",
      "obj.names": "ring\nsolid\n",
      "Train.txt": "data/obj_Train_data/a.png\n",
      "Test.txt": "data/obj_Test_data/b.png\n",
    },
    { train: 1, test: 1 },
  ],
  [
    "Darknet: a data file of another name",
    { "obj/a.png": "obj/a.txt", "obj/b.png": "obj/b.txt", "obj/c.png": "obj/c.txt" },
    {
      "brain.data": "classes=2\ntrain=train.txt\nvalid=test.txt\nnames=brain.names\nbackup=b\n",
      "brain.names": "ring\nsolid\n",
      "train.txt": "obj/a.png\nobj/b.png\n",
      "test.txt": "obj/c.png\n",
    },
    { train: 2, valid: 1 },
  ],
  [
    "lists of images beside one folder of images, without a file that names them",
    {
      "images/a.png": "labels/a.txt",
      "images/b.png": "labels/b.txt",
      "images/c.png": "labels/c.txt",
    },
    {
      "classes.txt": "ring\nsolid\n",
      "train.txt": "./images/a.png\n./images/b.png\n",
      "test.txt": "c.png\n",
    },
    { train: 2, test: 1 },
  ],
  [
    "Roboflow, Darknet: class names in _darknet.labels",
    { "train/a.png": "train/a.txt", "valid/b.png": "valid/b.txt" },
    { "train/_darknet.labels": "ring\nsolid\n", "valid/_darknet.labels": "ring\nsolid\n" },
    { train: 1, valid: 1 },
  ],
  [
    "Roboflow: folders that begin with ../, and a test split that was not made",
    ROBOFLOW,
    {
      "data.yaml":
        "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 2\nnames: ['ring', 'solid']\n",
      "README.roboflow.txt": "made by Roboflow",
    },
    { train: 2, val: 1 },
  ],
  [
    "paths of a Windows computer",
    LISTED,
    {
      "data.yaml":
        "path: D:\\sets\\brain\ntrain: D:\\sets\\brain\\images\\train\nval: images\\val\nnames: [ring, solid]\n",
    },
    { train: 2, val: 1 },
  ],
  [
    "absolute paths of another computer, in data.yaml and in a list",
    LISTED,
    {
      "data.yaml":
        "train: /home/me/brain/train.txt\nval: /home/me/brain/images/val\nnames: [ring, solid]\n",
      "train.txt": "/home/me/brain/images/train/a.png\n/home/me/brain/images/train/b.png\n",
    },
    { train: 2, val: 1 },
  ],
  [
    "Ultralytics: a YAML file of another name, with a path that does not exist and a download",
    LISTED,
    {
      "brain-tumor.yaml":
        "path: brain-tumor\ntrain: images/train\nval: images/val\nnames:\n  0: ring\n  1: solid\ndownload: https://example.org/brain-tumor.zip\n",
    },
    { train: 2, val: 1 },
  ],
  [
    "Label Studio: classes.txt and notes.json",
    { "images/a.png": "labels/a.txt", "images/b.png": "labels/b.txt" },
    {
      "classes.txt": "ring\nsolid\n",
      "notes.json": '{"categories": [{"id": 0, "name": "x"}, {"id": 1, "name": "y"}]}',
    },
    { train: 2 },
  ],
  [
    "only notes.json",
    { "images/a.png": "labels/a.txt", "images/b.png": "labels/b.txt" },
    { "notes.json": '{"categories": [{"id": 1, "name": "solid"}, {"id": 0, "name": "ring"}]}' },
    { train: 2 },
  ],
  [
    "LabelImg: images, labels and classes.txt in one folder",
    { "a.png": "a.txt", "b.png": "b.txt" },
    { "classes.txt": "ring\nsolid\n" },
    { train: 2 },
  ],
  [
    "labels beside the images of each split",
    { "images/train/a.png": "images/train/a.txt", "images/val/c.png": "images/val/c.txt" },
    { "data.yaml": "train: images/train\nval: images/val\nnames: [ring, solid]\n" },
    { train: 1, val: 1 },
  ],
  [
    "a split's folder that has the folders images and labels",
    { "train/images/a.png": "train/labels/a.txt", "val/images/c.png": "val/labels/c.txt" },
    { "data.yaml": "train: train\nval: val\nnames: [ring, solid]\n" },
    { train: 1, val: 1 },
  ],
  [
    "keypoints after the box",
    { "images/train/a.png": "labels/train/a.txt", "images/train/b.png": "labels/train/b.txt" },
    {
      "data.yaml": "train: images/train\nkpt_shape: [2, 2]\nnames: [ring, solid]\n",
      "labels/train/a.txt": "0 0.5 0.5 0.25 0.5 0.1 0.1 0.9 0.9\n",
    },
    { train: 2 },
  ],
];

for (const [name, images, files, expected] of CASES)
  test(name, async () => {
    const dataset = (await openDataset(await write(images, files))).requireValid();
    assert.deepEqual(boxesOf(dataset), expected);
    assert.deepEqual(dataset.classNames, ["ring", "solid"]);
    for (const { annotations } of dataset.images)
      assert.deepEqual(annotations[0].box, [15, 7.5, 25, 22.5]);
  });

test("a folder for each patient without splits is one split, and the folders are the patients", async () => {
  const images: Record<string, string> = {};
  for (let p = 1; p <= 4; p++)
    for (let s = 1; s <= 3; s++)
      images[`images/patient${p}/slice${s}.png`] = `labels/patient${p}/slice${s}.txt`;
  const dataset = await openDataset(await write(images, { "data.yaml": "names: [ring, solid]\n" }));
  assert.deepEqual(boxesOf(dataset), { train: 12 });
  assert.deepEqual(dataset.patients, ["patient1", "patient2", "patient3", "patient4"]);
});

test("an image in two lists is left out of training", async () => {
  const root = await write(LISTED, {
    "data.yaml": "train: train.txt\nval: val.txt\nnames: [ring, solid]\n",
    "train.txt": "images/train/a.png\nimages/train/b.png\n",
    "val.txt": "images/train/b.png\nimages/val/c.png\n",
  });
  const dataset = (await openDataset(root)).requireValid();
  assert.deepEqual(boxesOf(dataset), { train: 1, val: 2 });
});

test("lists of classes that contradict each other give a warning", async () => {
  const images = { "images/train/a.png": "labels/train/a.txt" };
  const open = async (other: string) => {
    const lists = { "classes.txt": "ring\nsolid\n", "labels/train/classes.txt": other };
    const dataset = (await openDataset(await write(images, lists))).requireValid();
    assert.deepEqual(dataset.classNames, ["ring", "solid"]);
    return dataset.problems.map(formatProblem);
  };
  assert.deepEqual(await open("ring\nsolid\n"), []);
  assert.deepEqual(await open("solid\nring\n"), [
    "warning labels/train/classes.txt: it lists the classes solid, ring, and classes.txt, which is used, ring, solid: remove the one that is wrong",
  ]);
});

test("polygons and boxes in one file are counted", async () => {
  const root = await write(LISTED, {
    "data.yaml": "train: images/train\nval: images/val\nnames: [ring, solid]\n",
    "labels/train/a.txt": `${LABEL}1 .1 .1 .3 .1 .2 .4\n1 .2 .2 .3 .1 .4 .2 .3 .3\n`,
  });
  const { notes, boxCount } = (await openDataset(root)).requireValid();
  assert.equal(boxCount, 5);
  assert.ok(notes.includes("1 polygons became their bounding boxes."), notes.join("\n"));
  assert.ok(notes.some((note) => note.startsWith("1 oriented boxes, or polygons of four points")));
});

test("a data.yaml whose images have to be downloaded: the error says so", async () => {
  const root = temporaryFolder();
  writeFiles(root, {
    "data.yaml": "train: images/train\nnames: [tumor]\ndownload: https://example.org/a.zip\n",
  });
  await assert.rejects(openDataset(root), /data\.yaml says where the images can be downloaded/);
});

test("a file that is called like a list of a split, and is none, gives a warning", async () => {
  const root = await write(
    { "images/a.png": "labels/a.txt", "images/b.png": "labels/b.txt" },
    { "classes.txt": "ring\nsolid\n", "train.txt": "a\n", "test.txt": "b\n" },
  );
  const { problems, splits } = await openDataset(root);
  assert.deepEqual(splits, ["train"]);
  assert.deepEqual(
    problems.map(({ file, message }) => [file, message.slice(0, 41)]),
    ["test.txt", "train.txt"].map((file) => [file, "it is called like the list of a split, an"]),
  );
});

test("images that are in none of the lists are left out with a warning", async () => {
  const root = await write(
    { "images/a.png": "labels/a.txt", "images/b.png": "labels/b.txt" },
    { "classes.txt": "ring\nsolid\n", "test.txt": "images/b.png\n" },
  );
  const { problems, images } = await openDataset(root);
  assert.deepEqual(
    images.map(({ id, split }) => [id, split]),
    [["images/b.png", "test"]],
  );
  assert.match(problems[0].message, /none of the lists test.txt were left out: 1 \(images.a.png\)/);
});
