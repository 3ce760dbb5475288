/** Fast ways to grey, against the conversion of the image library. */
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { equalChannel } from "../../../src/data/pixels/equal-channel";
import { readRaster } from "../../../src/data/pixels/read-raster";
import { percentileRange } from "../../../src/data/pixels/value-range";
import { Random } from "../../../src/util/random";

const [WIDTH, HEIGHT] = [37, 29];

/** `[HEIGHT, WIDTH, channels]` smooth values with some noise. */
function pixels(channels: number, random: Random): Buffer {
  return Buffer.from(
    Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) =>
      Math.min(255, (i % WIDTH) * 5 + random.integer(60)),
    ),
  );
}

const raw = (channels: 1 | 3, values: Buffer) =>
  sharp(values, { raw: { width: WIDTH, height: HEIGHT, channels } });
const grey = (random: Random) => raw(1, pixels(1, random)).toColourspace("b-w");
const equal = (random: Random) => {
  const one = pixels(1, random);
  return raw(
    3,
    Buffer.from(Uint8Array.from({ length: 3 * one.length }, (_, i) => one[Math.floor(i / 3)])),
  );
};
const colored = (random: Random) => raw(3, pixels(3, random));

for (const [title, make] of [
  ["grey PNG", (random: Random) => grey(random).png()],
  ["grey JPEG", (random: Random) => grey(random).jpeg()],
  [
    "grey JPEG, rotated by its EXIF",
    (random: Random) => grey(random).jpeg().withMetadata({ orientation: 6 }),
  ],
  ["PNG with three equal channels", (random: Random) => equal(random).png()],
  ["JPEG with three equal channels", (random: Random) => equal(random).jpeg()],
  [
    "JPEG with three equal channels, mirrored by its EXIF",
    (random: Random) => equal(random).jpeg().withMetadata({ orientation: 5 }),
  ],
  ["colored PNG", (random: Random) => colored(random).png()],
  ["colored JPEG", (random: Random) => colored(random).jpeg()],
  [
    "colored JPEG with a color profile",
    (random: Random) => colored(random).withIccProfile("p3").jpeg(),
  ],
  ["grey JPEG with a color profile", (random: Random) => grey(random).withIccProfile("p3").jpeg()],
  ["WebP with three equal channels", (random: Random) => equal(random).webp({ lossless: true })],
  ["CMYK JPEG", (random: Random) => colored(random).toColourspace("cmyk").jpeg()],
] as const)
  test(`the bytes are those of the library: ${title}`, async () => {
    const file = await make(new Random(title)).toBuffer();
    const expected = await sharp(file)
      .rotate()
      .flatten({ background: "black" })
      .toColourspace("b-w")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { values, width, height, channels } = await readRaster(file);
    assert.equal(channels, 1);
    assert.deepEqual([width, height], [expected.info.width, expected.info.height]);
    assert.deepEqual(Buffer.from(values), expected.data);
  });

test("a channel is found only if all are equal, at every place and alignment", () => {
  for (const count of [1, 3, 4, 5, 8, 9]) {
    const one = Uint8Array.from({ length: count }, (_, i) => (i * 91 + 200) % 256);
    const memory = new Uint8Array(3 * count + 1);
    for (const offset of [0, 1]) {
      const values = new Uint8Array(memory.buffer, offset, 3 * count);
      const fill = () => values.forEach((_, i) => (values[i] = one[Math.floor(i / 3)]));
      fill();
      assert.deepEqual(equalChannel(values), one);
      for (let i = 0; i < values.length; i++) {
        values[i] ^= 1;
        assert.equal(equalChannel(values), null, `${count} pixels, value ${i}`);
        fill();
      }
    }
  }
});

test("bytes and equal values have the same percentiles", () => {
  const random = new Random("bytes");
  for (const size of [1, 2, 1000, 70_000, 200_001]) {
    const bytes = Uint8Array.from(
      { length: size },
      () => random.integer(256) & random.integer(256),
    );
    assert.deepEqual(percentileRange(bytes), percentileRange(Float32Array.from(bytes)));
  }
});
