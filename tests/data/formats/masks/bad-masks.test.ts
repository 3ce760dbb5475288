/** Unusual, damaged and hostile masks: each is read or refused, and every fault is reported. */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readMask } from "../../../../src/data/formats/masks/mask-regions";
import { openDataset } from "../../../../src/data/dataset";
import { UnreadableFile } from "../../../../src/data/read-file";
import { Random } from "../../../../src/util/random";
import { gradient, HEIGHT, picture, sharpOf, temporaryFolder, WIDTH } from "../../files";
import { type FormatCase, folderOf, type NamedBox, testFormat } from "../cases";
import { greyOf, mask, maskValues, type Rectangle } from "./files";

const RECTANGLE: Rectangle = [255, 4, 6, 14, 26];
const BOX: NamedBox = ["lesion", 4, 6, 14, 26];
const IMAGES = ["images/1.png", "images/2.png"];

/** Two images; the first has a valid mask, and the second has the file that is given. */
function second(
  name: string,
  file: () => Promise<Buffer | string> | Buffer | string,
  boxes: readonly NamedBox[] | null,
  problems: readonly RegExp[] = [],
  path = "masks/2.png",
): FormatCase {
  return {
    name,
    images: IMAGES,
    files: async () => ({ "masks/1.png": await mask([RECTANGLE]), [path]: await file() }),
    boxes: { "images/1.png": [BOX], ...(boxes ? { "images/2.png": boxes } : {}) },
    problems,
  };
}

/** A mask that cannot be used: its image is left out, for it would have no boxes. */
function fault(
  name: string,
  file: () => Promise<Buffer | string> | Buffer | string,
  reason: string,
  path = "masks/2.png",
): FormatCase {
  const message = `^warning ${path}: the mask cannot be used \\(.*${reason}.*\\), and neither can its image: it was left out$`;
  return second(
    name,
    file,
    null,
    [/^warning \.: masks that were left out: 1$/, new RegExp(message)],
    path,
  );
}

const rgba = (alpha: (i: number) => number) => {
  const values = maskValues([RECTANGLE]);
  return Uint8Array.from({ length: 4 * values.length }, (_, i) =>
    i % 4 === 3 ? alpha(Math.floor(i / 4)) : values[Math.floor(i / 4)],
  );
};

testFormat("masks", [
  fault("an empty file", () => "", "it is empty"),
  fault("a text", () => "mask", "unsupported image format"),
  fault("a PNG that is cut short", async () => (await picture(1)).subarray(0, 120), "."),
  fault("a header only", async () => (await mask([])).subarray(0, 33), "."),
  fault("a photograph", () => picture(1), "more than 20 grey values, and is not black and white"),
  fault(
    "a photograph as JPEG",
    () => greyOf(gradient(1)).jpeg().toBuffer(),
    "JPEG or WebP image that is not black and white",
    "masks/2.jpg",
  ),
  fault(
    "class numbers as JPEG",
    () =>
      greyOf(maskValues([[2, 4, 6, 14, 26]]))
        .jpeg()
        .toBuffer(),
    "JPEG or WebP image that is not black and white",
    "masks/2.jpg",
  ),
  fault(
    "class numbers as a TIFF with JPEG in it",
    () =>
      greyOf(maskValues([[60, 3, 5, 14, 27]]))
        .tiff({ compression: "jpeg" })
        .toBuffer(),
    "not black and white",
    "masks/2.tif",
  ),
  fault(
    "a colored picture",
    () => {
      const colors = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i * 37) % 251);
      return sharpOf(colors, WIDTH, HEIGHT, 3).png().toBuffer();
    },
    "more than 20 colors",
  ),
  fault(
    "transparent pixels",
    () =>
      sharpOf(
        rgba((i) => (i % 2 ? 255 : 0)),
        WIDTH,
        HEIGHT,
        4,
      )
        .png()
        .toBuffer(),
    "transparent pixels: save it without",
  ),
  fault(
    "a mask that is drawn in transparency alone",
    () => {
      const values = maskValues([RECTANGLE]);
      return sharpOf(
        rgba((i) => values[i]).map((v, i) => (i % 4 === 3 ? v : 0)),
        WIDTH,
        HEIGHT,
        4,
      )
        .png()
        .toBuffer();
    },
    "transparent pixels",
  ),
  fault(
    "real numbers",
    () =>
      greyOf(maskValues([RECTANGLE]))
        .raw({ depth: "float" })
        .toBuffer()
        .then(floatTiff),
    "values are of the type float: save it with 8 or 16 bits",
    "masks/2.tif",
  ),
  fault(
    "an animation",
    async () => {
      const frames = [await mask([RECTANGLE]), await mask([])];
      const { default: sharp } = await import("sharp");
      return sharp(frames, { join: { animated: true } })
        .webp({ lossless: true })
        .toBuffer();
    },
    "2 frames or pages",
    "masks/2.webp",
  ),
  fault(
    "a picture in another format",
    () =>
      greyOf(maskValues([RECTANGLE]))
        .gif()
        .toBuffer(),
    "its content is gif: save it as PNG",
  ),
  fault(
    "thousands of single pixels",
    () => {
      const [width, height] = [400, 300];
      const dots = Uint8Array.from({ length: width * height }, (_, i) =>
        i % 2 || Math.floor(i / width) % 2 ? 0 : 255,
      );
      return greyOf(dots, width, height).png().toBuffer();
    },
    "more than 5000 separate regions",
  ),
  fault(
    "more pixels than are decoded",
    () => greyOf(new Uint8Array(9000), 9000, 1).png().toBuffer(),
    "9000 x 1 pixels, and at most 8192 a side",
  ),
  second("a mask of nothing", () => mask([]), []),
  second("a mask of one pixel", () => mask([[255, 39, 29, 40, 30]]), [["lesion", 39, 29, 40, 30]]),
  second(
    "a mask of twice the size: boxes are scaled",
    () => mask([[255, 8, 12, 28, 52]], 2 * WIDTH, 2 * HEIGHT),
    [BOX],
    [
      /^warning masks\/2.png: images\/2.png: the image is 40 x 30 pixels, and the annotations are for 80 x 60: its boxes were scaled/,
    ],
  ),
  second("a mask of another shape", () => mask([[255, 4, 6, 14, 26]], HEIGHT, WIDTH), null, [
    /annotations are for 30 x 40: it was left out/,
  ]),
  second(
    "a mask of the background",
    () =>
      greyOf(maskValues([RECTANGLE]).map((value) => 255 - value))
        .png()
        .toBuffer(),
    [["lesion", 0, 0, WIDTH, HEIGHT]],
    [
      /^warning \.: images in which one region covers most of the image and reaches all borders, .*: 1 \(images\/2.png\)$/,
    ],
  ),
  second("an ending in capitals", () => mask([RECTANGLE]), [BOX], [], "masks/2.PNG"),
  second("a name with a suffix", () => mask([RECTANGLE]), [BOX], [], "masks/2_mask.png"),
  second("a PNG that is called TIFF", () => mask([RECTANGLE]), [BOX], [], "masks/2.tif"),
  second(
    "a mask without an image",
    () => mask([RECTANGLE]),
    null,
    [
      /^warning \.: images that no annotation file names were left out .*: 1 \(images\/2.png\)$/,
      /^warning masks: images that are annotated, and whose files are missing, were left out: 1 \(3\) of 2$/,
    ],
    "masks/3.png",
  ),
]);

/** A TIFF file of real numbers, which sharp does not write. */
function floatTiff(pixels: Buffer): Buffer {
  const entries: [tag: number, type: number, count: number, value: number][] = [
    [256, 4, 1, WIDTH],
    [257, 4, 1, HEIGHT],
    [258, 3, 1, 32],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, 8],
    [277, 3, 1, 1],
    [278, 4, 1, HEIGHT],
    [279, 4, 1, pixels.length],
    [339, 3, 1, 3],
  ];
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length);
  entries.forEach(([tag, type, count, value], i) => {
    directory.writeUInt16LE(tag, 2 + 12 * i);
    directory.writeUInt16LE(type, 4 + 12 * i);
    directory.writeUInt32LE(count, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  });
  const header = Buffer.from("II*\0\0\0\0\0", "latin1");
  header.writeUInt32LE(8 + pixels.length, 4);
  return Buffer.concat([header, pixels, directory]);
}

testFormat("masks", [
  {
    name: "masks of one image in two folders",
    images: IMAGES,
    files: async () => ({
      "masks/hard/1.png": await mask([RECTANGLE]),
      "masks/soft/1.png": await mask([[255, 20, 0, 25, 5]]),
      "masks/hard/2.png": await mask([RECTANGLE]),
    }),
    boxes: { "images/2.png": [BOX] },
    problems: [
      /^warning \.: masks that were left out: 1$/,
      /the image images\/1.png has masks in several folders, and it is not clear which one counts/,
    ],
  },
  {
    name: "masks of one image with different sizes",
    images: ["1.png", "2.png"],
    files: async () => ({
      "1_mask.png": await mask([RECTANGLE]),
      "1_mask_1.png": await mask([RECTANGLE], 2 * WIDTH, 2 * HEIGHT),
      "2_mask.png": await mask([RECTANGLE]),
    }),
    boxes: { "2.png": [BOX] },
    problems: [/masks that were left out: 1$/, /the masks of 1.png have different sizes/],
  },
  {
    name: "one of several masks cannot be read",
    images: ["1.png", "2.png"],
    files: async () => ({
      "1_mask.png": await mask([RECTANGLE]),
      "1_mask_1.png": "",
      "2_mask.png": await mask([RECTANGLE]),
    }),
    boxes: { "2.png": [BOX] },
    problems: [/masks that were left out: 1$/, /^warning 1_mask_1.png: the mask cannot be used/],
  },
  {
    name: "the same region in two masks",
    images: ["1.png"],
    files: async () => ({
      "1_mask.png": await mask([RECTANGLE]),
      "1_mask_1.png": await mask([RECTANGLE]),
    }),
    boxes: { "1.png": [BOX] },
    problems: [
      /^warning 1_mask.png \(box left out\): region 2: the same box as region 1: remove one of them$/,
    ],
  },
  {
    name: "images without masks, as images without boxes by choice",
    images: IMAGES,
    files: async () => ({ "masks/1.png": await mask([RECTANGLE]) }),
    options: { unlisted: "no-boxes" },
    boxes: { "images/1.png": [BOX], "images/2.png": [] },
    problems: [/images that no annotation file names count as images without boxes: 1/],
  },
  {
    name: "numbers of instances, of which there are too many for classes",
    images: IMAGES,
    files: async () => ({
      "masks/1.png": await mask(
        Array.from({ length: 15 }, (_, i): Rectangle => [i + 1, 2 * i, 0, 2 * i + 1, 5]),
      ),
      "masks/2.png": await mask(
        Array.from({ length: 15 }, (_, i): Rectangle => [i + 16, 2 * i, 0, 2 * i + 1, 5]),
      ),
    }),
    boxes: {},
    problems: [
      /none of its images can be read/,
      /soft edges/,
      /masks that were left out: 2/,
      /1.png: it is not black and white, and the masks have more than 20 values/,
      /2.png: it is not black and white/,
    ],
  },
  {
    name: "two values, of which one is white",
    images: ["images/1.png"],
    files: async () => ({
      "masks/1.png": await mask([
        [128, 4, 6, 14, 26],
        [255, 5, 7, 13, 25],
      ]),
    }),
    boxes: {
      "images/1.png": [
        ["class 128", 4, 6, 14, 26],
        ["class 255", 5, 7, 13, 25],
      ],
    },
    problems: [
      /^warning \.: the values 128, 255 of the masks are read as classes; if they are soft edges/,
    ],
  },
  {
    name: "no masks, by choice",
    images: IMAGES,
    files: {},
    options: { format: "masks" },
    refused: /no masks were found, which are images in a folder such as masks, or with names such/,
  },
  {
    name: "only masks",
    images: ["masks/1.png"],
    files: {},
    refused: /no images were found\. .*or mask images, such as 1_mask\.png beside 1\.png/,
  },
  {
    name: "masks of other images",
    images: IMAGES,
    files: async () => ({ "masks/3.png": await mask([RECTANGLE]) }),
    options: { format: "masks" },
    refused: /none of the 1 images that its annotation files describe .*; they are called 3/,
  },
]);

test("masks: a folder and a broken link with the names of masks are not masks", async () => {
  const root = await folderOf({
    images: IMAGES,
    files: { "masks/1.png": await mask([RECTANGLE]) },
  });
  mkdirSync(join(root, "masks", "2.png"));
  symlinkSync(join(root, "nowhere"), join(root, "masks", "2.tif"));
  const { images, problems } = await openDataset(root);
  assert.deepEqual(
    images.map(({ id }) => id),
    ["images/1.png"],
  );
  assert.match(problems.map(({ message }) => message).join("\n"), /no such file|cannot be used/);
});

test("masks: 120 damaged files are read or refused", async () => {
  const random = new Random("damaged masks");
  const values = maskValues([RECTANGLE, [7, 20, 0, 25, 5]]);
  const originals = await Promise.all([
    greyOf(values).png().toBuffer(),
    greyOf(values).tiff({ compression: "lzw" }).toBuffer(),
    greyOf(values).tiff({ compression: "jpeg" }).toBuffer(),
    greyOf(values).jpeg().toBuffer(),
  ]);
  const path = join(temporaryFolder(), "mask");
  let read = 0;
  for (let i = 0; i < 120; i++) {
    const bytes = Buffer.from(originals[i % originals.length]);
    for (let n = 1 + random.integer(4); n > 0; n--)
      bytes[random.integer(bytes.length)] = random.integer(256);
    writeFileSync(
      path,
      random.chance(0.2) ? bytes.subarray(0, random.integer(bytes.length)) : bytes,
    );
    try {
      const { size, byValue, bright } = await readMask(path);
      for (const { box, area } of [...(byValue ?? []), ...(bright ?? [])]) {
        const [x1, y1, x2, y2] = box;
        assert.ok(x1 >= 0 && y1 >= 0 && x2 <= size.width && y2 <= size.height);
        assert.ok(area > 0 && area <= (x2 - x1) * (y2 - y1));
      }
      read++;
    } catch (error) {
      assert.ok(error instanceof UnreadableFile, String(error));
      assert.ok(error.message.length < 400, error.message);
    }
  }
  assert.ok(read > 10, `${read} were read`);
});
