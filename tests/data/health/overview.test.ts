/** What notebook 01 says of any data set: groups, repeated images, grey values, sizes of boxes. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openDataset } from "../../../src/data/dataset";
import { backgroundSuggestions } from "../../../src/data/health/background-class";
import { greyRanges } from "../../../src/data/health/grey-ranges";
import { groupSizes } from "../../../src/data/health/group-sizes";
import { networkBoxSizes } from "../../../src/data/health/network-box-sizes";
import { repeatedImages } from "../../../src/data/health/repeated-images";
import { writeProblems } from "../../../src/data/write-problems";
import { HEIGHT, LABEL, picture, sharpOf, temporaryFolder, WIDTH, writeFiles } from "../files";

/** One image is in training twice and one of training in validation; patients are unknown. */
async function repeatedSet(): Promise<string> {
  const root = temporaryFolder();
  const image = (name: string, content: Buffer, label = LABEL) => ({
    [`images/${name}.png`]: content,
    [`labels/${name}.txt`]: label,
  });
  writeFiles(root, {
    "data.yaml": "train: images/train\nval: images/val\nnames: [ring, healthy]\n",
    ...image("train/axb", await picture(1)),
    ...image("train/bxa", await picture(1)),
    ...image("train/cxa", await picture(2)),
    ...image("train/dxc", await picture(60)),
    ...image("val/exf", await picture(2)),
    ...image("val/fxg", await picture(90)),
  });
  return root;
}

test("images that are twice in a set are pairs, those across splits first", async () => {
  const root = await repeatedSet();
  const dataset = await openDataset(root);
  const { pairs, text } = repeatedImages(dataset);
  assert.deepEqual(
    pairs.map(({ first, second, crossesSplit, leftOut }) => [
      first.id,
      second.id,
      crossesSplit,
      leftOut?.id,
    ]),
    [
      ["images/train/cxa.png", "images/val/exf.png", true, "images/train/cxa.png"],
      ["images/train/axb.png", "images/train/bxa.png", false, "images/train/bxa.png"],
    ],
  );
  assert.match(
    text,
    /image: 2; in two splits: 1\.\nPairs with equal pixels: 2; .* saved again: 0\./,
  );
  assert.match(text, /left out of training because of them: 2\./);
  assert.doesNotMatch(text, /metrics are too good/);
  const { text: used } = repeatedImages(await openDataset(root, { overlap: "keep" }));
  assert.match(used, /splits of which both images are used: 1\. The metrics are too good\.$/);
  assert.equal(repeatedImages({ sameImages: [] }).text, "No image is in the data set twice.");
});

test("pairs keep up with changed classes and are part of every subset", async () => {
  const dataset = await openDataset(await repeatedSet());
  const [pair] = dataset.withClasses(["healthy", "ring"], [1, 0]).split("val").sameImages;
  assert.equal(pair.first.annotations[0].classId, 1);
});

test("the evidence says which format was read and where the patients come from", async () => {
  const { evidence, notes } = await openDataset(await repeatedSet(), { patients: "none" });
  assert.match(evidence!.format[0], /^Read as yolo: /);
  assert.match(evidence!.patients, /^Patients unknown: .*--patients none/);
  for (const note of [...evidence!.format, evidence!.patients]) assert.ok(notes.includes(note));
});

test("groups are counted, and their meaning depends on what is known", async () => {
  const root = await repeatedSet();
  const unknown = groupSizes(await openDataset(root, { patients: "none", overlap: "keep" }));
  assert.match(unknown.text, /^5 images are in \d groups.*Two groups may still show one patient\./);
  assert.ok(unknown.largest.length >= 2);
  const known = groupSizes(await openDataset(root, { patients: /^([a-z])x/ }));
  assert.deepEqual([known.groups, known.several, known.largest.length], [4, 0, 1]);
  assert.match(known.text, /the largest has 1\. Each patient is a group\.$/);
});

test("grey values: black does not count, and images with few values are counted", async () => {
  const root = temporaryFolder();
  const values = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % 2 ? 0 : 100 + (i % 3)));
  writeFiles(root, {
    "images/train/1_1.png": await sharpOf(values).toColourspace("b-w").png().toBuffer(),
    "labels/train/1_1.txt": "",
    "images/train/2_1.png": await picture(1),
    "labels/train/2_1.txt": LABEL,
  });
  const { ranges, text } = await greyRanges(await openDataset(root));
  assert.deepEqual([ranges[0].low, ranges[0].median, ranges[0].high], [100, 101, 102]);
  assert.match(text, /^2 images have 8 bits: /);
  assert.match(text, /less than half of the grey values: 1 of 2\./);
  assert.equal((await greyRanges(await openDataset(root), { count: 1 })).ranges.length, 1);
});

test("values of more than 8 bits are named with the range that becomes black to white", async () => {
  const root = temporaryFolder();
  const values = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => 1000 + (i % 2000));
  writeFiles(root, {
    "images/train/1_1.png": await sharpOf(values as unknown as Uint8Array)
      .toColourspace("grey16")
      .png()
      .toBuffer(),
    "labels/train/1_1.txt": LABEL,
  });
  const { text } = await greyRanges(await openDataset(root));
  assert.match(text, /^1 images have more than 8 bits: values from \d+ to \d+ become black/);
});

test("sizes of boxes are in pixels of the network's input", async () => {
  const dataset = await openDataset(await repeatedSet(), { overlap: "keep" });
  const config = { imageSize: 2 * WIDTH, cropToHead: null };
  const sizes = await networkBoxSizes(dataset, config);
  assert.equal(sizes.length, dataset.boxCount);
  assert.deepEqual(sizes[0], { width: WIDTH / 2, height: HEIGHT });
  assert.equal((await networkBoxSizes(dataset, config, { count: 2 })).length, 2);
});

test("a class whose boxes cover the image is suggested with its counts", () => {
  const box = (classId: number, side: number) => ({
    annotations: [{ classId, box: [0, 0, side, side] as const, line: 1 }],
    width: 100,
    height: 100,
  });
  const images = [...Array.from({ length: 6 }, () => box(1, 90)), box(0, 10)];
  const records = images as unknown as Parameters<typeof backgroundSuggestions>[0];
  const [{ text, ...suggestion }, ...others] = backgroundSuggestions(records, ["a", "b"]);
  assert.deepEqual([suggestion, others], [{ classId: 1, boxes: 6, large: 6 }, []]);
  assert.match(text, /--background b\.$/);
});

test("all problems are in a file, which is not made without problems", async () => {
  const { problems } = await openDataset(await repeatedSet());
  const folder = join(temporaryFolder(), "new");
  assert.equal(await writeProblems([], folder), null);
  assert.ok(!existsSync(folder));
  const file = await writeProblems(problems, folder);
  assert.equal(readFileSync(file!, "utf8").trim().split("\n").length, problems.length);
});
