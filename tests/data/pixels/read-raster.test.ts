/** Images of all kinds of numbers, against what Pillow, tifffile and NumPy read in them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { rangeOfFile, readRaster } from "../../../src/data/pixels/read-raster";
import { decodeNamed } from "../../../src/data/image";
import { tiffOf } from "./tiff";

const REFERENCE = join(__dirname, "..", "..", "reference");
const { width, height, files } = JSON.parse(
  readFileSync(join(REFERENCE, "pixels.json"), "utf8"),
) as {
  width: number;
  height: number;
  files: Record<string, { channels: 1 | 3; values: (number | null)[] }>;
};
const path = (name: string) => join(REFERENCE, "pixels", name);
/** Files that are refused, although other programs read them, and the reason. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "rotated-float.tif": /its header says that it is rotated/,
  "float32-zstd.tif": /its compression is number 50000: save it with LZW, zlib or none/,
  "run-lengths.bmp": /it is a BMP of 8 bits with compression 1/,
  "4-bits.bmp": /it is a BMP of 4 bits/,
  "cut-short.bmp": /it is damaged or cut short/,
  "too-wide.bmp": /it has 100000 x 9 pixels, and at most 8192 a side are read/,
  "float32-cut.tif": /it is damaged or cut short/,
  "int16-tiles-cut.tif": /it is damaged or cut short/,
  "uint16-cut.jp2": /it is damaged or cut short/,
  "too-wide-float.tif": /9000 x 1 pixels/,
};
/** Color files: Pillow has no luminance of 16 bits or floating-point numbers to compare with. */
const COLORS = Object.entries(files).filter(([, { channels }]) => channels === 3);

test("grey images of all kinds of numbers have the values that were written", async () => {
  for (const [name, { channels, values }] of Object.entries(files)) {
    if (channels === 3 || REFUSED[name]) continue;
    const raster = await readRaster(path(name));
    assert.deepEqual([raster.width, raster.height, raster.channels], [width, height, 1], name);
    values.forEach((value, i) => {
      const found = raster.values[i];
      const isRight =
        value === null
          ? !Number.isFinite(found)
          : Math.abs(found - value) <= 1e-6 * Math.max(1, Math.abs(value));
      assert.ok(isRight, `${name}: value ${i} is ${found}, not ${value}`);
    });
  }
});

test("colors stay as they are, and grey images get three equal channels", async () => {
  for (const [name, { values }] of COLORS) {
    const raster = await readRaster(path(name), { channels: "rgb" });
    assert.deepEqual([raster.width, raster.height, raster.channels], [width, height, 3], name);
    values.forEach((value, i) => {
      assert.ok(
        Math.abs(raster.values[i] - value!) <= 1e-6 * Math.max(1, value!),
        `${name}: value ${i} is ${raster.values[i]}, not ${value}`,
      );
    });
  }
  for (const name of ["grey.bmp", "grey.jp2", "uint16.png", "float32.tif"]) {
    const [color, grey] = [
      await readRaster(path(name), { channels: "rgb" }),
      await readRaster(path(name)),
    ];
    assert.deepEqual(
      color.values,
      color.values.map((_, i) => grey.values[Math.floor(i / 3)]),
      name,
    );
  }
});

test("the luminance of colors is between their darkest and their brightest channel", async () => {
  for (const [name, { values }] of COLORS) {
    const grey = await readRaster(path(name));
    assert.equal(grey.channels, 1);
    grey.values.forEach((value, i) => {
      const channels = values.slice(3 * i, 3 * i + 3) as number[];
      const tolerance = 0.01 * Math.max(...channels);
      assert.ok(value >= Math.min(...channels) - tolerance, `${name}: ${value} of ${channels}`);
      assert.ok(value <= Math.max(...channels) + tolerance, `${name}: ${value} of ${channels}`);
    });
  }
});

test("bytes are told from other numbers, and only these have a range", async () => {
  for (const name of Object.keys(files)) {
    if (REFUSED[name]) continue;
    const isDeep = /int|float|finite/.test(name);
    assert.equal((await readRaster(path(name))).values instanceof Float32Array, isDeep, name);
    if (name !== "nothing-finite.tif")
      assert.equal((await rangeOfFile(path(name))) !== null, isDeep, name);
  }
  assert.equal(await rangeOfFile(path("nothing-finite.tif")), null);
  assert.equal(await rangeOfFile(path("cut-short.bmp")), null);
});

test("of several frames and pages the first is read, and they are counted", async () => {
  assert.equal((await readRaster(path("frames.gif"))).frames, 2);
  assert.equal((await readRaster(path("int16-pages.tif"))).frames, 2);
});

test("damaged images, and those that would be read wrongly, are refused with a reason", async () => {
  for (const [name, reason] of Object.entries(REFUSED))
    await assert.rejects(readRaster(path(name)), reason, name);
});

test("a TIFF of a compression that the decoder does not know is refused, and not black", async () => {
  const known = tiffOf(
    Uint16Array.from({ length: 64 }, (_, i) => 1000 * i),
    8,
    8,
  );
  const [tag, zstd] = [259, 50000];
  const at = known.findIndex((_, i) => i + 1 < known.length && known.readUInt16LE(i) === tag);
  const unknown = Buffer.from(known);
  unknown.writeUInt16LE(zstd, at + 8);
  assert.equal((await readRaster(known)).values[63], 63_000);
  await assert.rejects(readRaster(unknown), /compression/i);
  await assert.rejects(
    decodeNamed(unknown),
    /^Error: image: cannot be decoded: [^\n]*compression[^\n]*$/i,
  );
});

test("a TIFF whose channels are not grey or RGB is refused", async () => {
  const signed = tiffOf(
    Int16Array.from({ length: 64 }, (_, i) => i),
    8,
    8,
  );
  const [tag, lab] = [262, 8];
  const at = signed.findIndex((_, i) => i + 1 < signed.length && signed.readUInt16LE(i) === tag);
  const colors = Buffer.from(signed);
  colors.writeUInt16LE(lab, at + 8);
  assert.equal((await readRaster(signed)).values[63], 63);
  await assert.rejects(readRaster(colors), /its colors are of the kind 8: save it as grey or RGB/);
});

test("the pixels of a BMP begin where its header says", async () => {
  for (const name of ["palette.bmp", "color.bmp", "grey.bmp"]) {
    const bytes = readFileSync(path(name));
    const start = bytes.readUInt32LE(10);
    const moved = Buffer.concat([
      bytes.subarray(0, start),
      Buffer.alloc(37, 0x7f),
      bytes.subarray(start),
    ]);
    moved.writeUInt32LE(start + 37, 10);
    assert.deepEqual(await readRaster(moved), await readRaster(bytes), name);
  }
});

test("a BMP may have fewer colors than its bits can number", async () => {
  const grey = readFileSync(path("grey.bmp"));
  // The table of the 200 darkest grey values, and the pixels with them.
  const [colors, pixels] = [200, grey.readUInt32LE(10)];
  const short = Buffer.concat([
    grey.subarray(0, 54 + 4 * colors),
    grey.subarray(pixels).map((value) => Math.min(value, colors - 1)),
  ]);
  short.writeUInt32LE(54 + 4 * colors, 10);
  short.writeUInt32LE(0, 46);
  const { values } = await readRaster(grey);
  assert.deepEqual(
    (await readRaster(short)).values,
    values.map((value) => Math.min(value, colors - 1)),
  );
});

/** Far more than a busy machine needs: a wrong size must not make the reader work for minutes. */
const ENDLESS_MS = 60_000;

test("files with wrong bytes are read or refused, soon and with a sentence", async () => {
  for (const name of ["float32.tif", "int16-tiles.tif", "grey.jp2", "uint16.jp2", "palette.bmp"]) {
    const bytes = readFileSync(path(name));
    for (let at = 0; at < Math.min(bytes.length, 600); at += 7) {
      const wrong = Buffer.from(bytes);
      wrong[at] ^= 0xff;
      const start = performance.now();
      const message = await readRaster(wrong).then(
        (raster) => {
          assert.equal(raster.values.length, raster.width * raster.height, `${name} ${at}`);
          return "read";
        },
        (error: Error) => error.message,
      );
      assert.ok(message.length > 3, `${name} ${at}: ${message}`);
      assert.ok(performance.now() - start < ENDLESS_MS, `${name} ${at} took too long`);
    }
  }
});
