/**
 * Names of NIfTI and ANALYZE files. A scan is one file `.nii`, or a pair: the header in `.hdr` and
 * the voxels in `.img`. All of them can be gzipped.
 */
import { existsSync } from "fs";

/** The two files of a scan; the same file twice if it is one. */
export interface NiftiPaths {
  readonly header: string;
  readonly image: string;
}

const PAIR_NAME = /\.(hdr|img)(\.gz)?$/i;

/** Whether a file has the name of a header or of voxels of a pair. */
export function isPairName(file: string): boolean {
  return PAIR_NAME.test(file);
}

/**
 * The two files of a scan, from the name of one of them.
 * @returns null if the other one does not exist
 */
export function niftiPaths(file: string): NiftiPaths | null {
  const match = PAIR_NAME.exec(file);
  if (!match) return { header: file, image: file };
  const other = partnerNames(file, match).find((path) => existsSync(path));
  if (other === undefined) return null;
  return match[1].toLowerCase() === "hdr"
    ? { header: file, image: other }
    : { header: other, image: file };
}

/** The name that the other file of a pair should have. */
export function partnerName(file: string): string {
  const match = PAIR_NAME.exec(file);
  return match ? partnerNames(file, match)[0] : file;
}

/** The names that the other file of a pair can have, in the same case. */
function partnerNames(file: string, [ending, kind, packed = ""]: RegExpExecArray): string[] {
  const stem = file.slice(0, file.length - ending.length);
  const isUpper = kind === kind.toUpperCase();
  const other = kind.toLowerCase() === "hdr" ? "img" : "hdr";
  const otherKind = isUpper ? other.toUpperCase() : other;
  const gz = isUpper ? ".GZ" : ".gz";
  return [`${stem}.${otherKind}${packed}`, `${stem}.${otherKind}${packed ? "" : gz}`];
}
