/** Writes the synthetic data set and the synthetic scan that come with the project. */
import { existsSync, readdirSync } from "fs";
import { basename, join } from "path";
import sharp from "sharp";
import { stringify } from "yaml";
import { OutputFolder } from "../../util/output-folder";
import { formatLabels } from "../formats/yolo/labels";
import { PHANTOM_CLASSES, renderCohort } from "./cohort";
import { renderScan } from "./scan";

const JPEG_QUALITY = 82;
const COMMAND = "sample";
/** The folders of a YOLO-format data set, which the data set must have for itself. */
const PARTS = ["images", "labels"];

/** Where the sample goes, and which one it is. */
export interface SampleOptions {
  /** The folder of the data set. */
  readonly out: string;
  /** The folder of the scan. */
  readonly scan: string;
  /** The same seed makes the same bytes; another seed makes other patients. */
  readonly seed: string;
}

/**
 * Renders the images, labels and data.yaml of a YOLO-format data set, and the scan of one more
 * patient as NIfTI. Files that have the same content already stay as they are. Files of an earlier
 * call with another seed are replaced.
 * @returns the number of images
 * @throws before anything is written when a folder holds files that this command did not write
 */
export async function writeSample({ out, scan, seed }: SampleOptions): Promise<number> {
  const { files, count } = await renderDataset(seed);
  const { patient, file } = renderScan(seed);
  const scanFiles = new Map([[`${patient}.nii.gz`, file]]);
  const dataset = await OutputFolder.open(out, COMMAND);
  const scans = await OutputFolder.open(scan, COMMAND);
  const old = [...dataset.writtenNames].filter((name) => !files.has(name));
  requireNoOthers(out, new Set([...files.keys(), ...old]));
  await dataset.requireReplaceable(old);
  await dataset.requireWritable(files);
  await scans.requireWritable(scanFiles);
  for (const name of old) await dataset.remove(name);
  for (const [name, content] of files) await dataset.write(name, content);
  for (const [name, content] of scanFiles) await scans.write(name, content);
  return count;
}

/** The files of the data set by their paths below its folder. */
async function renderDataset(
  seed: string,
): Promise<{ files: Map<string, string | Buffer>; count: number }> {
  const files = new Map<string, string | Buffer>();
  let count = 0;
  for (const { split, name, pixels, width, height, boxes } of renderCohort(seed)) {
    const image = sharp(pixels, { raw: { width, height, channels: 1 } })
      .toColourspace("b-w")
      .jpeg({ quality: JPEG_QUALITY });
    files.set(join("images", split, `${name}.jpg`), await image.toBuffer());
    files.set(join("labels", split, `${name}.txt`), formatLabels(boxes, { width, height }));
    count++;
  }
  const description = {
    path: ".",
    train: "images/train",
    val: "images/val",
    test: "images/test",
    names: [...PHANTOM_CLASSES],
  };
  files.set("data.yaml", stringify(description));
  return { files, count };
}

/** @throws when the folders of images and labels hold files of other names */
function requireNoOthers(folder: string, names: ReadonlySet<string>): void {
  const others = PARTS.flatMap((part) => filesBelow(folder, part)).filter(
    (name) => !names.has(name) && !basename(name).startsWith("."),
  );
  if (others.length)
    throw new Error(
      `${folder} holds ${others.length} files that are not of the synthetic sample, for example ${others[0]}: name an empty folder with --out`,
    );
}

/** Paths of all files below a part of the folder, relative to the folder. */
function filesBelow(folder: string, part: string): string[] {
  if (!existsSync(join(folder, part))) return [];
  return readdirSync(join(folder, part), { withFileTypes: true }).flatMap((entry) => {
    const path = join(part, entry.name);
    return entry.isDirectory() ? filesBelow(folder, path) : [path];
  });
}
