import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { annotatePicture } from "../../src/plots/annotated-picture";
import {
  pictureFromPixels,
  pictureOfRecord,
  pictureOfView,
  picturesFromTensor,
} from "../../src/plots/picture";
import { tf } from "../../src/tensor/tensorflow";
import type { GreyImage, ImageRecord } from "../../src/types";
import { detection } from "../metrics/cases";

const CLASS_NAMES = ["round", `<ring> & "rim"`];

/** An image of a data set that is not a file: its pixels are given. */
function recordOf({ pixels, width, height }: GreyImage): ImageRecord {
  return {
    ...{ id: "scan#1", path: "/missing/scan.nii", labelPath: null, split: "test", patient: "1" },
    ...{ width, height, annotations: [] },
    decode: () => Promise.resolve({ pixels, width, height }),
  };
}

async function decode(source: string) {
  const bytes = Buffer.from(source.slice(source.indexOf(",") + 1), "base64");
  return sharp(bytes).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
}

test("pixels become a smaller JPEG in the frame of the original", async () => {
  const pixels = Uint8Array.from({ length: 640 * 320 }, (_, i) => (i % 640 < 320 ? 40 : 200));
  const picture = await pictureFromPixels({ pixels, width: 640, height: 320 });
  assert.deepEqual([picture.width, picture.height], [640, 320]);
  const { data, info } = await decode(picture.source);
  assert.deepEqual([info.width, info.height], [320, 160]);
  assert.ok(Math.abs(data[80 * 320 + 20] - 40) < 8);
  assert.ok(Math.abs(data[80 * 320 + 300] - 200) < 8);
});

test("small pictures are not enlarged", async () => {
  const record = recordOf({ pixels: new Uint8Array(600).fill(255), width: 30, height: 20 });
  const picture = await pictureOfRecord(record);
  assert.deepEqual([picture.width, picture.height], [30, 20]);
  assert.equal((await decode(picture.source)).info.width, 30);
});

test("a view is cut out and keeps its place in the image", async () => {
  const pixels = Uint8Array.from({ length: 60 * 40 }, (_, i) => (i % 60 >= 30 ? 200 : 40));
  const record = recordOf({ pixels, width: 60, height: 40 });
  const { source, ...place } = await pictureOfView(record, [20.5, -5, 44.2, 18]);
  assert.deepEqual(place, { left: 20, top: 0, width: 25, height: 18 });
  const { data, info } = await decode(source);
  assert.deepEqual([info.width, info.height], [25, 18]);
  assert.ok(Math.abs(data[9 * 25 + 3] - 40) < 12 && Math.abs(data[9 * 25 + 20] - 200) < 12);
});

test("a batch becomes pictures, and its tensor is not disposed", async () => {
  const batch = tf.tidy(
    () => tf.stack([tf.fill([8, 16, 3], 30), tf.fill([8, 16, 3], 220)]) as tf.Tensor4D,
  );
  const pictures = await picturesFromTensor(batch);
  assert.equal(batch.isDisposed, false);
  batch.dispose();
  assert.deepEqual(
    pictures.map(({ width, height }) => [width, height]),
    [
      [16, 8],
      [16, 8],
    ],
  );
  assert.ok(Math.abs((await decode(pictures[0].source)).data[0] - 30) < 4);
  assert.ok(Math.abs((await decode(pictures[1].source)).data[0] - 220) < 4);
});

async function grey(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: { r: 90, g: 90, b: 90 } } })
    .png()
    .toBuffer();
}

async function isColored(png: Buffer, x: number, y: number): Promise<boolean> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return (
    Math.max(data[at], data[at + 1], data[at + 2]) -
      Math.min(data[at], data[at + 1], data[at + 2]) >
    30
  );
}

test("an annotated picture has the size of the original and colored edges of boxes", async () => {
  const found = [
    detection([40, 50, 140, 150], 0.9, [1, 0]),
    detection([150, 10, 190, 40], 0.2, [0, 1]),
  ];
  const png = await annotatePicture(await grey(200, 220), found, {
    classNames: CLASS_NAMES,
    minScore: 0.5,
  });
  const { width, height, format } = await sharp(png).metadata();
  assert.deepEqual([width, height, format], [200, 220, "png"]);
  assert.ok(await isColored(png, 40, 100));
  assert.ok(await isColored(png, 90, 150));
  assert.ok(!(await isColored(png, 90, 100)), "the inside of the box is colored");
  assert.ok(!(await isColored(png, 150, 25)), "a detection below the threshold is drawn");
});

test("class names with markup are drawn as text", async () => {
  const found = [detection([40, 50, 140, 150], 0.9, [0, 1])];
  const png = await annotatePicture(await grey(200, 200), found, {
    classNames: CLASS_NAMES,
    minScore: 0,
  });
  assert.ok(await isColored(png, 40, 100));
});

test("a rotated picture is drawn upright, and one of 16 bits is drawn too", async () => {
  const turned = await sharp(await grey(60, 40))
    .jpeg()
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const found = [detection([5, 5, 30, 50], 0.9)];
  const upright = await sharp(
    await annotatePicture(turned, found, { classNames: ["a"], minScore: 0 }),
  ).metadata();
  assert.deepEqual([upright.width, upright.height], [40, 60]);
  const deep = await sharp(
    Uint16Array.from({ length: 64 * 64 }, (_, i) => i * 16),
    { raw: { width: 64, height: 64, channels: 1 } },
  )
    .toColourspace("grey16")
    .png()
    .toBuffer();
  assert.equal((await sharp(deep).metadata()).depth, "ushort");
  const annotated = await annotatePicture(deep, [detection([10, 10, 50, 50], 0.9)], {
    classNames: ["a"],
    minScore: 0,
  });
  assert.equal((await sharp(annotated).metadata()).depth, "uchar");
  assert.ok(await isColored(annotated, 10, 30));
});

test("an image without detections is unchanged", async () => {
  const png = await annotatePicture(await grey(20, 20), [], { classNames: [], minScore: 0 });
  assert.ok(!(await isColored(png, 10, 10)));
});
