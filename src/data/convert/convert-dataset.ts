/** Writes a data set in another format. */
import { existsSync, readdirSync } from "fs";
import { mkdir, rename, rm, rmdir, writeFile } from "fs/promises";
import { basename, dirname, join, resolve } from "path";
import { inParallel } from "../../util/in-parallel";
import { writeError } from "../../util/atomic-write";
import { makeFolder } from "../../util/make-folder";
import type { Dataset } from "../dataset";
import { isFolder, isWithin, realPath } from "../folders";
import { outputImages } from "./output-names";
import type { ConversionTarget, PlacedImage } from "./target";
import { cocoTarget } from "./to-coco";
import { yoloTarget } from "./to-yolo";
import { writeImage } from "./write-image";

/** Every format that data sets are converted to: one line each. */
export const TARGETS: readonly ConversionTarget[] = [yoloTarget, cocoTarget];

/** What a conversion wrote. */
export interface Conversion {
  /** Number of images. */
  readonly images: number;
  readonly boxes: number;
  /** What the new data set does not have, and what a reader must know; full sentences. */
  readonly remarks: readonly string[];
}

/**
 * Writes a data set in another format. The new folder appears when it is complete.
 * @param dataset any data set; it is not changed
 * @param options.to name of the format: `yolo` or `coco`
 * @param options.out the new folder, which must not exist or be empty
 * @param options.signal stops the conversion; nothing of it remains
 * @throws when the folder holds files, lies inside the data set or around it, or cannot be written,
 * when an image cannot be read, and when it was stopped
 * @example
 * await convertDataset(await openDataset("mine"), { to: "coco", out: "mine-coco" });
 */
export async function convertDataset(
  dataset: Dataset,
  options: { readonly to: string; readonly out: string; readonly signal?: AbortSignal },
): Promise<Conversion> {
  const target = TARGETS.find(({ name }) => name === options.to);
  if (!target)
    throw new Error(
      `unknown format '${options.to}'; a data set can be converted to ${TARGETS.map(({ name }) => name).join(" or ")}`,
    );
  const out = resolve(options.out);
  requireFree(out, dataset.root);
  makeFolder(dirname(out));
  const unfinished = join(dirname(out), `.${basename(out)}-${process.pid}`);
  await mkdir(unfinished);
  try {
    const { images, remarks } = await writeImages(dataset, unfinished, options.signal);
    const written = target.annotationFiles(images, dataset.classNames);
    for (const [path, text] of written.files) {
      await mkdir(dirname(join(unfinished, path)), { recursive: true });
      await writeFile(join(unfinished, path), text);
    }
    if (existsSync(out)) await rmdir(out);
    await rename(unfinished, out);
    return {
      images: images.length,
      boxes: dataset.boxCount,
      remarks: [...remarks, ...written.remarks],
    };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw isFileError(error) ? writeError(out, error) : error;
  }
}

/** @throws when a folder holds files, or lies inside the data set or around it */
function requireFree(out: string, root: string): void {
  if (existsSync(out) && !isFolder(out)) throw new Error(`${out} is a file: name a folder`);
  if (existsSync(out) && readdirSync(out).length)
    throw new Error(`${out} holds other files: name a new folder, or an empty one`);
  const [real, source] = [realPath(out), realPath(root)];
  if (isWithin(source, real) || isWithin(real, source))
    throw new Error(`${out} and ${root} lie inside each other: name a folder beside the data set`);
}

/** Writes all images to `images/SPLIT`. */
async function writeImages(
  dataset: Dataset,
  folder: string,
  signal?: AbortSignal,
): Promise<{ images: PlacedImage[]; remarks: string[] }> {
  let encoded = 0;
  const images = await inParallel(
    outputImages(dataset.images),
    async (image): Promise<PlacedImage> => {
      signal?.throwIfAborted();
      const path = `images/${image.split}/${image.name}`;
      const { ending, isCopy } = await writeImage(image.record, join(folder, path));
      if (!isCopy) encoded++;
      return { ...image, file: path + ending };
    },
  );
  const remarks = encoded
    ? [
        `${encoded} of ${images.length} images are not plain images of 8 bits and were written as PNG of 8 bits: what they had beyond that is not kept.`,
      ]
    : [];
  return { images, remarks };
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
