/** `data.channels: rgb`: colors go to the network, the caches and the figures as they are. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import sharp, { type Sharp } from "sharp";
import { augmentBatch, randomAugmentation, samplesToTensor } from "../../../src/data/augment";
import { presets } from "../../../src/config/index";
import { decodeRecord } from "../../../src/data/image";
import { loadNetworkImage, loadSample } from "../../../src/data/sample";
import { pictureOfRecord } from "../../../src/plots/picture";
import type { ImageRecord } from "../../../src/types";
import { Random } from "../../../src/util/random";
import { gradient, HEIGHT, sharpOf, temporaryFolder, WIDTH, writeFiles } from "../files";

const SIZE = 64;
const RGB = { imageSize: SIZE, cropToHead: null, channels: "rgb" } as const;
const GREY = { ...RGB, channels: "grey" } as const;
const COLOR = [200, 100, 30];

/** A record of an image file. */
async function recordOf(image: Sharp): Promise<ImageRecord> {
  const folder = temporaryFolder();
  writeFiles(folder, { "a.png": await image.png().toBuffer() });
  return {
    id: "a.png",
    path: join(folder, "a.png"),
    labelPath: null,
    split: "train",
    patient: "a",
    width: WIDTH,
    height: HEIGHT,
    annotations: [{ classId: 0, box: [4, 4, 20, 20], line: 1 }],
  };
}

/** One color, with a black border of four pixels. */
const colored = () =>
  recordOf(
    sharpOf(
      new Uint8Array(WIDTH * HEIGHT * 3).map((_, i) => {
        const [x, y] = [Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH)];
        const isInside = x >= 4 && x < WIDTH - 4 && y >= 4 && y < HEIGHT - 4;
        return isInside ? COLOR[i % 3] : 0;
      }),
      WIDTH,
      HEIGHT,
      3,
    ),
  );
const grey = () => recordOf(sharpOf(gradient(1)).toColourspace("b-w"));

test("colors reach the network unchanged, at the same place as grey values", async () => {
  const record = await colored();
  const [color, plain] = [await loadSample(record, RGB), await loadSample(record, GREY)];
  assert.deepEqual(color.letterbox, plain.letterbox);
  assert.deepEqual(color.boxes, plain.boxes);
  assert.equal(color.pixels.length, 3 * SIZE * SIZE);
  const middle = 3 * ((SIZE / 2) * SIZE + SIZE / 2);
  assert.deepEqual([...color.pixels.subarray(middle, middle + 3)], COLOR);
  assert.deepEqual([...color.pixels.subarray(0, 3)], [0, 0, 0]);
  const cropped = { ...RGB, cropToHead: { threshold: 20, margin: 1 } };
  assert.deepEqual(
    (await loadSample(record, cropped)).letterbox,
    (await loadSample(record, { ...cropped, channels: "grey" })).letterbox,
  );
});

test("a grey image has three equal channels, the same as without colors", async () => {
  const record = await grey();
  const [color, plain] = [await loadSample(record, RGB), await loadSample(record, GREY)];
  assert.deepEqual(
    color.pixels,
    color.pixels.map((_, i) => plain.pixels[Math.floor(i / 3)]),
  );
  const augmentation = randomAugmentation(presets.default.augmentation, SIZE, new Random(1));
  for (const augmentations of [[null], [augmentation]]) {
    const inputs = [color, plain].map((sample) => augmentBatch([sample], augmentations).images);
    assert.deepEqual(inputs[0].shape, [1, SIZE, SIZE, 3]);
    const [first, second] = inputs.map((input) => input.dataSync<"float32">());
    const difference = first.reduce((most, v, i) => Math.max(most, Math.abs(v - second[i])), 0);
    assert.ok(difference < 1e-3, `${difference}`);
    inputs.forEach((input) => input.dispose());
  }
});

test("augmentation moves all channels alike and keeps the color", async () => {
  const sample = await loadSample(await colored(), RGB);
  const input = samplesToTensor([sample]);
  assert.deepEqual([...input.dataSync()], [...sample.pixels]);
  const still = { brightness: 0.5, gamma: 1, map: [-1, 0, SIZE, 0, 1, 0] as const };
  const { images } = augmentBatch([sample], [still]);
  const values = images.dataSync();
  const middle = 3 * ((SIZE / 2) * SIZE + SIZE / 2);
  COLOR.forEach((value, c) => assert.ok(Math.abs(values[middle + c] - value / 2) < 0.01));
  input.dispose();
  images.dispose();
});

test("detection in a file and in a record see the same pixels", async () => {
  const record = await colored();
  const { pixels } = await loadNetworkImage(record.path, RGB);
  assert.deepEqual(pixels, (await loadSample(record, RGB)).pixels);
});

test("a figure shows an image in its colors, and a grey image in grey", async () => {
  const jpeg = async (record: ImageRecord) => {
    const { source } = await pictureOfRecord(record);
    const bytes = Buffer.from(source.slice(source.indexOf(",") + 1), "base64");
    return sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  };
  const { data, info } = await jpeg(await colored());
  assert.equal(info.channels, 3);
  const middle = 3 * ((HEIGHT / 2) * WIDTH + WIDTH / 2);
  COLOR.forEach((value, c) => assert.ok(Math.abs(data[middle + c] - value) < 8));
  const three = new Uint8Array(3 * WIDTH * HEIGHT).map((_, i) => gradient(1)[Math.floor(i / 3)]);
  const equal = await recordOf(sharpOf(three, WIDTH, HEIGHT, 3));
  const [shown, plain] = [await pictureOfRecord(equal), await pictureOfRecord(await grey())];
  assert.equal(shown.source, plain.source, "three equal channels are grey");
  assert.deepEqual((await decodeRecord(equal)).pixels, gradient(1));
});
