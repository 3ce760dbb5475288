/** The brain tumor set of figshare: valid, unusual, damaged and hostile files. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatProblem } from "../../../../src/data/checks";
import { convertDataset } from "../../../../src/data/convert/convert-dataset";
import { openDataset } from "../../../../src/data/dataset";
import loadH5wasm from "../../../../src/data/formats/figshare/load-h5wasm.cjs";
import { readImage, readLabels } from "../../../../src/data/formats/figshare/mat-file";
import { decodeRecord } from "../../../../src/data/image";
import { UnreadableFile } from "../../../../src/data/read-file";
import { Random } from "../../../../src/util/random";
import { temporaryFolder, writeFiles } from "../../files";

const FOLDER = join(__dirname, "..", "..", "..", "reference", "figshare");

/** An image of the reference. */
interface Expected {
  readonly label: number;
  readonly patient: string;
  readonly width: number;
  readonly height: number;
  /** Row by row. */
  readonly grey: readonly number[];
}

/** Numbers in a file of HDF5: their type, shape and values. */
type Numbers = readonly [type: string, shape: readonly number[], values: ArrayLike<number>];

const EXPECTED = JSON.parse(readFileSync(join(FOLDER, "figshare.json"), "utf8")) as Expected[];
const [WIDTH, HEIGHT] = [3, 2];
/** The parts of a valid file; the image and the mask have 3 columns of 2 pixels. */
const PARTS: Readonly<Record<string, Numbers>> = {
  PID: ["<H", [2, 1], new Uint16Array([65, 66])],
  image: ["<h", [WIDTH, HEIGHT], new Int16Array([1, 2, 3, 4, 5, 6])],
  label: ["<d", [1, 1], new Float64Array([2])],
  tumorMask: ["<B", [WIDTH, HEIGHT], new Uint8Array([0, 0, 1, 0, 1, 0])],
};

/** Writes a file with the parts of a valid one, some of them replaced or removed by null. */
async function writeMat(
  path: string,
  changes: Readonly<Record<string, Numbers | string | null>> = {},
  structure = "cjdata",
): Promise<void> {
  const h5wasm = await loadH5wasm();
  await h5wasm.ready;
  const file = new h5wasm.File(path, "w");
  const group = file.create_group(structure);
  for (const [name, part] of Object.entries({ ...PARTS, ...changes })) {
    if (part === null) continue;
    if (typeof part === "string") group.create_dataset({ name, data: part });
    else {
      const [dtype, shape, data] = part;
      group.create_dataset({ name, data: data as Int16Array, shape: [...shape], dtype });
    }
  }
  file.close();
}

/** A folder with the first file of the reference and a second file. */
async function folderWith(write: (path: string) => unknown): Promise<string> {
  const root = temporaryFolder();
  copyFileSync(join(FOLDER, "1.mat"), join(root, "1.mat"));
  await write(join(root, "2.mat"));
  return root;
}

test("figshare: boxes, classes, patients and pixels equal those of h5py and numpy", async () => {
  const { images, classNames, problems, notes, splits } = await openDataset(FOLDER);
  assert.deepEqual(problems, []);
  assert.deepEqual(notes, [
    "Read as figshare: 1.mat has the structure cjdata.",
    "Patients: 4 of 5 images, from the format.",
  ]);
  assert.deepEqual(splits, ["train"]);
  assert.deepEqual(classNames, ["meningioma", "glioma", "pituitary tumor"]);
  assert.deepEqual(
    images.map(({ annotations }) => annotations.map(({ box }) => box)),
    [
      [[4, 6, 14, 26]],
      [
        [0, 0, 5, 5],
        [20, 30, 30, 40],
      ],
      [[31, 31, 32, 32]],
      [[10, 2, 30, 12]],
      [[1, 1, 47, 47]],
    ],
  );
  for (const [i, { label, patient, width, height, grey }] of EXPECTED.entries()) {
    const record = images[i];
    assert.deepEqual([record.id, record.patient], [`${i + 1}.mat`, patient]);
    assert.ok(record.annotations.every(({ classId }) => classId === label - 1));
    const { pixels, ...size } = await decodeRecord(record);
    assert.deepEqual(size, { width, height });
    grey.forEach((value, at) => assert.ok(Math.abs(value - pixels[at]) <= 1, `${i}: ${at}`));
  }
});

test("figshare: options, folders of splits, and a conversion", async () => {
  const root = temporaryFolder();
  for (const split of ["train", "val"]) mkdirSync(join(root, split));
  copyFileSync(join(FOLDER, "2.mat"), join(root, "train", "2.mat"));
  copyFileSync(join(FOLDER, "4.mat"), join(root, "val", "4.MAT"));
  const classNames = ["a", "b", "c"];
  const dataset = await openDataset(root, { classNames, minArea: 50 });
  assert.deepEqual(dataset.splits, ["train", "val"]);
  assert.deepEqual(dataset.classNames, classNames);
  assert.deepEqual(
    dataset.images.map(({ annotations }) => annotations.map(({ box }) => box)),
    [[[20, 30, 30, 40]], [[10, 2, 30, 12]]],
  );
  const out = join(temporaryFolder(), "out");
  await convertDataset(dataset, { to: "coco", out });
  const read = await openDataset(out);
  assert.deepEqual(read.patients, ["100360", "89"]);
  for (const [i, record] of read.images.entries()) {
    const [before, after] = await Promise.all(
      [dataset.images[i], record].map((image) => decodeRecord(image)),
    );
    assert.deepEqual(after.pixels, before.pixels);
  }
  await assert.rejects(
    openDataset(root, { classNames: ["tumor"] }),
    /the set has the classes meningioma, glioma, pituitary tumor: give a name for each of them/,
  );
});

const FAULTS: readonly [
  name: string,
  changes: Readonly<Record<string, Numbers | string | null>>,
  problem: RegExp,
][] = [
  ["a label that is not one of the set", { label: ["<d", [1, 1], [7]] }, /its label is 7, and not/],
  ["a label of 0", { label: ["<d", [1, 1], [0]] }, /its label is 0, and not 1, 2 or 3/],
  ["a label with decimals", { label: ["<d", [1, 1], [1.5]] }, /its label is 1.5, and not/],
  ["a label that is NaN", { label: ["<d", [1, 1], [NaN]] }, /its label is NaN, and not 1, 2 or 3/],
  ["a label that is a text", { label: "glioma" }, /its label is not a matrix of numbers/],
  ["two labels", { label: ["<d", [1, 2], [1, 2]] }, /its label has the size 1 x 2/],
  ["no label", { label: null }, /it has no cjdata.label/],
  ["no patient", { PID: null }, /it has no cjdata.PID/],
  ["an empty patient", { PID: ["<H", [2, 1], [32, 32]] }, /it has no patient: it was left out/],
  ["a long patient", { PID: ["<H", [101, 1], new Uint16Array(101)] }, /its PID has the size 101/],
  ["no mask", { tumorMask: null }, /it has no cjdata.tumorMask/],
  ["an empty mask", { tumorMask: ["<B", [3, 2], new Uint8Array(6)] }, /its mask is empty/],
  ["a turned mask", { tumorMask: ["<B", [2, 3], new Uint8Array(6)] }, /its mask has 2 x 3 pixels/],
  [
    "a mask of other values",
    { tumorMask: ["<B", [3, 2], [0, 1, 2, 0, 0, 0]] },
    /its mask has values that are not 0 or 1/,
  ],
  [
    "a mask of NaN",
    { tumorMask: ["<d", [3, 2], new Float64Array(6).fill(NaN)] },
    /its mask has values that are not 0 or 1/,
  ],
  [
    "a mask that is a list",
    { tumorMask: ["<B", [6], new Uint8Array(6)] },
    /tumorMask has the size 6/,
  ],
  ["no image", { image: null }, /the image cannot be read \(it has no cjdata.image\)/],
  ["an image that is a text", { image: "picture" }, /its image is not a matrix of numbers/],
  [
    "an image of three dimensions",
    { image: ["<h", [1, 3, 2], new Int16Array(6)] },
    /the image cannot be read \(its image has the size 1 x 3 x 2\)/,
  ],
  [
    "an image that is too long",
    { image: ["<h", [9000, 1], new Int16Array(9000)] },
    /the image cannot be read \(its image has the size 9000 x 1\)/,
  ],
  [
    "an image of NaN",
    { image: ["<d", [3, 2], new Float64Array(6).fill(NaN)] },
    /the image cannot be read \(none of its values is finite\)/,
  ],
];

for (const [name, changes, problem] of FAULTS)
  test(`figshare: ${name}: the image is left out`, async () => {
    const root = await folderWith((path) => writeMat(path, changes));
    const { images, problems } = await openDataset(root);
    assert.deepEqual(
      images.map(({ id }) => id),
      ["1.mat"],
    );
    assert.equal(problems.length, 1);
    assert.match(formatProblem(problems[0]), problem);
    assert.match(formatProblem(problems[0]), /^(error|warning) 2\.mat: /);
  });

test("figshare: the smallest file is read, with columns one after the other", async () => {
  const root = await folderWith((path) => writeMat(path));
  const { images, problems } = await openDataset(root);
  assert.deepEqual(problems, []);
  assert.equal(images[1].patient, "AB");
  assert.deepEqual(
    images[1].annotations.map(({ classId, box }) => [classId, box]),
    [[1, [1, 0, 3, 1]]],
  );
  const { values } = await readImage(join(root, "2.mat"));
  assert.deepEqual(Array.from(values), [1, 3, 5, 2, 4, 6]);
});

test("figshare: files of other kinds are not slices", async () => {
  const kinds: [(path: string) => unknown, number][] = [
    [(path) => writeFileSync(path, ""), 1],
    [(path) => writeFileSync(path, "MATLAB 5.0 MAT-file"), 1],
    [(path) => mkdirSync(path), 0],
    [(path) => writeMat(path, {}, "data"), 1],
  ];
  for (const [write, warnings] of kinds) {
    const root = await folderWith(write);
    writeFileSync(join(root, "cvind.mat"), "");
    const { images, problems } = await openDataset(root);
    assert.equal(images.length, 1);
    assert.equal(problems.length, warnings);
    for (const problem of problems)
      assert.match(
        formatProblem(problem),
        /^warning 2\.mat: it has no structure cjdata and was left/,
      );
  }
});

test("figshare: a folder of other MATLAB files gets a sentence", async () => {
  const root = temporaryFolder();
  writeFiles(root, { "a.mat": "MATLAB 5.0 MAT-file" });
  await assert.rejects(
    openDataset(root),
    /these files: 1 \.mat\. The file a\.mat is not a MATLAB 7\.3 file\.$/,
  );
  writeFiles(root, { "a.mat": "MATLAB 7.3 MAT-file" });
  await assert.rejects(openDataset(root), /The file a\.mat has no structure cjdata\.$/);
  writeFiles(root, { "a.mat": "MATLAB 7.3 MAT-file cjdata" });
  const { images, problems } = await openDataset(root);
  assert.equal(images.length, 0);
  assert.match(problems.map(formatProblem).join("\n"), /error a\.mat: the image cannot be read \(/);
});

test("figshare: 150 damaged files are read or refused", async () => {
  const random = new Random("damaged MATLAB files");
  const originals = ["1.mat", "2.mat", "5.mat"].map((name) => readFileSync(join(FOLDER, name)));
  const path = join(temporaryFolder(), "1.mat");
  let read = 0;
  for (let i = 0; i < 150; i++) {
    const bytes = Buffer.from(originals[i % originals.length]);
    for (let n = 1 + random.integer(6); n > 0; n--)
      bytes[512 + random.integer(random.chance(0.8) ? 5000 : bytes.length - 512)] =
        random.integer(256);
    const isCut = random.chance(0.2);
    writeFileSync(path, isCut ? bytes.subarray(0, random.integer(bytes.length)) : bytes);
    for (const reading of [readImage, readLabels])
      try {
        const content = await reading(path);
        const { width, height, values } = "mask" in content ? content.mask : content;
        assert.equal(values.length, width * height);
        read++;
      } catch (error) {
        assert.ok(error instanceof UnreadableFile, String(error));
        assert.ok(error.message.length < 300 && !error.message.includes("\n"), error.message);
      }
  }
  assert.ok(read > 30, `${read} were read`);
});

test("figshare: a file that names another file as the place of its image is refused", async () => {
  const root = await folderWith(async (path) => {
    await writeMat(path, { image: null });
    const h5wasm = await loadH5wasm();
    const file = new h5wasm.File(path, "a");
    const group = file.get("cjdata") as InstanceType<typeof h5wasm.Group>;
    group.create_external_link(join(FOLDER, "1.mat"), "cjdata/image", "image");
    file.close();
  });
  const { images, problems } = await openDataset(root);
  assert.equal(images.length, 1);
  assert.match(problems.map(formatProblem).join(), /2\.mat: .*it names another file, .*1\.mat/);
  // Other files are opened again afterwards.
  assert.equal((await readImage(join(root, "1.mat"))).values.length > 0, true);
});
