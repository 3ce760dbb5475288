/** Small Pascal VOC files. */
import { HEIGHT, WIDTH } from "../../files";

/** One `<object>`. Its box is `[4, 6, 14, 26]` in pixels that are counted from 0, unless given. */
export function object(
  name = "ring",
  box: readonly (number | string)[] = [5, 7, 14, 26],
  more = "",
): string {
  const [x1, y1, x2, y2] = box;
  return `<object><name>${name}</name>${more}<bndbox><xmin>${x1}</xmin><ymin>${y1}</ymin><xmax>${x2}</xmax><ymax>${y2}</ymax></bndbox></object>`;
}

/** The text of a file. */
export function vocFile(
  objects: string,
  filename = "",
  size: readonly number[] = [WIDTH, HEIGHT],
): string {
  const [width, height] = size;
  const sizeText = size.length
    ? `<size><width>${width}</width><height>${height}</height><depth>1</depth></size>`
    : "";
  return `<?xml version="1.0"?>\n<annotation verified="yes">\n<folder>x</folder>${filename && `<filename>${filename}</filename>`}\n${sizeText}\n<segmented>0</segmented>${objects}\n</annotation>\n`;
}
