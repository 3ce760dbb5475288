/** Faulty class names and folders in a `data.yaml`; nothing outside the data set is read. */
import assert from "node:assert/strict";
import { mkdirSync } from "fs";
import { dirname, join } from "path";
import { test } from "node:test";
import { openDataset } from "../../../../src/data/dataset";
import { parseDataYaml } from "../../../../src/data/formats/yolo/data-yaml";
import { forbid, imageOf, testBadInput } from "../../bad-input";
import { LABEL, picture, temporaryFolder, writeFiles } from "../../files";
import { classes, fault, NAMES, SPLITS, yaml } from "./yaml-cases";

testBadInput([
  fault(
    "names as one word",
    `${SPLITS}names: tumor\n`,
    ": 'names' must be a list, or a map with the keys 0, 1 and so on, of 1 to 1000 class names",
  ),
  fault("names from 1", `${SPLITS}names: {1: ring, 2: solid}\n`, ": 'names' must be a list"),
  fault("an empty list of names", `${SPLITS}names: []\n`, ": 'names' must be a list"),
  fault(
    "more names than a data set can have",
    `${SPLITS}names: [${Array.from({ length: 1001 }, (_, i) => `n${i}`).join()}]\n`,
    ": 'names' must be a list",
  ),
  fault(
    "fewer names than nc",
    `${SPLITS}nc: 3\n${NAMES}`,
    ": 'nc' says 3 classes, 'names' has 2: correct or remove 'nc'",
  ),
  fault(
    "nc as a word",
    `${SPLITS}nc: two\n${NAMES}`,
    ": 'nc' must be the number of classes, from 1 to 1000, not 'two'",
  ),
  yaml("nc is too large", `${SPLITS}nc: 4000000000\n`, [
    /^error data\.yaml: 'nc' must be the number of classes, from 1 to 1000, not 4000000000/,
    /^warning data\.yaml: it has no 'names'/,
  ]),
  fault(
    "a name twice",
    `${SPLITS}names: [ring, solid, ring]\n`,
    ": classes 0 and 2 are both called 'ring': give each a name",
  ),
  fault(
    "a number twice, once as a text",
    `${SPLITS}names: [1, "1"]\n`,
    ": classes 0 and 1 are both called '1': give each a name",
  ),
  fault(
    "an empty name",
    `${SPLITS}names: [ring, ""]\n`,
    ": the name of class 1 is '': give every class a name",
  ),
  fault(
    "a missing name",
    `${SPLITS}names:\n  0: ring\n  1:\n`,
    ": the name of class 1 is empty: give every class a name",
  ),
  fault(
    "a name that is a map",
    `${SPLITS}names: [ring, solid: 1]\n`,
    ": the name of class 1 is a map",
  ),

  fault(
    "a folder that does not exist",
    `train: images/train\nval: images/vall\n${NAMES}`,
    ": the folder of 'val', images/vall, does not exist: correct its path",
  ),
  fault(
    "a folder name of thousands of letters",
    `train: ${"x".repeat(9000)}\nval: images/val\n${NAMES}`,
    ": the folder of 'train', x{120}…, does not exist",
  ),
  fault(
    "an alias of thousands of letters",
    `train: *${"x".repeat(9000)}\n${NAMES}`,
    ": it is YAML that cannot be read \\(Unresolved alias.+x…\\)",
  ),
  fault(
    "a number instead of a folder",
    `train: 7\nval: images/val\n${NAMES}`,
    ": 'train' must be a folder's path, not 7: correct it",
  ),
  fault(
    "an empty folder name",
    `train: ""\nval: images/val\n${NAMES}`,
    ": 'train' must be a folder's path, not ''",
  ),
  fault(
    "a number instead of the path",
    `path: 7\n${SPLITS}${NAMES}`,
    ": 'path' must be a folder's path, not 7: correct it",
  ),
  fault(
    "a folder above the data set",
    `train: ../..\nval: images/val\n${NAMES}`,
    ": the folder of 'train', ../.., is outside the data set and is not read: move it",
  ),
  fault(
    "an absolute path outside the data set",
    `train: /usr/share\nval: images/val\n${NAMES}`,
    ": the folder of 'train', /usr/share, is outside the data set",
  ),
  fault(
    "a path outside the data set",
    `path: /usr\ntrain: share\n${NAMES}`,
    ": the folder of 'train', share \\(below the 'path' /usr\\), is outside the data set and is not read",
  ),
  yaml(
    "a path that does not exist, because the data set was moved",
    `path: /no/such/place\n${SPLITS}${NAMES}`,
    [],
    classes("ring", "solid"),
  ),
  yaml(
    "train and val are the same folder: one error, not one for each image",
    `train: images/train\nval: images/train/../train\n${NAMES}`,
    [
      /^error images\/train: the folder is in 'val' and 'train' \(images\/train\): give each split a folder of its own/,
    ],
  ),
  yaml("val inside train", `train: images\nval: images/val\n${NAMES}`, [
    /^error images\/val: the folder is in 'val' and 'train' \(images\): give each split a folder of its own/,
  ]),
  {
    name: "a list of images instead of a folder, and one of its images does not exist",
    files: {
      "data.yaml": `train: train.txt\nval: images/val\n${NAMES}`,
      "train.txt": "images/train/01_1.png\r\nimages\\train\\01_1.png\n./images/train/09_1.png\n",
    },
    problems: [
      /^error train\.txt: 1 of its 3 images do not exist in the data set's folder \(the first is \.\/images\/train\/09_1\.png\): add them/,
      /^warning train\.txt: 1 images are in the list more than once/,
    ],
    check: (dataset) => {
      const { annotations, split } = imageOf(dataset, "images/train/01_1.png");
      assert.deepEqual([annotations.length, split], [1, "train"]);
      assert.equal(dataset.images.length, 2);
    },
  },
  {
    name: "data.yaml is a folder",
    without: ["data.yaml"],
    prepare: (root) => mkdirSync(join(root, "data.yaml")),
    problems: [
      /^error data\.yaml: it cannot be read \(it is a folder, not a file\): correct or remove it/,
    ],
  },
  {
    name: "no permission to read data.yaml",
    prepare: (root) => forbid(join(root, "data.yaml")),
    problems: [
      /^error data\.yaml: it cannot be read \(there is no permission to read it\): correct or remove it/,
    ],
  },
]);

test("if no image is found because of data.yaml, the error says so", async () => {
  const root = temporaryFolder();
  writeFiles(root, {
    "data.yaml": `train: pictures\n${NAMES}`,
    "photos/01_1.png": await picture(1),
  });
  await assert.rejects(
    openDataset(root),
    /no images were found[^]+error data\.yaml: the folder of 'train', pictures, does not exist/,
  );
});

test("a data set below a folder named images uses its own labels", async () => {
  const root = join(temporaryFolder(), "images", "mine");
  writeFiles(root, {
    "data.yaml": `train: train\n${NAMES}`,
    "train/01_1.png": await picture(1),
    "train/01_1.txt": LABEL,
  });
  // The labels that the last `images` of the absolute path would lead to.
  writeFiles(dirname(dirname(root)), { "labels/mine/train/01_1.txt": "1 0.5 0.5 0.1 0.1\n" });
  const dataset = await openDataset(root);
  assert.deepEqual(dataset.problems, []);
  assert.equal(dataset.images[0].labelPath, join(root, "train/01_1.txt"));
  assert.equal(dataset.images[0].annotations[0].classId, 0);
});

test("a merge key gives its names, as in Python", () => {
  const { classNames, problems } = parseDataYaml(
    "set: &set { names: [ring, solid] }\n<<: *set\ntrain: images/train\n",
  );
  assert.deepEqual([classNames, problems], [["ring", "solid"], []]);
});
