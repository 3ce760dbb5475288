/** An image file with its detections drawn in, as the bytes of a PNG file. */
import sharp from "sharp";
import { decodeNamed } from "../data/image";
import type { Detection, ValueRange } from "../types";
import { CLASS_COLORS, escapeText } from "./figure";

/** Lines and letters as parts of the longer side, so that they are visible on large images too. */
const LINE_PART = 1 / 220;
const LETTER_PART = 1 / 26;
/** In pixels. */
const SMALLEST_LETTER = 9;
/** Width of a letter in parts of its height. The font of the machine may be a wide one. */
const LETTER_WIDTH = 0.62;
/** Height of a label in parts of the height of its letters. */
const LABEL_HEIGHT = 1.3;

/** What to draw on an image. */
export interface AnnotationOptions {
  readonly classNames: readonly string[];
  /** Detections below this score are left out. */
  readonly minScore: number;
  /** The values of an image of more than 8 bits that become black and white; default: its own. */
  readonly valueRange?: ValueRange | null;
}

/**
 * Draws boxes with class and score. The text is above the box on a dark ground, or inside the box
 * at the upper border of the image.
 * @param file path or content of an image file
 * @param detections boxes in pixels of the original image, after its EXIF rotation
 * @returns a PNG file with the size of the original image
 * @throws when the file cannot be decoded
 */
export async function annotatePicture(
  file: string | Buffer,
  detections: readonly Detection[],
  { classNames, minScore, valueRange }: AnnotationOptions,
): Promise<Buffer> {
  const { pixels, width, height } = await decodeNamed(file, { channels: "rgb", valueRange });
  const longer = Math.max(width, height);
  const line = Math.max(1, longer * LINE_PART);
  const letters = Math.max(SMALLEST_LETTER, longer * LETTER_PART);
  const marks = detections
    .filter(({ score }) => score >= minScore)
    .map(({ box: [x1, y1, x2, y2], score, classId }) => {
      const color = CLASS_COLORS[classId % CLASS_COLORS.length];
      const label = `${classNames[classId]} ${score.toFixed(2)}`;
      const ground = {
        width: (label.length + 1) * LETTER_WIDTH * letters,
        height: LABEL_HEIGHT * letters,
      };
      const x = Math.max(0, Math.min(x1, width - ground.width));
      const y = y1 >= ground.height ? y1 - ground.height : y1;
      return (
        `<rect x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" fill="none" stroke="${color}" stroke-width="${line}"/>` +
        `<rect x="${x}" y="${y}" width="${ground.width}" height="${ground.height}" fill="black" fill-opacity="0.6"/>` +
        `<text x="${x + (LETTER_WIDTH * letters) / 2}" y="${y + letters}" font-family="DejaVu Sans, sans-serif" ` +
        `font-size="${letters}" fill="${color}">${escapeText(label)}</text>`
      );
    });
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks.join("")}</svg>`;
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(overlay) }])
    .png()
    .toBuffer();
}
