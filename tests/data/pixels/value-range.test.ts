/**
 * The range of values of images of more than 8 bits: one for a set, and the same wherever it is
 * used.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openDataset } from "../../../src/data/dataset";
import { decodeImage, decodeRecord } from "../../../src/data/image";
import {
  differsFrom,
  isNearlyBlank,
  percentileRange,
  rangeOfSet,
} from "../../../src/data/pixels/value-range";
import { loadSample } from "../../../src/data/sample";
import { inputRange } from "../../../src/inference/input-range";
import { HEIGHT, LABEL, picture, sharpOf, temporaryFolder, WIDTH, writeFiles } from "../files";
import { tiffOf } from "./tiff";

const CONFIG = { imageSize: 64, cropToHead: null };

/** Grey values of which many are black and many are white. */
const grey = (variant: number) =>
  Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
    i % WIDTH < 4 ? 0 : i % WIDTH >= 36 ? 255 : (i * (variant + 3)) % 256,
  );

/** The ways in which files keep more than 8 bits, for a grey value. */
const KINDS = {
  "12 bits in a PNG of 16": {
    ending: "png",
    write: (values: Uint8Array) =>
      sharpOf(Uint16Array.from(values, (value) => 8 * value))
        .toColourspace("grey16")
        .png()
        .toBuffer(),
    range: [0, 2040],
  },
  "12 bits in a TIFF of 16": {
    ending: "tif",
    write: (values: Uint8Array) =>
      tiffOf(
        Uint16Array.from(values, (v) => 8 * v),
        WIDTH,
        HEIGHT,
      ),
    range: [0, 2040],
  },
  "signed TIFF": {
    ending: "tif",
    write: (values: Uint8Array) =>
      tiffOf(
        Int16Array.from(values, (v) => 5 * v - 1000),
        WIDTH,
        HEIGHT,
      ),
    range: [-1000, 275],
  },
  "floating-point TIFF": {
    ending: "tiff",
    write: (values: Uint8Array) =>
      tiffOf(
        Float32Array.from(values, (v) => v / 255),
        WIDTH,
        HEIGHT,
      ),
    range: [0, 1],
  },
} as const;

/** A data set of images of one kind. */
async function setOf(kind: keyof typeof KINDS): Promise<string> {
  const { ending, write } = KINDS[kind];
  const folder = temporaryFolder();
  const names = ["train/01_1", "train/02_1", "train/03_1", "val/04_1"];
  for (const [i, name] of names.entries())
    writeFiles(folder, {
      [`images/${name}.${ending}`]: await write(grey(i)),
      [`labels/${name}.txt`]: LABEL,
    });
  return folder;
}

test("an image of more than 8 bits looks like its twin of 8 bits", async () => {
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    const dataset = await openDataset(await setOf(kind), { classNames: ["tumor"] });
    assert.deepEqual(dataset.problems, [], kind);
    assert.deepEqual(dataset.valueRange, KINDS[kind].range, kind);
    assert.match(dataset.notes.join(" "), /4 images have more than 8 bits a pixel: their values/);
    for (const [i, image] of dataset.images.entries()) {
      const { pixels } = await decodeRecord(image);
      pixels.forEach((value, at) => assert.equal(value, grey(i)[at], `${kind}, pixel ${at}`));
    }
  }
});

test("a set of 8 bits has no range, and its pixels do not depend on one", async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { "images/train/01_1.png": await picture(1), "labels/train/01_1.txt": LABEL });
  const dataset = await openDataset(folder, { classNames: ["tumor"] });
  assert.equal(dataset.valueRange, null);
  assert.ok(!("valueRange" in dataset.images[0]));
  const [plain, ranged] = await Promise.all([
    loadSample(dataset.images[0], CONFIG),
    loadSample(dataset.images[0], { ...CONFIG, valueRange: [0, 10] }),
  ]);
  assert.deepEqual(plain.pixels, ranged.pixels);
});

test("the range is that of the training images, and a configuration's range comes first", async () => {
  const folder = temporaryFolder();
  const write = (factor: number) =>
    tiffOf(
      Uint16Array.from(grey(1), (value) => factor * value),
      WIDTH,
      HEIGHT,
    );
  writeFiles(folder, {
    "images/train/01_1.tif": write(8),
    "images/val/02_1.tif": write(100),
    "images/test/03_1.tif": write(200),
    "images/test/04_1.png": await picture(1),
  });
  const dataset = await openDataset(folder, { classNames: ["tumor"] });
  assert.deepEqual(dataset.valueRange, [0, 2040]);
  assert.deepEqual(dataset.split("test").valueRange, [0, 2040]);
  const test = dataset.images.find(({ path }) => path.endsWith("03_1.tif"))!;
  const { pixels } = await decodeRecord(test, { valueRange: [0, 51000] });
  assert.deepEqual(pixels, grey(1));
  const onlyTest = temporaryFolder();
  writeFiles(onlyTest, { "images/test/03_1.tif": write(200) });
  assert.deepEqual((await openDataset(onlyTest)).valueRange, [0, 51000]);
});

test("a range leaves out extreme pixels, holes, and unusual images", () => {
  const values = Float32Array.from({ length: 10_000 }, (_, i) => i / 10_000);
  values.set([1e9, -1e9, NaN, Infinity, -Infinity], 5000);
  const [low, high] = percentileRange(values);
  assert.ok(low >= 0 && low < 0.005 && high > 0.995 && high <= 1, `${low} ${high}`);
  assert.throws(() => percentileRange(Float32Array.of(NaN, Infinity)), /none of its values is fin/);
  const ranges = Array.from({ length: 100 }, (_, i) => [i === 7 ? -5000 : 0, 1000 + i] as const);
  ranges[50] = [0, 65535];
  const [lowest, highest] = rangeOfSet(ranges);
  assert.ok(lowest === 0 && highest >= 1094 && highest <= 1096, `${lowest} ${highest}`);
  assert.deepEqual(rangeOfSet([[3, 9]]), [3, 9]);
});

test("a large image is sampled, without a bias from its columns", () => {
  const [width, height] = [1024, 1024];
  const values = new Float32Array(width * height).map((_, i) => (i % width < 32 ? 7 : 3));
  assert.deepEqual(percentileRange(values), [3, 7]);
});

test("blank and nearly blank images are warned of", async () => {
  const folder = temporaryFolder();
  const constant = (value: number) => new Uint8Array(WIDTH * HEIGHT).fill(value);
  const noise = grey(2).map((value) => 40 + (value % 4));
  writeFiles(folder, {
    "images/01_1.png": await picture(1),
    "images/02_1.png": await sharpOf(constant(0)).toColourspace("b-w").png().toBuffer(),
    "images/03_1.png": await sharpOf(noise).toColourspace("b-w").png().toBuffer(),
    "images/04_1.tif": tiffOf(
      Uint16Array.from(grey(1), (value) => 8 * value),
      WIDTH,
      HEIGHT,
    ),
    "images/05_1.tif": tiffOf(
      Uint16Array.from(grey(1), (value) => 900 + value / 20),
      WIDTH,
      HEIGHT,
    ),
    "images/06_1.tif": tiffOf(
      Uint16Array.from(grey(4), (value) => 8 * value),
      WIDTH,
      HEIGHT,
    ),
  });
  const { problems } = await openDataset(folder, { classNames: ["tumor"] });
  const blank = problems.filter(({ message }) => message.includes("blank"));
  assert.deepEqual(
    blank.map(({ file }) => file),
    ["images/02_1.png", "images/03_1.png", "images/05_1.tif"],
  );
  assert.match(blank[1].message, /nearly all of its values are from 40 to 43$/);
  assert.equal(isNearlyBlank([10, 10]), true);
  assert.equal(isNearlyBlank([0, 40], [0, 100]), false);
});

test("values of a scan that a format gives are scaled like those of files", async () => {
  const values = Float32Array.from(grey(1), (value) => 4 * value);
  const decode = () =>
    Promise.resolve({ values, width: WIDTH, height: HEIGHT, channels: 1 as const });
  const record = { path: "scan.nii", decode, valueRange: [0, 1020] as const };
  assert.deepEqual((await decodeRecord(record)).pixels, grey(1));
  const { pixels } = await decodeRecord(record, { channels: "rgb" });
  assert.deepEqual(
    pixels,
    new Uint8Array(3 * WIDTH * HEIGHT).map((_, i) => grey(1)[Math.floor(i / 3)]),
  );
});

test("images without a set have their own range, and detection says which one it uses", async () => {
  const folder = temporaryFolder();
  const write = (factor: number) =>
    tiffOf(
      Float32Array.from(grey(1), (value) => factor * value),
      WIDTH,
      HEIGHT,
    );
  writeFiles(folder, {
    "a.tif": write(8),
    "b.tif": write(8),
    "c.png": await picture(1),
    "d.png": "x",
  });
  const files = ["a.tif", "b.tif", "c.png", "d.png"].map((name) => join(folder, name));
  assert.deepEqual((await decodeImage(files[0])).pixels, grey(1));
  const own = await inputRange(files, null);
  assert.deepEqual(own.valueRange, [0, 2040]);
  assert.match(own.notes.join(), /values from 0 to 2040 become black to white, the range of these/);
  const trained = await inputRange(files, [0, 2100]);
  assert.deepEqual(trained.valueRange, [0, 2100]);
  assert.equal(trained.notes.length, 1);
  const other = await inputRange(files, [0, 1]);
  assert.match(other.notes[1], /have values from 0 to 2040, a different scale/);
  assert.deepEqual(await inputRange(files.slice(2), null), { valueRange: null, notes: [] });
  assert.equal(differsFrom([0, 1900], [0, 2100]), false);
});
