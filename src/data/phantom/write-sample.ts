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

/** The files of the synthetic sample. */
export interface PhantomSample {
  /** The files of a YOLO-format data set by their paths below its folder. */
  readonly dataset: ReadonlyMap<string, string | Buffer>;
  /** The scan of one more patient as NIfTI, by its path below its folder. */
  readonly scan: ReadonlyMap<string, Buffer>;
}

/**
 * Renders the images, labels and data.yaml of a data set, and a scan.
 * @param seed the same seed makes the same bytes; another seed makes other patients
 */
export async function renderSample(seed: string): Promise<PhantomSample> {
  const dataset = new Map<string, string | Buffer>();
  for (const { split, name, pixels, width, height, boxes } of renderCohort(seed)) {
    const image = sharp(pixels, { raw: { width, height, channels: 1 } })
      .toColourspace("b-w")
      .jpeg({ quality: JPEG_QUALITY });
    dataset.set(join("images", split, `${name}.jpg`), await image.toBuffer());
    dataset.set(join("labels", split, `${name}.txt`), formatLabels(boxes, { width, height }));
  }
  const description = {
    path: ".",
    train: "images/train",
    val: "images/val",
    test: "images/test",
    names: [...PHANTOM_CLASSES],
  };
  dataset.set("data.yaml", stringify(description));
  const { patient, file } = renderScan(seed);
  return { dataset, scan: new Map([[`${patient}.nii.gz`, file]]) };
}

/**
 * Writes a sample. Files that have the same content already stay as they are. Files of an earlier
 * call with another seed are replaced.
 * @param sample from `renderSample`
 * @param out the folder of the data set
 * @param scan the folder of the scan
 * @throws before anything is written when a folder holds files that this command did not write
 */
export async function writeSample(sample: PhantomSample, out: string, scan: string): Promise<void> {
  const dataset = await OutputFolder.open(out, COMMAND);
  const scans = await OutputFolder.open(scan, COMMAND);
  const old = dataset.writtenNames.filter((name) => !sample.dataset.has(name));
  requireNoOthers(out, new Set([...sample.dataset.keys(), ...old]));
  await dataset.requireReplaceable(old);
  await dataset.requireWritable(sample.dataset);
  await scans.requireWritable(sample.scan);
  for (const name of old) await dataset.remove(name);
  for (const [name, content] of sample.dataset) await dataset.write(name, content);
  for (const [name, content] of sample.scan) await scans.write(name, content);
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
