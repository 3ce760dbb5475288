import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sharp } from "sharp";
import { decodeImage } from "../../src/data/image";
import { gradient, HEIGHT, sharpOf, WIDTH } from "./files";

const GREY = gradient(0);

function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

/** Each grey value as three equal ones; a fourth channel is the opacity. */
function colored(channels: 3 | 4, opacity: (i: number) => number = () => 255): Uint8Array {
  const pixels = new Uint8Array(GREY.length * channels);
  GREY.forEach((value, i) => {
    pixels.fill(value, i * channels, i * channels + 3);
    if (channels === 4) pixels[i * channels + 3] = opacity(i);
  });
  return pixels;
}

const grey = () => sharpOf(GREY).toColourspace("b-w");
const deep = () => sharpOf(Uint16Array.from(GREY, (value) => value * 257)).toColourspace("grey16");

test("each format is decoded to the grey values that were written", async () => {
  const cases: [string, Sharp, number][] = [
    ["PNG", grey().png(), 0],
    ["PNG, 16 bit", deep().png(), 0],
    ["TIFF", grey().tiff({ compression: "deflate" }), 0],
    ["TIFF, 16 bit", deep().tiff({ compression: "lzw" }), 0],
    ["JPEG", grey().jpeg({ quality: 98 }), 4],
    ["WebP", grey().webp({ lossless: true }), 1],
    ["RGB PNG", sharpOf(colored(3), WIDTH, HEIGHT, 3).png(), 1],
    ["RGBA PNG", sharpOf(colored(4), WIDTH, HEIGHT, 4).png(), 1],
    ["palette PNG", sharpOf(colored(3), WIDTH, HEIGHT, 3).png({ palette: true, dither: 0 }), 2],
  ];
  for (const [name, image, tolerance] of cases) {
    const decoded = await decodeImage(await image.toBuffer(), [0, 65535]);
    assert.deepEqual([decoded.width, decoded.height], [WIDTH, HEIGHT], name);
    assert.ok(decoded.pixels instanceof Uint8Array, name);
    const difference = maxDifference(decoded.pixels, GREY);
    assert.ok(difference <= tolerance, `${name}: differs by ${difference}`);
  }
});

test("an image of 16 bits is scaled to 8", async () => {
  const file = await sharpOf(Uint16Array.of(0, 127, 257, 512, 128 * 257, 65535), 6, 1)
    .toColourspace("grey16")
    .png()
    .toBuffer();
  assert.equal(file[24], 16, "the depth in the PNG's header");
  assert.deepEqual([...(await decodeImage(file)).pixels], [0, 0, 1, 2, 128, 255]);
});

test("CMYK is decoded to grey in the same order of brightness", async () => {
  const file = await sharpOf(colored(3), WIDTH, HEIGHT, 3)
    .toColourspace("cmyk")
    .jpeg({ quality: 98 })
    .toBuffer();
  const { pixels, width, height } = await decodeImage(file);
  assert.deepEqual([width, height], [WIDTH, HEIGHT]);
  const mean = (select: (value: number) => boolean) => {
    const chosen = Array.from(pixels).filter((_, i) => select(GREY[i]));
    return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
  };
  const [dark, middle, bright] = [
    mean((v) => v < 40),
    mean((v) => v > 60 && v < 90),
    mean((v) => v > 110),
  ];
  assert.ok(dark + 15 < middle && middle + 15 < bright, `${dark} ${middle} ${bright}`);
});

test("color is decoded to luminance", async () => {
  const color = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255);
  const { pixels } = await decodeImage(await sharpOf(color, 4, 1, 3).png().toBuffer());
  const [red, green, blue, white] = pixels;
  assert.ok(blue < red && red < green && green < white && white === 255, `${Array.from(pixels)}`);
});

test("transparent pixels are black", async () => {
  const file = await sharpOf(
    colored(4, (i) => (i < WIDTH ? 0 : 255)),
    WIDTH,
    HEIGHT,
    4,
  )
    .png()
    .toBuffer();
  const { pixels } = await decodeImage(file);
  assert.equal(maxDifference(pixels.subarray(0, WIDTH), new Uint8Array(WIDTH)), 0);
  assert.ok(maxDifference(pixels.subarray(WIDTH), GREY.subarray(WIDTH)) <= 1);
});

test("every EXIF orientation is applied to the pixels and the size", async () => {
  // The stored column and row of the upright pixel (x, y) for each of the eight orientations (EXIF
  // 2.32, tag 274).
  const [W, H] = [WIDTH, HEIGHT];
  const stored: ((x: number, y: number) => [number, number])[] = [
    (x, y) => [x, y],
    (x, y) => [W - 1 - x, y],
    (x, y) => [W - 1 - x, H - 1 - y],
    (x, y) => [x, H - 1 - y],
    (x, y) => [y, x],
    (x, y) => [y, W - 1 - x],
    (x, y) => [H - 1 - y, W - 1 - x],
    (x, y) => [H - 1 - y, x],
  ];
  for (let orientation = 1; orientation <= 8; orientation++) {
    const isTurned = orientation >= 5;
    const [width, height] = isTurned ? [H, W] : [W, H];
    const pixels = new Uint8Array(width * height);
    for (let y = 0; y < H; y++) {
      for (let x = 0; x < W; x++) {
        const [column, row] = stored[orientation - 1](x, y);
        pixels[row * width + column] = GREY[y * W + x];
      }
    }
    const file = await sharpOf(pixels, width, height)
      .toColourspace("b-w")
      .tiff({ compression: "deflate" })
      .withMetadata({ orientation })
      .toBuffer();
    const decoded = await decodeImage(file);
    assert.deepEqual([decoded.width, decoded.height], [W, H], `orientation ${orientation}`);
    assert.equal(maxDifference(decoded.pixels, GREY), 0, `orientation ${orientation}`);
  }
});

test("damaged files are refused", async () => {
  const large = () => sharpOf(gradient(1, 300, 300), 300, 300).toColourspace("b-w");
  for (const image of [
    large().jpeg(),
    large().png(),
    large().tiff({ compression: "deflate" }),
    large().webp(),
  ]) {
    const bytes = await image.toBuffer();
    await assert.rejects(decodeImage(bytes.subarray(0, Math.floor(bytes.length * 0.6))));
  }
  await assert.rejects(decodeImage(Buffer.from("text")), /unsupported image format/);
  await assert.rejects(decodeImage("/no/such/file.png"), /missing/);
});
