/** Small data sets in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { dirname, join } from "path";
import { after } from "node:test";
import sharp from "sharp";

export const WIDTH = 40;
export const HEIGHT = 30;

/** An empty folder, removed when the test file ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "slices-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files, text or bytes, by their path below the folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Grey pixels of a gradient. Each `variant` gives another image. */
export function gradient(variant: number, width = WIDTH, height = HEIGHT): Uint8Array {
  return Uint8Array.from(
    { length: width * height },
    (_, i) => ((i % width) * 3 + Math.floor(i / width) + variant) % 256,
  );
}

/** Raw pixels as a sharp image. */
export function sharpOf(
  pixels: Uint8Array | Uint16Array,
  width = WIDTH,
  height = HEIGHT,
  channels: 1 | 3 | 4 = 1,
) {
  return sharp(pixels, { raw: { width, height, channels } });
}

/** A grey PNG of WIDTH x HEIGHT. */
export function picture(variant: number): Promise<Buffer> {
  return sharpOf(gradient(variant)).toColourspace("b-w").png().toBuffer();
}

/**
 * A line of a label file: a box in the middle of the picture, with a quarter of its width and half
 * its height.
 */
export const LABEL = "0 0.5 0.5 0.25 0.5\n";

/** A valid data set of three images in two splits, to which a case adds its fault. */
export async function soundSet(): Promise<Record<string, string | Buffer>> {
  return {
    "data.yaml": "train: images/train\nval: images/val\nnames: [ring, solid]\n",
    "images/train/01_1.png": await picture(1),
    "images/train/02_1.png": await picture(2),
    "images/val/03_1.png": await picture(3),
    "labels/train/01_1.txt": LABEL,
    "labels/train/02_1.txt": "",
    "labels/val/03_1.txt": LABEL,
  };
}
