/**
 * Divides many images and scans into parts, so that detection in each part by itself gives the same
 * results, in the same order, as detection in all of them.
 */
import { dirname } from "path";
import { scanKind, uniqueScans } from "../data/volumes/open-volumes";
import type { DetectInputs } from "./find-inputs";

/** Images and scans that are detected in together. */
export type InputPart = Pick<DetectInputs, "images" | "scans">;

/** How inputs are divided. */
export interface PartOptions {
  /** Images and slices of a part. A folder with more DICOM files is a larger part. */
  readonly size: number;
  /** Whether the channels of the detector are sequences, which are found in a patient's folder. */
  readonly areSequences: boolean;
}

/** Files that must stay together, and roughly how many images they are. */
interface Unit {
  readonly files: readonly string[];
  readonly size: number;
}

/** Slices of a NIfTI file, roughly. They are counted only when the file is opened. */
const SLICES_OF_NIFTI = 100;

/**
 * Divides inputs into parts: first the images, then the DICOM files, then the NIfTI files, each in
 * the order in which detection without parts has them.
 */
export async function inputParts(
  { images, scans }: InputPart,
  { size, areSequences }: PartOptions,
): Promise<InputPart[]> {
  const imageUnits = images.map((file): Unit => ({ files: [file], size: 1 }));
  const scanUnits = areSequences
    ? [foldersTogether(scans, SLICES_OF_NIFTI)]
    : await unitsOfScans(uniqueScans(scans));
  return [
    ...packed(imageUnits, size).map((files) => ({ images: files, scans: [] })),
    ...scanUnits
      .flatMap((units) => packed(units, size))
      .map((files) => ({ images: [], scans: files })),
  ];
}

/** The units of DICOM files, whose series are found by folder, and those of other files. */
async function unitsOfScans(scans: readonly string[]): Promise<Unit[][]> {
  const dicom: string[] = [];
  const others: Unit[] = [];
  for (const file of scans) {
    if ((await scanKind(file)) === "DICOM") dicom.push(file);
    else others.push({ files: [file], size: SLICES_OF_NIFTI });
  }
  return [foldersTogether(dicom, 1), others];
}

/**
 * Units of files that follow each other in the list. All files of a folder are in one unit; so are
 * those of other folders that stand between them in the list.
 */
function foldersTogether(files: readonly string[], sizeOfFile: number): Unit[] {
  const lastOf = new Map(files.map((file, i) => [dirname(file), i]));
  const units: Unit[] = [];
  let start = 0;
  let end = -1;
  files.forEach((file, i) => {
    end = Math.max(end, lastOf.get(dirname(file))!);
    if (i < end) return;
    units.push({ files: files.slice(start, i + 1), size: (i + 1 - start) * sizeOfFile });
    start = i + 1;
  });
  return units;
}

/** Joins units that follow each other, as long as they are not larger than `size` together. */
function packed(units: readonly Unit[], size: number): string[][] {
  const parts: { files: string[]; size: number }[] = [];
  for (const unit of units) {
    const last = parts.at(-1);
    if (last && last.size + unit.size <= size) {
      last.files.push(...unit.files);
      last.size += unit.size;
    } else parts.push({ files: [...unit.files], size: unit.size });
  }
  return parts.map(({ files }) => files);
}
