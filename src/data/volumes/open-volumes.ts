/**
 * Opens scans from files and folders. DICOM files without a name ending are recognized by their
 * first bytes.
 */
import { existsSync, lstatSync, statSync } from "fs";
import { basename, extname } from "path";
import { filesIn, realPath } from "../folders";
import { type FailedFile, failure, openDicom, type OpenedVolumes } from "./dicom";
import { isDicom } from "./dicom-file";
import { openNifti } from "./nifti";
import { firstBytes } from "./nifti-file";
import { givenWindow, type Volume, type VolumeOptions } from "./volume";

/** Bytes that show whether a file is DICOM. */
const HEAD_BYTES = 132;
const NIFTI_NAME = /\.nii(\.gz)?$/i;
const DICOM_ENDINGS = new Set([".dcm", ".dicom", ".ima"]);
/** Not an ending: the names IM0001 and 1.2.840.113619 of DICOM files end like this. */
const NUMBER_ENDING = /^(\.\d+)?$/;
/** The index of a disc: a DICOM file without an image. */
const DICOM_INDEX = "DICOMDIR";

/** The kinds of scans. */
type ScanKind = "DICOM" | "NIfTI";

/**
 * The kind of a scan, from the file's name, or, if the name has no ending, from its first bytes;
 * null for other files.
 */
export async function scanKind(file: string): Promise<ScanKind | null> {
  const kind = kindByName(file);
  if (kind !== undefined) return kind;
  return isDicom(await firstBytes(file, HEAD_BYTES)) ? "DICOM" : null;
}

/** The kind of a file whose name shows it, null if it is not a scan; undefined for other names. */
function kindByName(file: string): ScanKind | null | undefined {
  if (NIFTI_NAME.test(file)) return "NIfTI";
  if (basename(file) === DICOM_INDEX) return null;
  const ending = extname(file).toLowerCase();
  if (DICOM_ENDINGS.has(ending)) return "DICOM";
  return NUMBER_ENDING.test(ending) ? undefined : null;
}

/**
 * Paths of the scans below a folder, sorted. Links are followed, each scan is listed once, and
 * hidden files and folders are left out. A link that leads nowhere is listed if it has the name of
 * a scan: opening it reports it.
 * @throws when a folder cannot be listed
 * @example
 * const { volumes } = await openVolumes(await scansIn("scans"));
 */
export async function scansIn(folder: string): Promise<string[]> {
  const files = filesIn(folder);
  const isLink = (path: string) => lstatSync(path).isSymbolicLink();
  const links = files.filter(isLink);
  // Of a file and a link to it, the file is listed.
  const byRealPath = new Map<string, string>();
  for (const path of [...files.filter((file) => !isLink(file)), ...links]) {
    const real = realPath(path);
    if (!byRealPath.has(real) && (await isScan(path))) byRealPath.set(real, path);
  }
  return Array.from(byRealPath.values()).sort();
}

/** Whether a file, or a link to one, is a scan. */
async function isScan(path: string): Promise<boolean> {
  if (!existsSync(path)) return Boolean(kindByName(path));
  // Reading a pipe or a device may never end.
  return statSync(path).isFile() && (await scanKind(path)) !== null;
}

/**
 * Opens DICOM and NIfTI files. The DICOM files of a series become one volume. A file that cannot be
 * read does not prevent reading the others.
 * @throws when an option is out of range
 * @example
 * const window = { width: 400, level: 40 };
 * const { volumes, failed } = await openVolumes(["a.nii.gz", "b.dcm"], { window });
 */
export async function openVolumes(
  files: readonly string[],
  options: VolumeOptions = {},
): Promise<OpenedVolumes> {
  givenWindow(options);
  const dicomFiles: string[] = [];
  const volumes: Volume[] = [];
  const failed: FailedFile[] = [];
  for (const file of files) {
    try {
      const kind = await scanKind(file);
      if (!kind)
        throw new Error("it is neither DICOM nor NIfTI, according to its name and first bytes");
      if (kind === "NIfTI") volumes.push(await openNifti(file, options));
      else dicomFiles.push(file);
    } catch (error) {
      failed.push(failure(file, error));
    }
  }
  const dicom = await openDicom(dicomFiles, options);
  return { volumes: [...dicom.volumes, ...volumes], failed: [...dicom.failed, ...failed] };
}

/**
 * Opens one scan: a NIfTI or DICOM file, or a folder with one DICOM series.
 * @throws when it cannot be read, or the folder contains no scan or several
 * @example
 * const volume = await openVolume("scan.nii.gz", { plane: "axial", slices: [40, 60] });
 */
export async function openVolume(path: string, options: VolumeOptions = {}): Promise<Volume> {
  if (!existsSync(path)) throw new Error(`${path}: there is no such file or folder`);
  const files = statSync(path).isDirectory() ? await scansIn(path) : [path];
  const { volumes, failed } = await openVolumes(files, options);
  if (failed.length) throw new Error(failed.map(({ message }) => message).join("\n"));
  if (volumes.length === 1) return volumes[0];
  if (!volumes.length) throw new Error(`${path}: contains no DICOM or NIfTI file`);
  throw new Error(
    `${path}: contains ${volumes.length} scans, and openVolume opens one: ${volumes.map(({ name }) => name).join(", ")}. Use openVolumes for all of them`,
  );
}
