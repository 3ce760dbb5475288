/** Small COCO files. */
import { HEIGHT, WIDTH } from "../../files";

type Json = Readonly<Record<string, unknown>>;

/** Categories with gaps between their ids. */
export const CATEGORIES = [
  { id: 3, name: "ring" },
  { id: 90, name: "solid" },
];

/** An image's entry. */
export function image(id: number | string, name: string, more: Json = {}): Json {
  return { id, file_name: name, width: WIDTH, height: HEIGHT, ...more };
}

/** An annotation's entry. Its box is `[4, 6, 14, 26]` unless given. */
export function annotation(id: number, imageId: unknown, more: Json = {}): Json {
  const bbox = [4, 6, 10, 20];
  return { id, image_id: imageId, category_id: 3, bbox, area: 200, iscrowd: 0, ...more };
}

/** The text of a COCO file. */
export function cocoFile(
  images: readonly unknown[],
  annotations: readonly unknown[],
  categories: unknown = CATEGORIES,
): string {
  return JSON.stringify({ info: {}, images, annotations, categories });
}
