/** The names that the images of a data set get in a converted data set. */
import { basename, posix } from "path";
import type { ImageRecord } from "../../types";
import { stemOf } from "../image-files";

/** Folders that have a meaning in a converted data set. */
const MEANINGFUL = /^(images|labels|annotations)$/i;

/** An image with its place in the converted data set. */
export interface OutputImage {
  readonly record: ImageRecord;
  /** Name of the folder of its split. */
  readonly split: string;
  /** Path below the split's folder without an ending, with forward slashes. */
  readonly name: string;
}

/**
 * Gives each image a name. Names stay as they are; folders that all images of a split have in
 * common are left out.
 * @returns the images in their order; no two of a split have the same name, not even if the case of
 * letters is ignored
 */
export function outputImages(images: readonly ImageRecord[]): OutputImage[] {
  const common = new Map<string, readonly string[]>();
  for (const { split, id } of images)
    common.set(split, commonStart(common.get(split), foldersOf(id)));
  const taken = new Set<string>();
  return images.map((record) => {
    const split = folderOfSplit(record.split);
    const folders = foldersOf(record.id)
      .slice(common.get(record.split)!.length)
      .filter((folder) => !MEANINGFUL.test(folder));
    const wanted = [...folders, fileStem(record)].join("/");
    let name = wanted;
    for (let count = 2; taken.has(keyOf(split, name)); count++) name = `${wanted}-${count}`;
    taken.add(keyOf(split, name));
    return { record, split, name };
  });
}

/** The name of a split as a folder. */
export function folderOfSplit(split: string): string {
  const name = split.replace(/[^\p{L}\p{N}._ -]/gu, "_").replace(/^[. ]+|[. ]+$/g, "_");
  return name === "" || MEANINGFUL.test(name) ? `${name}_` : name;
}

/** The file's name without its ending, and with the part of an image of several in one file. */
function fileStem({ id, path }: ImageRecord): string {
  const file = basename(path);
  const part = posix.basename(id).slice(file.length).replace("#", "_");
  return stemOf(file) + part;
}

/** The folders of an image's id. */
function foldersOf(id: string): string[] {
  return id.split("/").slice(0, -1);
}

/** The first folders that two lists have in common. */
function commonStart(a: readonly string[] | undefined, b: readonly string[]): readonly string[] {
  if (!a) return b;
  const end = a.findIndex((folder, i) => folder !== b[i]);
  return end < 0 ? a : a.slice(0, end);
}

/** Names as file systems compare them that ignore case and the form of accents. */
function keyOf(split: string, name: string): string {
  return `${split}/${name}`.normalize("NFC").toLowerCase();
}
