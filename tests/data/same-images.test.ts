/** Images that are in a data set twice, and what each policy does with them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import sharp from "sharp";
import { formatProblem } from "../../src/data/checks";
import { openDataset } from "../../src/data/dataset";
import { summarizeProblems } from "../../src/data/problem-summary";
import { LABEL, soundSet, temporaryFolder, writeFiles } from "./files";

const SAMPLE = join(__dirname, "../../data/sample");
/** Slices of three patients of the sample. */
const [SLICE, OTHER, THIRD] = ["001_", "003_", "005_"].map((patient) => {
  const folder = join(SAMPLE, "images/train");
  return join(
    folder,
    readdirSync(folder).find((name) => name.startsWith(patient))!,
  );
});

/** A set in whose training part is a copy of a validation image, saved again as JPEG. */
async function withCopies(): Promise<string> {
  const root = temporaryFolder();
  const again = await sharp(SLICE).jpeg({ quality: 60 }).toBuffer();
  const asPng = await sharp(OTHER).png().toBuffer();
  writeFiles(root, {
    "data.yaml": "train: images/train\nval: images/val\nnames: [ring, solid]\n",
    "images/train/copy.jpg": again,
    "images/train/same.png": asPng,
    "images/train/third.jpg": readFileSync(THIRD),
    "images/val/one.jpg": readFileSync(SLICE),
    "images/val/two.jpg": readFileSync(OTHER),
  });
  for (const name of ["train/copy", "train/same", "train/third", "val/one", "val/two"])
    writeFiles(root, { [`labels/${name}.txt`]: LABEL });
  return root;
}

const ids = (images: readonly { readonly id: string }[]) => images.map(({ id }) => id).sort();

test("the copy in training is left out, also if it was saved again; the other split stays", async () => {
  const dataset = await openDataset(await withCopies());
  assert.deepEqual(ids(dataset.split("train").images), ["images/train/third.jpg"]);
  assert.deepEqual(ids(dataset.split("val").images), ["images/val/one.jpg", "images/val/two.jpg"]);
  assert.deepEqual(ids(dataset.leftOutImages), ["images/train/copy.jpg", "images/train/same.png"]);
  const lines = dataset.problems.map(formatProblem);
  assert.match(
    lines[0],
    /^warning images\/train\/copy\.jpg \(image left out\): the same image, saved again, as images\/val\/one\.jpg, in another split/,
  );
  assert.match(lines[1], /^warning images\/train\/same\.png \(image left out\): the same image as/);
  assert.ok(dataset.notes.includes("Left out: 2 images."));
});

test("--overlap keep uses all images and says that the metrics are too good; error refuses", async () => {
  const root = await withCopies();
  const kept = await openDataset(root, { overlap: "keep" });
  assert.equal(kept.requireValid().images.length, 5);
  assert.match(
    formatProblem(kept.problems[0]),
    /both are used: metrics of that split are too good/,
  );
  const refused = await openDataset(root, { overlap: "error" });
  assert.throws(() => refused.requireValid(), /2 errors.*keep one of them, or use --overlap drop/s);
});

test("a patient in two splits is an error, if patients are given; drop leaves out the training images", async () => {
  const root = temporaryFolder();
  const [image] = [await sharp(THIRD).png().toBuffer()];
  writeFiles(root, {
    ...(await soundSet()),
    "images/val/01_2.png": image,
    "labels/val/01_2.txt": "",
  });
  const patients = /^[^_]+/;
  const refused = await openDataset(root, { patients });
  assert.throws(
    () => refused.requireValid(),
    /patient 01 is in the splits train and val.*--overlap/,
  );
  const dropped = await openDataset(root, { patients, overlap: "drop" });
  assert.deepEqual(ids(dropped.requireValid().split("train").images), ["images/train/02_1.png"]);
  const kept = await openDataset(root, { patients, overlap: "keep" });
  assert.equal(kept.requireValid().images.length, 4);
  // Of a guess, no error is made: patients are unknown then.
  assert.equal((await openDataset(root)).requireValid().arePatientsKnown, false);
});

test("faults are counted by kind, a few of each are shown, and strict makes errors of them", async () => {
  const root = temporaryFolder();
  writeFiles(root, { ...(await soundSet()), "labels/train/01_1.txt": LABEL.repeat(9) });
  const dataset = await openDataset(root);
  const lines = summarizeProblems(dataset.requireValid().problems);
  assert.equal(lines.length, 4);
  assert.match(
    lines[0],
    /^warning labels\/train\/01_1\.txt:2 \(box left out\): the same box as on/,
  );
  assert.equal(lines[3], "  … and 5 more repeated lines");
  assert.ok(dataset.notes.includes("Left out: 8 boxes."));
  const strict = await openDataset(root, { strict: true });
  assert.throws(() => strict.requireValid(), /has 8 errors; nothing was trained/);
});

test("an image whose label file has no line that can be used does not count as tumor-free", async () => {
  const root = temporaryFolder();
  writeFiles(root, { ...(await soundSet()), "labels/train/01_1.txt": "0 100 50 20 20\n" });
  const dataset = await openDataset(root);
  assert.deepEqual(ids(dataset.requireValid().split("train").images), ["images/train/02_1.png"]);
  assert.ok(dataset.notes.includes("Left out: 1 box, 1 image."));
});
