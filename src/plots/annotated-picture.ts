/** An image file with its detections drawn in, as a PNG file's bytes. */
import sharp from "sharp";
import type { Detection } from "../types";
import { CLASS_COLORS, escapeText } from "./figure";

/** Line and letters grow with the image, so that they can be read on small and large ones. */
const LINE_PART = 1 / 220;
const LETTER_PART = 1 / 26;
const SMALLEST_LETTER = 9;
/** Of a letter, in heights: generous, since the font that is found may be a wide one. */
const LETTER_WIDTH = 0.62;
const LABEL_HEIGHT = 1.3;

/**
 * Class and score stand on a dark ground above each box, or inside it where the image ends.
 * @param detections boxes in pixels of the upright image; those below `minScore` are left out
 * @returns a PNG as large as the upright image
 */
export async function annotatePicture(
  file: string | Buffer,
  detections: readonly Detection[],
  { classNames, minScore }: { readonly classNames: readonly string[]; readonly minScore: number },
): Promise<Buffer> {
  const upright = await sharp(file)
    .rotate()
    .toColourspace("srgb")
    .png()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = upright.info;
  const line = Math.max(1, Math.max(width, height) * LINE_PART);
  const letters = Math.max(SMALLEST_LETTER, Math.max(width, height) * LETTER_PART);
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
  return sharp(upright.data)
    .composite([{ input: Buffer.from(overlay) }])
    .png()
    .toBuffer();
}
