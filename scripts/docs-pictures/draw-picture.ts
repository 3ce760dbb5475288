/** Draws a figure of a notebook as a small PNG file. */
import sharp from "sharp";
import type { PictureSource } from "./picture-list";

const WHITE = "#ffffff";
/** Pixels of the strip above a thumbnail that holds its caption. */
const CAPTION_HEIGHT = 30;
/** Largest size of a file in bytes. */
export const MAX_BYTES = { thumbnail: 40_000, picture: 120_000 };
/**
 * Colors of a PNG file, most first. Few are enough for grey slices with colored boxes, and make the
 * file small.
 */
const COLORS = [128, 64, 48, 32, 24, 16];
/** Dots an inch that the SVG is drawn with before it is scaled down; 72 draws one pixel a unit. */
const DENSITY = 144;

/**
 * The bytes of a PNG file with the figure on white, with as many colors as its size allows.
 * @param svg the figure
 */
export async function drawPicture(
  svg: string,
  { size: { width, thumbnailHeight }, caption = "" }: Pick<PictureSource, "size" | "caption">,
): Promise<Buffer> {
  const figure = sharp(Buffer.from(svg), { density: DENSITY }).flatten({ background: WHITE });
  if (thumbnailHeight === undefined)
    return compressed(await figure.resize({ width }).png().toBuffer(), MAX_BYTES.picture);
  const inside = await figure
    .resize(width, thumbnailHeight - CAPTION_HEIGHT, { fit: "contain", background: WHITE })
    .png()
    .toBuffer();
  const thumbnail = { width, height: thumbnailHeight, channels: 3, background: WHITE } as const;
  const drawn = await sharp({ create: thumbnail })
    .composite([
      { input: inside, left: 0, top: CAPTION_HEIGHT },
      { input: Buffer.from(captionSvg(caption, width)), left: 0, top: 0 },
    ])
    .png()
    .toBuffer();
  return compressed(drawn, MAX_BYTES.thumbnail);
}

/**
 * The picture with the most colors that stays below the limit.
 * @throws when it does not with the fewest
 */
async function compressed(png: Buffer, maxBytes: number): Promise<Buffer> {
  for (const colors of COLORS) {
    const bytes = await sharp(png)
      .png({ palette: true, colors, dither: 0.5, effort: 10 })
      .toBuffer();
    if (bytes.length <= maxBytes) return bytes;
  }
  throw new Error(
    `the picture has more than ${maxBytes} bytes even with ${COLORS.at(-1)} colors: make it smaller in scripts/docs-pictures/picture-list.ts`,
  );
}

function captionSvg(caption: string, width: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${CAPTION_HEIGHT}">
    <text x="8" y="21" font-family="sans-serif" font-size="16" font-weight="bold" fill="#1f2328">${caption}</text>
  </svg>`;
}
