/** Damaged and hostile image files: each is refused and reported once. */
import assert from "node:assert/strict";
import { crc32 } from "zlib";
import { type BadInput, testBadInput } from "../../bad-input";
import { LABELS, large, plain, STEM } from "./image-cases";

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

/** A chunk of a PNG. */
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

/** The first half of a file. */
const half = async (image: Promise<Buffer>) =>
  (await image).subarray(0, Math.floor((await image).length / 2));
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="9" height="9"/></svg>`;

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
    "its content is svg, and only JPEG, PNG, TIFF, WebP, GIF, BMP and JPEG 2000 are read",
  ),
  refused(
    "an AVIF named .png",
    "png",
    () => large().avif().toBuffer(),
    "its content is heif, and .+",
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
    name: "an AVIF",
    files: async () => ({ [`${STEM}.avif`]: await large().avif().toBuffer() }),
    problems: [
      /^warning images\/train\/04_1\.avif: \.avif files are not read, so it was left out: convert it to PNG/,
    ],
  },
  refused(
    "20,000 x 10",
    "png",
    () => plain(20_000, 10),
    "it has 20000 x 10 pixels, and at most 8192 a side are read",
  ),
]);
