/** An image file with its detections drawn in, as a PNG file's bytes. */
import sharp from "sharp";
import type { Detection } from "../types";
import { COLORS, escapeText, SERIES } from "./figure";

/** Line and letters grow with the image, so that they can be read on small and large ones. */
const LINE_PART = 1 / 220;
const LETTER_PART = 1 / 26;

/** @param detections boxes in pixels of the upright image; those below `minScore` are left out */
export async function annotatePicture(
  file: string | Buffer,
  detections: readonly Detection[],
  { classNames, minScore }: { readonly classNames: readonly string[]; readonly minScore: number },
): Promise<Buffer> {
  const upright = await sharp(file).rotate().toColourspace("srgb").png().toBuffer({ resolveWithObject: true });
  const { width, height } = upright.info;
  const line = Math.max(1, Math.max(width, height) * LINE_PART);
  const letters = Math.max(9, Math.max(width, height) * LETTER_PART);
  const marks = detections
    .filter(({ score }) => score >= minScore)
    .map(({ box: [x1, y1, x2, y2], score, classId }) => {
      const color = SERIES[classId % SERIES.length] ?? COLORS.orange;
      const label = escapeText(`${classNames[classId]} ${score.toFixed(2)}`);
      const textY = y1 > letters * 1.3 ? y1 - letters * 0.3 : y2 + letters;
      return (
        `<rect x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" fill="none" stroke="${color}" stroke-width="${line}"/>` +
        `<text x="${x1}" y="${textY}" font-family="DejaVu Sans, sans-serif" font-size="${letters}" fill="${color}">${label}</text>`
      );
    });
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks.join("")}</svg>`;
  return sharp(upright.data).composite([{ input: Buffer.from(overlay) }]).png().toBuffer(); // prettier-ignore
}
