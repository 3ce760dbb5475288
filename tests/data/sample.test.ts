import assert from "node:assert/strict";
import { join } from "path";
import { test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import { toOriginal } from "../../src/data/letterbox";
import { loadNetworkImage, loadSample, type SampleOptions } from "../../src/data/sample";
import { formatLabels } from "../../src/data/formats/yolo/labels";
import type { ImageBox, NetworkBox, Sample } from "../../src/types";
import { sharpOf, temporaryFolder, writeFiles } from "./files";

const BACKGROUND = 60;
const PAINTED = 240;
/** Between the grey values of background and rectangle. */
const BETWEEN = (BACKGROUND + PAINTED) / 2;

/** An image of a grey head on black with one bright rectangle, and its label. */
async function painted(
  width: number,
  height: number,
  head: ImageBox,
  box: ImageBox,
): Promise<Sample["record"]> {
  const pixels = new Uint8Array(width * height);
  const fill = ([x1, y1, x2, y2]: ImageBox, value: number) => {
    for (let y = y1; y < y2; y++) pixels.fill(value, y * width + x1, y * width + x2);
  };
  fill(head, BACKGROUND);
  fill(box, PAINTED);
  const root = temporaryFolder();
  writeFiles(root, {
    "images/01_1.png": await sharpOf(pixels, width, height).toColourspace("b-w").png().toBuffer(),
    "labels/01_1.txt": formatLabels([{ classId: 0, box }], { width, height }),
  });
  return (await openDataset(root)).requireValid().images[0];
}

/** Extent of the bright pixels in the network's input. */
function brightExtent({ pixels, letterbox: { size } }: Sample): NetworkBox {
  let [x1, y1, x2, y2] = [size, size, 0, 0];
  pixels.forEach((value, i) => {
    if (value <= BETWEEN) return;
    const [x, y] = [i % size, Math.floor(i / size)];
    [x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x + 1), Math.max(y2, y + 1)];
  });
  return [x1, y1, x2, y2];
}

const UNCROPPED: SampleOptions = { imageSize: 224, cropToHead: null };
const CROPPED: SampleOptions = { imageSize: 320, cropToHead: { threshold: 20, margin: 1.06 } };

test("a painted rectangle is where its box is, for each shape of image, crop and scale", async () => {
  const cases: [number, number, ImageBox, ImageBox][] = [
    [256, 256, [40, 20, 220, 240], [100, 60, 150, 95]],
    [192, 256, [10, 20, 180, 240], [120, 170, 165, 221]],
    [512, 400, [100, 3, 433, 397], [131, 40, 180, 77]],
    [201, 307, [0, 0, 201, 307], [0, 0, 30, 41]],
    [320, 240, [7, 11, 313, 229], [270, 190, 313, 229]],
    [90, 70, [5, 5, 85, 66], [40, 30, 60, 55]],
  ];
  for (const [width, height, head, box] of cases) {
    const record = await painted(width, height, head, box);
    for (const config of [UNCROPPED, CROPPED]) {
      const sample = await loadSample(record, config);
      assert.equal(sample.pixels.length, config.imageSize ** 2);
      const seen = brightExtent(sample);
      sample.boxes[0].forEach((edge, i) => {
        const name = `${width}x${height}, ${config.imageSize}: ${seen} for ${sample.boxes[0]}`;
        assert.ok(Math.abs(edge - seen[i]) <= 0.6, name);
      });
    }
  }
});

test("the center of a painted rectangle is the center of its box, in enlarged and reduced images", async () => {
  const record = await painted(256, 256, [0, 0, 256, 256], [64, 100, 120, 160]);
  for (const imageSize of [192, 256, 320, 448]) {
    const { pixels, boxes } = await loadSample(record, { imageSize, cropToHead: null });
    let [mass, x, y] = [0, 0, 0];
    pixels.forEach((value, i) => {
      const bright = value - BACKGROUND;
      mass += bright;
      x += bright * ((i % imageSize) + 0.5);
      y += bright * (Math.floor(i / imageSize) + 0.5);
    });
    const [x1, y1, x2, y2] = boxes[0];
    assert.ok(
      Math.hypot(x / mass - (x1 + x2) / 2, y / mass - (y1 + y2) / 2) < 0.1,
      `${imageSize}: ${x / mass} ${y / mass}`,
    );
  }
});

test("images of extreme sizes load, cropped and uncropped, with their boxes where the pixels are", async () => {
  const cases: [number, number, ImageBox][] = [
    [1, 1, [0, 0, 1, 1]],
    [1, 40, [0, 10, 1, 30]],
    [7, 5, [2, 1, 5, 4]],
    [9, 9, [4, 4, 5, 5]],
    [21, 31, [8, 8, 13, 13]],
    [3000, 20, [1200, 4, 2100, 16]],
    [20, 3000, [3, 100, 17, 1900]],
    [2048, 2048, [512, 700, 1024, 1900]],
  ];
  for (const [width, height, box] of cases) {
    const record = await painted(width, height, [0, 0, width, height], box);
    for (const config of [UNCROPPED, CROPPED]) {
      const name = `${width}x${height}, ${config.imageSize}`;
      const { pixels, letterbox, boxes } = await loadSample(record, config);
      assert.equal(pixels.length, config.imageSize ** 2, name);
      // A label file has six digits for a fraction of the image's side.
      toOriginal(boxes[0], letterbox).forEach((edge, i) =>
        assert.ok(Math.abs(edge - box[i]) < 5e-3, name),
      );
      // The center of the bright pixels, weighted by their difference from the head around them.
      let [mass, x, y] = [0, 0, 0];
      pixels.forEach((value, i) => {
        const bright = Math.max(0, value - BACKGROUND - 10);
        mass += bright;
        x += bright * ((i % config.imageSize) + 0.5);
        y += bright * (Math.floor(i / config.imageSize) + 0.5);
      });
      assert.ok(mass > 0, `${name}: no bright pixels`);
      const [x1, y1, x2, y2] = boxes[0];
      const off = Math.hypot(x / mass - (x1 + x2) / 2, y / mass - (y1 + y2) / 2);
      // An image of a single pixel has no edge inside it, only the border, which is blurred.
      if (width * height > 1) assert.ok(off < 0.1, `${name}: the middle is off by ${off} pixels`);
    }
  }
});

test("without a crop, a narrow image gets black bars of equal width", async () => {
  const sample = await loadSample(
    await painted(192, 256, [0, 0, 192, 256], [50, 50, 90, 90]),
    UNCROPPED,
  );
  const row = sample.pixels.subarray(100 * 224, 101 * 224);
  assert.deepEqual([row[20], row[40], row[183], row[203]], [0, BACKGROUND, BACKGROUND, 0]);
  const bright = row.filter((value) => value > BACKGROUND / 2).length;
  assert.equal(bright, 168, "three quarters of the width");
});

test("after the crop to the head, two fields of view look the same", async () => {
  const narrow = await loadSample(
    await painted(192, 256, [20, 30, 180, 230], [60, 60, 110, 120]),
    CROPPED,
  );
  const wide = await loadSample(
    await painted(288, 256, [68, 30, 228, 230], [108, 60, 158, 120]),
    CROPPED,
  );
  narrow.boxes[0].forEach((edge, i) => assert.ok(Math.abs(edge - wide.boxes[0][i]) < 1));
  const unlike = narrow.pixels.filter((value, i) => Math.abs(value - wide.pixels[i]) > 8).length;
  assert.ok(unlike < 0.01 * narrow.pixels.length, `${unlike} pixels differ`);
});

test("an image file loads to the same pixels without its record; the error for a damaged file names it", async () => {
  const record = await painted(192, 256, [20, 30, 180, 230], [60, 60, 110, 120]);
  const sample = await loadSample(record, CROPPED);
  const alone = await loadNetworkImage(record.path, CROPPED);
  assert.deepEqual(alone.letterbox, sample.letterbox);
  assert.deepEqual(alone.pixels, sample.pixels);
  assert.deepEqual([alone.width, alone.height], [192, 256]);
  const folder = temporaryFolder();
  writeFiles(folder, { "bad.png": "text" });
  await assert.rejects(
    loadNetworkImage(join(folder, "bad.png"), UNCROPPED),
    /bad\.png: cannot be decoded: /,
  );
});
