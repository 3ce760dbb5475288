/**
 * Recognizes scans: by the file's name where it shows the kind, else by the file's first bytes.
 * Scanners and archives write DICOM files with any ending or none.
 */
import { existsSync, statSync } from "fs";
import { basename, extname } from "path";
import { isImage } from "../image-files";
import { DICOM_HEAD_BYTES, isDicom } from "./dicom/encoding";
import { bytesBetween, firstBytes } from "./file-bytes";
import { isNiftiHead, isPairHead, NIFTI_HEAD_BYTES } from "./nifti/header";
import { isPairName, niftiPaths } from "./nifti/pair";

/** The kinds of scans. */
export type ScanKind = "DICOM" | "NIfTI";

const NIFTI_NAME = /\.nii(\.gz)?$/i;
const DICOM_ENDINGS = new Set([".dcm", ".dicom", ".ima"]);
/** Not an ending: the names IM0001 and 1.2.840.113619 of DICOM files end like this. */
const NUMBER_ENDING = /^(\.\d+)?$/;
const HEAD_BYTES = Math.max(DICOM_HEAD_BYTES, NIFTI_HEAD_BYTES);

/**
 * The kind of a scan; null for other files. A pipe or a device is not read: it has the kind that
 * its name shows.
 */
export async function scanKind(file: string): Promise<ScanKind | null> {
  const kind = kindByName(file);
  if (kind !== undefined) return kind;
  if (!existsSync(file) || !statSync(file).isFile()) return null;
  try {
    return await kindByContent(file);
  } catch (error) {
    // A file that may not be read and could be DICOM is reported when it is opened.
    const isDenied = "EACCES EPERM".includes((error as NodeJS.ErrnoException).code ?? "?");
    return isDenied && NUMBER_ENDING.test(extname(file)) ? "DICOM" : null;
  }
}

/** The kind of a file whose name shows it, null if it is not a scan; undefined for other names. */
export function kindByName(file: string): ScanKind | null | undefined {
  if (NIFTI_NAME.test(file)) return "NIfTI";
  if (DICOM_ENDINGS.has(extname(file).toLowerCase())) return "DICOM";
  return isImage(file) ? null : undefined;
}

/** Whether a file is the index of a disc, a DICOM file without an image, by its name. */
export function isDiscIndex(file: string): boolean {
  return basename(file).toUpperCase() === "DICOMDIR";
}

async function kindByContent(file: string): Promise<ScanKind | null> {
  const head = await firstBytes(file, HEAD_BYTES);
  if (isDicom(head)) return "DICOM";
  if (isNiftiHead(head)) return "NIfTI";
  if (!isPairName(file)) return null;
  const paths = niftiPaths(file);
  const header = paths?.header ?? file;
  return isPairHead(await bytesBetween(header, 0, HEAD_BYTES)) ? "NIfTI" : null;
}
