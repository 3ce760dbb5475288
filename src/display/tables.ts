/** The facts of a data set as danfojs tables. */
import "../tensor/tensorflow"; // danfojs loads TensorFlow too: quietly, once this has set it up
import type { DataFrame } from "danfojs-node";
import type { ImageRecord } from "../types";

/** A danfojs table. The library takes more than a second to load, which a notebook without tables does not have to wait for. */
export function table(rows: unknown[][], columns: string[]): DataFrame {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with this file
  const danfo = require("danfojs-node") as typeof import("danfojs-node");
  return new danfo.DataFrame(rows, { columns });
}

/** One row an image: id, split, patient, width, height, boxes. */
export function imageTable(images: readonly ImageRecord[]): DataFrame {
  const rows = images.map(({ id, split, patient, width, height, annotations }) => [
    id,
    split,
    patient,
    width,
    height,
    annotations.length,
  ]);
  return table(rows, ["image", "split", "patient", "width", "height", "boxes"]);
}

/** One row a box: image, split, patient, class, and its place and size in pixels of the original image. */
export function annotationTable(images: readonly ImageRecord[], classNames: readonly string[]): DataFrame {
  const rows = images.flatMap(({ id, split, patient, annotations }) =>
    annotations.map(({ classId, box: [x1, y1, x2, y2] }) => {
      const numbers = [x1, y1, x2 - x1, y2 - y1].map((value) => Math.round(10 * value) / 10);
      return [id, split, patient, classNames[classId], ...numbers];
    }),
  );
  return table(rows, ["image", "split", "patient", "class", "x", "y", "width", "height"]);
}
