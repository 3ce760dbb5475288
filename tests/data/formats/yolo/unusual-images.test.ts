/** Unusual image files: they are read to the right pixels, with boxes that fit them. */
import assert from "node:assert/strict";
import sharp from "sharp";
import { presets } from "../../../../src/config/index";
import type { Dataset } from "../../../../src/data/dataset";
import { decodeImage } from "../../../../src/data/image";
import { loadSample } from "../../../../src/data/sample";
import { type BadInput, imageOf, testBadInput } from "../../bad-input";
import { HEIGHT, sharpOf, WIDTH } from "../../files";
import { boxed, frames, inColor, LABELS, large, plain, rgb, STEM } from "./image-cases";

/** A box of whole pixels: 10 to 20 across, 6 to 24 down. */
const INNER = "0 0.375 0.5 0.25 0.6\n";

/**
 * Checks that the image `04_1` is read, that its pixels differ from `boxed` by at most `tolerance`,
 * and that its box contains exactly the white pixels.
 */
function reads(ending: string, tolerance = 0): (dataset: Dataset) => Promise<void> {
  return async (dataset) => {
    const { path, annotations, width, height } = imageOf(dataset, `${STEM}.${ending}`);
    const { pixels } = await decodeImage(path, [0, 65535]);
    assert.deepEqual([width, height, pixels.length], [WIDTH, HEIGHT, WIDTH * HEIGHT]);
    const expected = boxed();
    const difference = pixels.reduce(
      (most, grey, i) => Math.max(most, Math.abs(grey - expected[i])),
      0,
    );
    assert.ok(difference <= tolerance, `pixels differ by ${difference}`);
    const [{ box }] = annotations;
    pixels.forEach((grey, i) => {
      const [x, y] = [(i % WIDTH) + 0.5, Math.floor(i / WIDTH) + 0.5];
      const isInside = x > box[0] && x < box[2] && y > box[1] && y < box[3];
      assert.equal(grey > 160, isInside, `pixel ${x}, ${y}`);
    });
  };
}

const BLANK =
  /^warning images\/train\/04_1\.png: the image is blank or nearly blank: nearly all of its values are from 128 to 128$/;

/** An image file that must be read. */
function valid(
  name: string,
  ending: string,
  bytes: () => Promise<Buffer>,
  tolerance = 0,
  problems: RegExp[] = [],
): BadInput {
  const files = async () => ({ [`${STEM}.${ending}`]: await bytes(), [LABELS]: INNER });
  return { name, files, problems, check: reads(ending, tolerance) };
}

/** `boxed` with 16 bits: grey, or color with transparency. */
const sixteen = (channels: number) =>
  Uint16Array.from(
    Array.from(boxed()).flatMap((grey) =>
      channels === 1 ? [grey * 257] : [grey * 257, grey * 257, grey * 257, 65535],
    ),
  );

/** Checks that the image can be cropped and scaled for training, and that its box is not empty. */
function trains(width: number, height: number): (dataset: Dataset) => Promise<void> {
  return async (dataset) => {
    const record = imageOf(dataset, `${STEM}.png`);
    assert.deepEqual([record.width, record.height], [width, height]);
    const { pixels, boxes } = await loadSample(record, presets.default.data);
    assert.equal(pixels.length, presets.default.data.imageSize ** 2);
    const [[x1, y1, x2, y2]] = boxes;
    assert.ok([x1, y1, x2, y2].every(Number.isFinite) && x2 > x1 && y2 > y1, String(boxes[0]));
  };
}

testBadInput([
  valid(
    "an animated WebP: its first frame, with a warning",
    "webp",
    async () =>
      sharp(await frames(), { join: { animated: true } })
        .webp({ lossless: true })
        .toBuffer(),
    0,
    [
      /^warning images\/train\/04_1\.webp: it has 3 frames or pages, and only the first is read: save each one as an image file/,
    ],
  ),
  valid(
    "a TIFF of several pages: its first, with a warning",
    "tif",
    async () =>
      sharp(await frames(), { join: { animated: true } })
        .tiff({ compression: "deflate" })
        .toBuffer(),
    0,
    [/^warning images\/train\/04_1\.tif: it has 3 frames or pages/],
  ),
  ...["gif", "png"].map((ending) =>
    valid(
      `an animated GIF named .${ending}: its first frame, with a warning`,
      ending,
      async () =>
        sharp(await frames(), { join: { animated: true } })
          .gif({ dither: 0 })
          .toBuffer(),
      3,
      [/^warning images\/train\/04_1\.(gif|png): it has 3 frames or pages/],
    ),
  ),
  {
    name: "a JPEG whose decoder gives a warning is read, with a warning",
    files: async () => {
      const bytes = await large().jpeg().toBuffer();
      // Bytes between two segments.
      return {
        [`${STEM}.jpg`]: Buffer.concat([
          bytes.subarray(0, 20),
          Buffer.from("stray"),
          bytes.subarray(20),
        ]),
        [LABELS]: "",
      };
    },
    problems: [
      /^warning images\/train\/04_1\.jpg: the image can be read, but its decoder gave a warning \(.+\): look at it/,
    ],
    check: (dataset) => assert.equal(imageOf(dataset, `${STEM}.jpg`).width, 200),
  },
  valid("a PNG named .jpg", "jpg", () => sharpOf(boxed()).toColourspace("b-w").png().toBuffer()),
  valid("an ending in capitals", "PNG", () =>
    sharpOf(boxed()).toColourspace("b-w").png().toBuffer(),
  ),
  // CMYK inks reach neither full black nor every grey value.
  valid(
    "a JPEG in CMYK",
    "jpg",
    () =>
      inColor().toColourspace("cmyk").jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
    30,
  ),
  valid(
    "a PNG with a palette",
    "png",
    () => inColor().png({ palette: true, colours: 256, dither: 0 }).toBuffer(),
    3,
  ),
  valid(
    "transparent pixels are black",
    "png",
    () =>
      sharpOf(
        rgb((grey) => [200, 200, 200, grey]),
        WIDTH,
        HEIGHT,
        4,
      )
        .linear([1.275, 1.275, 1.275, 1], [0, 0, 0, 0])
        .png()
        .toBuffer(),
    1,
  ),
  valid(
    "grey of 16 bits",
    "png",
    () =>
      sharp(sixteen(1), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
        .toColourspace("grey16")
        .png()
        .toBuffer(),
    1,
  ),
  valid(
    "16 bits with transparency",
    "png",
    () =>
      sharp(sixteen(4), { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
        .toColourspace("rgb16")
        .png()
        .toBuffer(),
    1,
  ),
  ...[3, 6, 8].map((orientation) =>
    valid(
      `EXIF orientation ${orientation}: boxes refer to the upright image`,
      "jpg",
      async () => {
        // The rotation that the EXIF orientation undoes; 6 is a quarter turn to the right.
        const angle = { 3: 180, 6: 270, 8: 90 }[orientation];
        const turned = await inColor().rotate(angle).png().toBuffer();
        return sharp(turned)
          .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
          .withMetadata({ orientation })
          .toBuffer();
      },
      12,
    ),
  ),
  {
    name: "1 x 1",
    files: async () => ({ [`${STEM}.png`]: await plain(1, 1), [LABELS]: "0 0.5 0.5 1 1\n" }),
    problems: [BLANK],
    check: trains(1, 1),
  },
  {
    name: "8,192 x 10, the longest side that is read",
    files: async () => ({
      [`${STEM}.png`]: await plain(8192, 10),
      [LABELS]: "0 0.5 0.5 0.1 0.5\n",
    }),
    problems: [BLANK],
    check: trains(8192, 10),
  },
]);
