import assert from "node:assert/strict";
import { join } from "path";
import { test } from "node:test";
import { openDataset } from "../../../../src/data/dataset";
import { picture, temporaryFolder, writeFiles } from "../../files";

/** A label file with one box. */
const LABEL = "0 0.5 0.5 0.25 0.5\n";

async function pictures(paths: readonly string[]): Promise<Record<string, Buffer>> {
  const entries = await Promise.all(
    paths.map(async (path, i) => [path, await picture(i)] as const),
  );
  return Object.fromEntries(entries);
}

function splitsAndPatients(
  images: readonly { split: string; patient: string | null; annotations: readonly unknown[] }[],
) {
  return images
    .map(({ split, patient, annotations }) => `${split} ${patient} ${annotations.length}`)
    .sort();
}

const EXPECTED = ["train 01 1", "train 02 1", "val 03 1"];

test("images/train beside labels/train", async () => {
  const root = temporaryFolder();
  writeFiles(
    root,
    await pictures(["images/train/01_1.png", "images/train/02_1.png", "images/val/03_7.png"]),
  );
  writeFiles(root, {
    "labels/train/01_1.txt": LABEL,
    "labels/train/02_1.txt": LABEL,
    "labels/val/03_7.txt": LABEL,
  });
  const dataset = await openDataset(root, { patients: /^[^_]+/ });
  assert.deepEqual(dataset.problems, []);
  assert.deepEqual(splitsAndPatients(dataset.images), EXPECTED);
  assert.deepEqual(dataset.splits.sort(), ["train", "val"]);
  assert.deepEqual(dataset.classNames, ["class 0"]);
  const image = dataset.images.find(({ id }) => id === "images/val/03_7.png")!;
  assert.equal(image.labelPath, join(root, "labels/val/03_7.txt"));
  assert.deepEqual([image.width, image.height], [40, 30]);
  assert.deepEqual(image.annotations, [{ classId: 0, box: [15, 7.5, 25, 22.5], line: 1 }]);
});

test("train/images beside train/labels", async () => {
  const root = temporaryFolder();
  writeFiles(
    root,
    await pictures(["train/images/01_1.png", "train/images/02_1.png", "val/images/03_1.png"]),
  );
  writeFiles(root, {
    "train/labels/01_1.txt": LABEL,
    "train/labels/02_1.txt": LABEL,
    "val/labels/03_1.txt": LABEL,
  });
  const dataset = await openDataset(root, { patients: /^[^_]+/ });
  assert.deepEqual(dataset.problems, []);
  assert.deepEqual(splitsAndPatients(dataset.images), EXPECTED);
});

test("a data.yaml that names the splits' folders, with class names as a list", async () => {
  const root = temporaryFolder();
  writeFiles(root, await pictures(["a/images/01_1.png", "a/images/02_1.png", "b/images/03_1.png"]));
  writeFiles(root, {
    "a/labels/01_1.txt": LABEL,
    "a/labels/02_1.txt": LABEL,
    "b/labels/03_1.txt": LABEL,
  });
  writeFiles(root, {
    "data.yaml": "train: a/images\nval: b/images\nnc: '2'\nnames: [ring, solid]\n",
  });
  const dataset = await openDataset(root, { patients: /^[^_]+/ });
  assert.deepEqual(dataset.problems, []);
  assert.deepEqual(splitsAndPatients(dataset.images), EXPECTED);
  assert.deepEqual(dataset.classNames, ["ring", "solid"]);
});

test("a data.yaml with class names as a map, and folders listed for one split", async () => {
  const root = temporaryFolder();
  writeFiles(root, await pictures(["a/images/01_1.png", "c/images/02_1.png", "b/images/03_1.png"]));
  writeFiles(root, {
    "a/labels/01_1.txt": LABEL,
    "c/labels/02_1.txt": LABEL,
    "b/labels/03_1.txt": LABEL,
  });
  writeFiles(root, {
    "data.yaml":
      "train:\n  - a/images\n  - c/images\nval: b/images\ntest:\nnames:\n  0: ring\n  1: solid\n",
  });
  const dataset = await openDataset(root, { patients: /^[^_]+/ });
  assert.deepEqual(dataset.problems, []);
  assert.deepEqual(splitsAndPatients(dataset.images), EXPECTED);
  assert.deepEqual(dataset.classNames, ["ring", "solid"]);
});

test("a data.yaml of another place: its path does not exist, its folders start with ../", async () => {
  const root = temporaryFolder();
  writeFiles(
    root,
    await pictures(["train/images/01_1.png", "train/images/02_1.png", "valid/images/03_1.png"]),
  );
  writeFiles(root, {
    "train/labels/01_1.txt": LABEL,
    "train/labels/02_1.txt": LABEL,
    "valid/labels/03_1.txt": LABEL,
  });
  writeFiles(root, {
    "data.yaml":
      "path: /no/such/place\ntrain: ../train/images\nval: ../valid/images\nnames: [tumor]\n",
  });
  const dataset = await openDataset(root, { patients: /^[^_]+/ });
  assert.deepEqual(dataset.problems, []);
  assert.deepEqual(splitsAndPatients(dataset.images), EXPECTED);
});

test("with a data.yaml that has only names, the splits are found by their folders", async () => {
  const root = temporaryFolder();
  writeFiles(root, await pictures(["images/train/01_1.png"]));
  writeFiles(root, { "labels/train/01_1.txt": LABEL, "data.yaml": "names: [tumor]\n" });
  const dataset = await openDataset(root, { patients: /^[^_]+/ });
  assert.deepEqual(dataset.problems, []);
  assert.deepEqual([dataset.splits, dataset.classNames], [["train"], ["tumor"]]);
  const renamed = await openDataset(root, { classNames: ["lesion", "cyst"] });
  assert.deepEqual(
    renamed.classNames,
    ["lesion", "cyst"],
    "the option replaces the names of data.yaml",
  );
});

test("images and labels without splits are training images", async () => {
  const root = temporaryFolder();
  writeFiles(root, await pictures(["images/01_1.png", "images/02_1.png"]));
  writeFiles(root, { "labels/01_1.txt": LABEL, "labels/02_1.txt": "" });
  const dataset = await openDataset(root, { patients: /^[^_]+/ });
  assert.deepEqual(dataset.problems, []);
  assert.deepEqual(splitsAndPatients(dataset.images), ["train 01 1", "train 02 0"]);
});

test("each fault of a data.yaml is a problem of that file", async () => {
  const cases: [string, RegExp][] = [
    ["train: nowhere\nnames: [tumor]\n", /folder of 'train', nowhere, does not exist/],
    ["train: 7\nnames: [tumor]\n", /'train' must be a folder's path, not 7/],
    ["names: tumor\n", /'names' must be a list, or a map/],
    ["names:\n  1: ring\n  2: solid\n", /'names' must be a list, or a map/],
    ["nc: 3\nnames: [ring, solid]\n", /'nc' says 3 classes, 'names' has 2/],
    ["names: [ring\n", /not YAML/],
  ];
  for (const [yaml, message] of cases) {
    const root = temporaryFolder();
    writeFiles(root, await pictures(["images/train/01_1.png"]));
    writeFiles(root, { "labels/train/01_1.txt": LABEL, "data.yaml": yaml });
    const { problems } = await openDataset(root, { strict: true });
    const [problem] = problems.filter(({ file }) => file === "data.yaml");
    assert.equal(problem?.severity, "error", yaml);
    assert.match(problem.message, message);
  }
});

test("a folder that is not a data set is refused; the error says what was looked for", async () => {
  await assert.rejects(
    openDataset(temporaryFolder()),
    /no images were found.*images\/train beside labels\/train/,
  );
  await assert.rejects(openDataset(join(temporaryFolder(), "missing")), /no such folder/);
});

test("the patient is taken from the file name, with an optional pattern", async () => {
  const root = temporaryFolder();
  writeFiles(
    root,
    await pictures(["images/train/site-A-007.3.png", "images/train/site-B-008.1.png"]),
  );
  const byMatch = await openDataset(root, { patients: /\d{3}/ });
  assert.deepEqual(byMatch.patients, ["007", "008"]);
  const byGroup = await openDataset(root, { patients: /^site-(\w)/ });
  assert.deepEqual(byGroup.patients, ["A", "B"]);
  for (const pattern of [/^site-(\w)/g, /^site-(\w)/y]) {
    const { patients, problems } = await openDataset(root, { patients: pattern });
    assert.deepEqual(patients, ["A", "B"], `${pattern}: each name is matched from its beginning`);
    assert.ok(problems.every(({ severity }) => severity === "warning"));
  }
  const none = await openDataset(root, { patients: /^patient(\d+)/ });
  const errors = none.problems.filter(({ severity }) => severity === "error");
  assert.deepEqual(
    errors.map(({ file }) => file),
    ["images/train/site-A-007.3.png", "images/train/site-B-008.1.png"],
  );
  assert.match(errors[0].message, /does not match the patient pattern/);
});
