import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../../src/data/checks";
import { openDataset } from "../../src/data/dataset";
import type { ReadOptions } from "../../src/data/read-dataset";
import { LABEL, gradient, picture, sharpOf, soundSet, temporaryFolder, writeFiles } from "./files";

async function problemsOf(
  faults: Readonly<Record<string, string | Buffer>>,
  options: ReadOptions = {},
): Promise<string[]> {
  const root = temporaryFolder();
  writeFiles(root, { ...(await soundSet()), ...faults });
  return (await openDataset(root, options)).problems.map(formatProblem);
}

test("a valid data set has no problems", async () => assert.deepEqual(await problemsOf({}), []));

test("each fault is reported with its severity, file and line", async () => {
  const jpeg = await sharpOf(gradient(9, 200, 200), 200, 200)
    .toColourspace("b-w")
    .jpeg()
    .toBuffer();
  const png = await sharpOf(gradient(9, 200, 200), 200, 200)
    .toColourspace("b-w")
    .png()
    .toBuffer();
  const cases: [string, Record<string, string | Buffer>, RegExp][] = [
    [
      "malformed line",
      { "labels/train/01_1.txt": `${LABEL}0 0.5\n` },
      /^error labels\/train\/01_1\.txt:2: expected 5/,
    ],
    [
      "unknown class",
      { "labels/train/01_1.txt": "5 .5 .5 .2 .2\n" },
      /^error labels\/train\/01_1\.txt:1: class 5 is unk/,
    ],
    [
      "outside",
      { "labels/val/03_1.txt": `${LABEL}0 20 15 5 5\n` },
      /^error labels\/val\/03_1\.txt:2: 20 is outside/,
    ],
    [
      "duplicate",
      { "labels/val/03_1.txt": LABEL + LABEL },
      /^error labels\/val\/03_1\.txt:2: the same box as on line 1/,
    ],
    [
      "orphan label",
      { "labels/train/09_1.txt": LABEL },
      /^warning labels\/train\/09_1\.txt: there is no image of this name, so it was left out/,
    ],
    [
      "missing label",
      { "images/train/04_1.png": await picture(4) },
      /^warning images\/train\/04_1\.png: it has no label/,
    ],
    [
      "truncated JPEG",
      { "images/train/04_1.jpg": jpeg.subarray(0, jpeg.length / 2), "labels/train/04_1.txt": "" },
      /^error images\/train\/04_1\.jpg: the image cannot be read \(.+\): replace or remove it/,
    ],
    [
      "truncated PNG",
      { "images/train/04_1.png": png.subarray(0, png.length / 2), "labels/train/04_1.txt": "" },
      /^error images\/train\/04_1\.png: the image cannot be read/,
    ],
    [
      "not an image",
      { "images/train/04_1.jpg": "this is text", "labels/train/04_1.txt": "" },
      /^error images\/train\/04_1\.jpg: the image cannot be read/,
    ],
    [
      "empty image file",
      { "images/train/04_1.jpg": "", "labels/train/04_1.txt": "" },
      /^error images\/train\/04_1\.jpg: the image cannot be read/,
    ],
    [
      "image of a kind that is not read",
      { "images/train/04_1.DCM": "DICM" },
      /^warning images\/train\/04_1\.DCM: \.DCM files are not read, so it was left out: convert it to PNG/,
    ],
    [
      "same image in two splits",
      { "images/val/04_1.png": await picture(1), "labels/val/04_1.txt": "" },
      /^warning images\/train\/01_1\.png \(image left out\): the same image as images\/val\/04_1\.png, in another split/,
    ],
    [
      "same image twice in a split",
      { "images/train/04_1.png": await picture(1), "labels/train/04_1.txt": "" },
      /^warning images\/train\/04_1\.png \(image left out\): the same image as images\/train\/01_1\.png, with other boxes: keep one/,
    ],
    [
      "same patient in two splits",
      { "images/val/01_2.png": await picture(4), "labels/val/01_2.txt": "" },
      /^error images\/train\/01_1\.png: patient 01 is in the splits train and val/,
    ],
  ];
  for (const [name, faults, expected] of cases) {
    const problems = await problemsOf(faults, { patients: /^[^_]+/, strict: true });
    assert.equal(problems.length, 1, `${name}: ${problems.join("\n")}`);
    assert.match(problems[0], expected, name);
  }
});

test("all faults are reported at once, errors first, and errors stop training", async () => {
  const root = temporaryFolder();
  writeFiles(root, {
    ...(await soundSet()),
    "labels/train/01_1.txt": "0 0.5\n0 NaN 0.5 0.1 0.1\n0 0.5 0.5 0.2 0.2\n",
    "labels/train/09_1.txt": "",
    "images/train/04_1.png": await picture(4),
  });
  const dataset = await openDataset(root, { strict: true });
  assert.deepEqual(
    dataset.problems.map(({ severity, file, line }) => [severity, file, line]),
    [
      ["error", "labels/train/01_1.txt", 1],
      ["error", "labels/train/01_1.txt", 2],
      ["warning", "images/train/04_1.png", undefined],
      ["warning", "labels/train/09_1.txt", undefined],
    ],
  );
  assert.throws(
    () => dataset.requireValid(),
    /2 errors; nothing was trained:\n.*01_1\.txt:1.*\n.*01_1\.txt:2.*$/,
  );
  assert.equal(
    dataset.images.find(({ id }) => id.includes("01_1"))!.annotations.length,
    1,
    "valid lines are read",
  );
});

test("warnings do not stop training", async () => {
  const root = temporaryFolder();
  writeFiles(root, { ...(await soundSet()), "images/train/04_1.png": await picture(4) });
  const dataset = await openDataset(root);
  assert.equal(dataset.problems.length, 1);
  assert.equal(dataset.requireValid(), dataset);
});

test("a data set without a readable image is an error", async () => {
  const root = temporaryFolder();
  writeFiles(root, { "images/train/01_1.png": "text", "labels/train/01_1.txt": "" });
  const { problems } = await openDataset(root);
  assert.ok(
    problems.some(
      ({ severity, message }) =>
        severity === "error" && /none of its images can be read/.test(message),
    ),
  );
});

test("a data set may have more boxes than a function takes arguments", async () => {
  const root = temporaryFolder();
  const [images, lines] = [150, 1000];
  for (let n = 0; n < images; n++) {
    const boxes = Array.from(
      { length: lines },
      (_, i) => `${i % 3} 0.5 0.5 0.25 ${(0.1 + i * 1e-4).toFixed(4)}`,
    );
    writeFiles(root, {
      [`images/${n}_1.png`]: await picture(n),
      [`labels/${n}_1.txt`]: boxes.join("\n"),
    });
  }
  const { boxCount, classNames } = await openDataset(root);
  assert.deepEqual([boxCount, classNames.length], [images * lines, 3]);
});
