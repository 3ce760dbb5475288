import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { formatProblem } from "../../src/data/checks";
import { contentHash } from "../../src/data/content-hash";
import { openDataset } from "../../src/data/dataset";
import type { DatasetFormat, ListedImage } from "../../src/data/formats/format";
import { readDataset } from "../../src/data/read-dataset";
import { loadSample } from "../../src/data/sample";
import {
  gradient,
  HEIGHT,
  LABEL,
  picture,
  soundSet,
  temporaryFolder,
  WIDTH,
  writeFiles,
} from "./files";

const ROOT = join(__dirname, "..", "..");

/** A format whose images are all PNG files of a folder, each with one box of the given patient. */
function pngFormat(root: string, patients: Readonly<Record<string, string | undefined>>) {
  const images = Object.entries(patients).map(([name, patient]): ListedImage => ({
    path: join(root, name),
    labelPath: null,
    annotate: ({ width, height }) =>
      Promise.resolve({
        annotations: [{ classId: 0, box: [0, 0, width, height], line: 1 }],
        problems: [],
        ...(patient === undefined ? {} : { patient }),
      }),
  }));
  const format: DatasetFormat = {
    name: "png",
    expects: "PNG files",
    recognize: () => Promise.resolve({ confidence: "high", evidence: "it has PNG files" }),
    read: () =>
      Promise.resolve({
        splits: [{ name: "holdout", place: root, images }],
        classNames: null,
        problems: [],
        notes: ["A note of the format."],
      }),
  };
  return format;
}

test("a format only lists images and annotations; the rest is shared", async () => {
  const root = temporaryFolder();
  const same = await picture(1);
  writeFiles(root, { "a_1.png": same, "b_1.png": await picture(2), "c_1.png": same, "d.png": "x" });
  const format = pngFormat(root, {
    "a_1.png": "Ann",
    "b_1.png": undefined,
    "c_1.png": "Cem",
    "d.png": "Dan",
  });
  const { images, classNames, problems, notes, ...result } = await readDataset(root, {}, [format]);
  assert.equal(result.format, "png");
  assert.deepEqual(
    images.map(({ id, patient, split, width, annotations: [{ box }] }) => [
      id,
      patient,
      split,
      width,
      box,
    ]),
    [
      ["a_1.png", "Ann", "holdout", WIDTH, [0, 0, WIDTH, HEIGHT]],
      ["b_1.png", null, "holdout", WIDTH, [0, 0, WIDTH, HEIGHT]],
      ["c_1.png", "Cem", "holdout", WIDTH, [0, 0, WIDTH, HEIGHT]],
    ],
  );
  assert.deepEqual(classNames, ["class 0"]);
  assert.deepEqual(notes, [
    "Read as png: it has PNG files.",
    "A note of the format.",
    "Patients unknown: 1 of 3 images have no patient in the format.",
  ]);
  const lines = problems.map(formatProblem);
  assert.equal(lines.length, 3);
  assert.match(lines[0], /^error d\.png: the image cannot be read/);
  assert.match(lines[1], /^warning \.: 'holdout' is read as a test split/);
  assert.match(lines[2], /^warning a_1\.png: the same image as c_1\.png/);
});

test("several images of one file that is not an image file, such as the slices of a scan", async () => {
  const root = temporaryFolder();
  writeFiles(root, { "scan.nii": "voxels" });
  const path = join(root, "scan.nii");
  const slice = (part: number): ListedImage => ({
    path,
    part: String(part),
    labelPath: null,
    decode: () =>
      part === 3
        ? Promise.reject(new Error("slice 3 is missing"))
        : Promise.resolve({ pixels: gradient(part), width: WIDTH, height: HEIGHT }),
    annotate: () => Promise.resolve({ annotations: [], problems: [] }),
  });
  const format: DatasetFormat = {
    ...pngFormat(root, {}),
    read: () =>
      Promise.resolve({
        splits: [{ name: "train", place: root, images: [1, 2, 3].map(slice) }],
        classNames: ["tumor"],
        problems: [],
        notes: [],
      }),
  };
  const { images, problems } = await readDataset(root, {}, [format]);
  assert.deepEqual(
    images.map(({ id, width, height }) => [id, width, height]),
    [
      ["scan.nii#1", WIDTH, HEIGHT],
      ["scan.nii#2", WIDTH, HEIGHT],
    ],
  );
  assert.deepEqual(
    problems.map(({ file, message }) => `${file}: ${message}`),
    ["scan.nii#3: the image cannot be read (slice 3 is missing): replace or remove it"],
  );
  const config = { imageSize: 64, cropToHead: null };
  const [first, second] = await Promise.all(images.map((image) => loadSample(image, config)));
  assert.notDeepEqual(first.pixels, second.pixels);
  assert.match(await contentHash(images), /^[0-9a-f]{64}$/);
});

test("many copies of an image are one problem that names a few of them", async () => {
  const root = temporaryFolder();
  const names = Array.from({ length: 9 }, (_, i) => `${i}_1.png`);
  const same = await picture(1);
  writeFiles(root, Object.fromEntries(names.map((name) => [name, same])));
  const format = pngFormat(root, Object.fromEntries(names.map((name) => [name, undefined])));
  const { problems } = await readDataset(root, {}, [format]);
  const copies = problems.filter(({ message }) => message.startsWith("the same image"));
  assert.equal(copies.length, 1);
  assert.match(copies[0].message, /^the same image as 1_1\.png, .*, 5_1\.png and 3 more: keep one/);
});

test("progress is reported after each image, also one that cannot be read", async () => {
  const root = temporaryFolder();
  writeFiles(root, { ...(await soundSet()), "images/train/04_1.png": "x" });
  const seen: string[] = [];
  await openDataset(root, { onProgress: ({ done, total }) => seen.push(`${done}/${total}`) });
  assert.deepEqual(seen, ["1/4", "2/4", "3/4", "4/4"]);
});

test("a data set says which format it was read as, and why", async () => {
  const root = temporaryFolder();
  writeFiles(root, await soundSet());
  const dataset = await openDataset(root);
  assert.deepEqual(dataset.notes, [
    "Read as yolo: it has a data.yaml.",
    "Patients unknown: the text before the first _ in the file names would make 3 patients of 3 images. Name them with --patients PATTERN or --patients folder.",
  ]);
  assert.deepEqual(dataset.split("train").notes, dataset.notes);
  await assert.rejects(openDataset(root, { format: "other" }), /unknown data set format 'other'/);
});

test("a name that a given pattern does not match is reported", async () => {
  const root = temporaryFolder();
  writeFiles(root, { "images/_1.png": await picture(1), "labels/_1.txt": LABEL });
  const { problems, images } = await openDataset(root, { patients: /^[^_]+/ });
  assert.match(
    formatProblem(problems[0]),
    /^error images\/_1\.png: its name does not match the patient pattern \/\^\[\^_\]\+\/: rename/,
  );
  assert.deepEqual(
    images.map(({ patient }) => patient),
    [null],
  );
});

test("a data set is read without TensorFlow", () => {
  const script = `
    const { openDataset } = require("./src/data/dataset");
    openDataset("data/sample").then(({ boxCount }) => {
      const loaded = Object.keys(require.cache).filter((file) => file.includes("tfjs"));
      console.log(JSON.stringify({ boxCount, loaded }));
    });`;
  const output = execFileSync(
    process.execPath,
    ["--require", "./jupyter/node-shim.cjs", "--import", "tsx", "-e", script],
    { cwd: ROOT, encoding: "utf8" },
  );
  const { boxCount, loaded } = JSON.parse(output) as { boxCount: number; loaded: string[] };
  assert.ok(boxCount > 0);
  assert.deepEqual(loaded, []);
});
