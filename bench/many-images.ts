/**
 * A YOLO-format data set of any number of small images that are drawn quickly. It is for
 * measurements of time and memory, not of quality.
 */
import { mkdirSync } from "fs";
import { writeFile } from "fs/promises";
import { join } from "path";
import sharp from "sharp";
import { inParallel } from "../src/util/in-parallel";
import { formatLabels } from "../src/data/formats/yolo/labels";
import { Random } from "../src/util/random";
import type { ImageBox } from "../src/types";

/** Width and height of an image in pixels. */
const SIDE = 256;
const SLICES_PER_PATIENT = 10;
/** One patient in this number is a validation patient. */
const VALIDATION_EVERY = 20;
const CENTER = SIDE / 2;

interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly grey: number;
}

/**
 * Writes `images/train`, `images/val` and their labels: grey JPEG files named `PATIENT_SLICE` with
 * one bright ellipse each. The same count gives the same files.
 */
export async function drawManyImages(folder: string, count: number): Promise<void> {
  for (const part of ["images/train", "images/val", "labels/train", "labels/val"])
    mkdirSync(join(folder, part), { recursive: true });
  await inParallel(Array.from({ length: count }), async (_, i) => {
    const patient = Math.floor(i / SLICES_PER_PATIENT);
    const split = patient % VALIDATION_EVERY ? "train" : "val";
    const name = `${String(patient).padStart(5, "0")}_${i % SLICES_PER_PATIENT}`;
    const { bytes, box } = await drawImage(i);
    await writeFile(join(folder, "images", split, `${name}.jpg`), bytes);
    const labels = formatLabels([{ classId: 0, box }], { width: SIDE, height: SIDE });
    await writeFile(join(folder, "labels", split, `${name}.txt`), labels);
  });
}

/**
 * An image of a head with some dark blobs and a bright one.
 * @param index the same index gives the same image
 * @returns the bytes of a JPEG file, and the box of the bright blob in pixels of the image
 */
export async function drawImage(index: number): Promise<{ bytes: Buffer; box: ImageBox }> {
  const random = new Random(`many/${index}`);
  const head = {
    x: CENTER,
    y: CENTER,
    halfWidth: random.uniform(80, 100),
    halfHeight: random.uniform(95, 120),
    grey: 70,
  };
  const within = (low: number, high: number, grey: number): Ellipse => ({
    x: CENTER + random.uniform(-35, 35),
    y: CENTER + random.uniform(-45, 45),
    halfWidth: random.uniform(low, high),
    halfHeight: random.uniform(low, high),
    grey,
  });
  const blobs = Array.from({ length: 8 }, () => within(10, 30, random.uniform(40, 120)));
  const tumor = within(8, 22, 220);
  const pixels = new Uint8Array(SIDE * SIDE);
  for (const ellipse of [head, ...blobs, tumor]) fill(pixels, ellipse);
  const bytes = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .toColourspace("b-w")
    .jpeg()
    .toBuffer();
  const { x, y, halfWidth, halfHeight } = tumor;
  return { bytes, box: [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight] };
}

/** Fills an ellipse, row by row. */
function fill(pixels: Uint8Array, { x, y, halfWidth, halfHeight, grey }: Ellipse): void {
  for (let row = Math.ceil(y - halfHeight); row <= y + halfHeight; row++) {
    const half = halfWidth * Math.sqrt(Math.max(0, 1 - ((row - y) / halfHeight) ** 2));
    pixels.fill(grey, row * SIDE + Math.ceil(x - half), row * SIDE + Math.floor(x + half) + 1);
  }
}
