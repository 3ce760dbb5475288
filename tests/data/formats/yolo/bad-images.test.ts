/**
 * Unusual and damaged image files: they are read to the right pixels, with boxes that fit them, or
 * reported once for each file.
 */
import assert from "node:assert/strict";
import { crc32 } from "zlib";
import { copyFileSync, mkdirSync, rmSync, symlinkSync } from "fs";
import { join } from "path";
import { execFileSync } from "child_process";
import sharp from "sharp";
import { presets } from "../../../../src/config/index";
import type { Dataset } from "../../../../src/data/dataset";
import { decodeImage } from "../../../../src/data/image";
import { loadSample } from "../../../../src/data/sample";
import { BadInput, forbid, imageOf, testBadInput } from "../../bad-input";
import { HEIGHT, WIDTH, gradient, picture, sharpOf, temporaryFolder } from "../../files";

const STEM = "images/train/04_1";
const LABELS = "labels/train/04_1.txt";
/** A box of whole pixels: 10 to 20 across, 6 to 24 down. */
const INNER = "0 0.375 0.5 0.25 0.6\n";

/** A dark gradient, and white in the box of INNER. */
function boxed(): Uint8Array {
  return gradient(9).map((grey, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    return x >= 10 && x < 20 && y >= 6 && y < 24 ? 255 : grey / 4;
  });
}

const rgb = (map: (grey: number) => number[]) => Uint8Array.from(Array.from(boxed()).flatMap(map));
const inColor = () =>
  sharpOf(
    rgb((grey) => [grey, grey, grey]),
    WIDTH,
    HEIGHT,
    3,
  );

/**
 * Checks that the image `04_1` is read, that its pixels differ from `boxed` by at most `tolerance`,
 * and that its box contains exactly the white pixels.
 */
function reads(ending: string, tolerance = 0): (dataset: Dataset) => Promise<void> {
  return async (dataset) => {
    const { path, annotations, width, height } = imageOf(dataset, `${STEM}.${ending}`);
    const { pixels } = await decodeImage(path);
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

function sound(
  name: string,
  ending: string,
  bytes: () => Promise<Buffer>,
  tolerance = 0,
  problems: RegExp[] = [],
): BadInput {
  const files = async () => ({ [`${STEM}.${ending}`]: await bytes(), [LABELS]: INNER });
  return { name, files, problems, check: reads(ending, tolerance) };
}

/** An image that is refused and left out of the data set. */
function refused(
  name: string,
  ending: string,
  bytes: () => Buffer | string | Promise<Buffer>,
  reason: string,
): BadInput {
  return {
    name,
    files: async () => ({ [`${STEM}.${ending}`]: await bytes(), [LABELS]: "" }),
    problems: [
      new RegExp(
        `^error ${STEM}\\.${ending}: the image cannot be read \\(${reason}\\): replace or remove it$`,
      ),
    ],
    check: ({ images }) => assert.equal(images.length, 3),
    within: 3000,
  };
}

/** Something else than a file at the image's path. */
function placed(
  name: string,
  prepare: (path: string, root: string) => void,
  problems: RegExp[],
): BadInput {
  return {
    name,
    files: { [LABELS]: "" },
    prepare: (root) => prepare(join(root, `${STEM}.png`), root),
    problems,
  };
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A grey PNG of a few bytes, whose header claims a size and which has no pixels. */
function claim(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const nothing = Buffer.alloc(0);
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", nothing),
    chunk("IEND", nothing),
  ]);
}

const half = async (image: Promise<Buffer>) =>
  (await image).subarray(0, Math.floor((await image).length / 2));
const large = () => sharpOf(gradient(9, 200, 200), 200, 200).toColourspace("b-w");
const frames = async () => [await inColor().png().toBuffer(), await picture(5), await picture(6)];
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="9" height="9"/></svg>`;
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

const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "gray" } })
    .png()
    .toBuffer();

testBadInput([
  refused("zero bytes", "jpg", () => "", "Input Buffer is empty"),
  refused("half a JPEG", "jpg", () => half(large().jpeg().toBuffer()), ".+"),
  refused("half a PNG", "png", () => half(large().png().toBuffer()), ".+"),
  refused("half a WebP", "webp", () => half(large().webp().toBuffer()), ".+"),
  refused(
    "half a TIFF",
    "tif",
    () => half(large().tiff({ compression: "deflate" }).toBuffer()),
    ".+",
  ),
  refused(
    "a PNG with a damaged byte",
    "png",
    async () => {
      const bytes = await large().png().toBuffer();
      bytes[Math.floor(bytes.length / 2)] ^= 0xff;
      return bytes;
    },
    ".+",
  ),
  refused("text", "png", () => "this is text", "Input buffer contains unsupported image format"),
  refused(
    "an SVG named .png",
    "png",
    () => SVG,
    "its content is svg, and only JPEG, PNG, TIFF and WebP are read",
  ),
  refused(
    "an animated GIF named .png",
    "png",
    async () =>
      sharp(await frames(), { join: { animated: true } })
        .gif()
        .toBuffer(),
    "its content is gif, and .+",
  ),
  refused(
    "a PNG of a few bytes that claims ten billion pixels",
    "png",
    () => claim(100_000, 100_000),
    "it has 100000 x 100000 pixels, and at most 8192 a side are read",
  ),
  refused(
    "one row more than the limit",
    "png",
    () => claim(8192, 8193),
    "it has 8192 x 8193 pixels, and at most 8192 a side are read",
  ),
  refused(
    "as many pixels as the limit, all missing",
    "png",
    () => claim(8192, 8192),
    "(?!it has).+",
  ),
  {
    name: "an animated GIF",
    files: async () => ({
      [`${STEM}.gif`]: await sharp(await frames(), { join: { animated: true } })
        .gif()
        .toBuffer(),
    }),
    problems: [
      /^warning images\/train\/04_1\.gif: \.gif files are not read, so it was left out: convert it to PNG/,
    ],
  },
  sound(
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
  sound(
    "a TIFF of several pages: its first, with a warning",
    "tif",
    async () =>
      sharp(await frames(), { join: { animated: true } })
        .tiff({ compression: "deflate" })
        .toBuffer(),
    0,
    [/^warning images\/train\/04_1\.tif: it has 3 frames or pages/],
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

  sound("a PNG named .jpg", "jpg", () => sharpOf(boxed()).toColourspace("b-w").png().toBuffer()),
  sound("an ending in capitals", "PNG", () =>
    sharpOf(boxed()).toColourspace("b-w").png().toBuffer(),
  ),
  // CMYK inks reach neither full black nor every grey value.
  sound(
    "a JPEG in CMYK",
    "jpg",
    () =>
      inColor().toColourspace("cmyk").jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
    30,
  ),
  sound(
    "a PNG with a palette",
    "png",
    () => inColor().png({ palette: true, colours: 256, dither: 0 }).toBuffer(),
    3,
  ),
  sound(
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
  sound(
    "grey of 16 bits",
    "png",
    () =>
      sharp(sixteen(1), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
        .toColourspace("grey16")
        .png()
        .toBuffer(),
    1,
  ),
  sound(
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
    sound(
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
    problems: [],
    check: trains(1, 1),
  },
  {
    name: "8,192 x 10, the longest side that is read",
    files: async () => ({
      [`${STEM}.png`]: await plain(8192, 10),
      [LABELS]: "0 0.5 0.5 0.1 0.5\n",
    }),
    problems: [],
    check: trains(8192, 10),
  },
  refused(
    "20,000 x 10",
    "png",
    () => plain(20_000, 10),
    "it has 20000 x 10 pixels, and at most 8192 a side are read",
  ),

  placed("a link that leads nowhere", (path) => symlinkSync("nowhere.png", path), [
    /^error .*04_1\.png: the image cannot be read \(it is a link to a place that does not exist\): replace or remove it/,
  ]),
  placed("a link that leads back to itself", (path) => symlinkSync("04_1.png", path), [
    /^error .*04_1\.png: the image cannot be read \(it is a link that leads back to itself\)/,
  ]),
  placed("a pipe is not read", (path) => execFileSync("mkfifo", [path]), [
    /^error .*04_1\.png: the image cannot be read \(it is a device or a pipe, not a file\)/,
  ]),
  placed("a link to a device", (path) => symlinkSync("/dev/zero", path), [
    /^error .*04_1\.png: the image cannot be read \(it is a device or a pipe, not a file\)/,
    /^warning images\/train: 1 of its files are links to files outside the data set/,
  ]),
  {
    name: "an image without permission to read it",
    prepare: (root) => forbid(join(root, "images/train/01_1.png")),
    problems: [
      /^error images\/train\/01_1\.png: the image cannot be read \(there is no permission to read it\)/,
    ],
  },
  {
    name: "a folder of images without permission to list it",
    prepare: (root) => {
      mkdirSync(join(root, "images/train/more"));
      forbid(join(root, "images/train/more"));
    },
    problems: [
      /^error images\/train\/more: the folder cannot be listed \(there is no permission to read it\): make it readable or/,
    ],
  },
  {
    name: "links to files outside the data set are followed, and reported in one warning",
    prepare: (root) => {
      const pool = temporaryFolder();
      execFileSync("chmod", ["755", pool]);
      for (const name of ["01_1.png", "02_1.png"]) {
        copyFileSync(join(root, "images/train", name), join(pool, name));
        rmSync(join(root, "images/train", name));
        symlinkSync(join(pool, name), join(root, "images/train", name));
      }
    },
    problems: [
      /^warning images\/train: 2 of its files are links to files outside the data set \(the first is 01_1\.png, at \/.+\/01_1\.png\): copy the files in, or remove the links/,
    ],
    check: (dataset) =>
      assert.equal(imageOf(dataset, "images/train/01_1.png").annotations.length, 1),
  },
  {
    name: "a split that is a link to a folder outside the data set",
    prepare: (root) => {
      const pool = temporaryFolder();
      execFileSync("cp", ["-r", join(root, "images/val"), pool]);
      execFileSync("chmod", ["-R", "755", pool]);
      rmSync(join(root, "images/val"), { recursive: true });
      symlinkSync(join(pool, "val"), join(root, "images/val"));
    },
    without: ["data.yaml"],
    problems: [/^warning images\/val: 1 of its files are links to files outside the data set/],
    check: (dataset) => assert.equal(imageOf(dataset, "images/val/03_1.png").annotations.length, 1),
  },
  {
    name: "a link to a folder that is read anyway is left out",
    files: async () => ({
      "images/train/more/05_1.png": await picture(5),
      "labels/train/more/05_1.txt": "",
    }),
    prepare: (root) => symlinkSync("more", join(root, "images/train/again")),
    problems: [/^warning images\/train\/again: the link leads to a folder that is read anyway/],
    check: (dataset) => assert.equal(imageOf(dataset, "images/train/more/05_1.png").split, "train"),
  },
  {
    name: "a link to the folder above it",
    prepare: (root) => symlinkSync("..", join(root, "images/train/again")),
    problems: [
      /^warning images\/train\/again: the link leads to a folder that is read anyway or to a folder above it, so it was left out/,
    ],
  },
]);
