/**
 * Opens scans from files and folders: DICOM and NIfTI, told apart by what is in them, so that
 * DICOM files without an ending are found too.
 */
import { existsSync, readdirSync, statSync } from "fs";
import { basename, extname, join } from "path";
import { type FailedFile, failure, openDicom, type OpenedVolumes } from "./dicom";
import { isDicom } from "./dicom-file";
import { openNifti } from "./nifti";
import { firstOf } from "./nifti-file";
import { givenWindow, type Volume, type VolumeOptions } from "./volume";

/** Bytes that decide whether a file is DICOM. */
const HEAD_BYTES = 132;
const NIFTI_NAME = /\.nii(\.gz)?$/i;
const DICOM_ENDINGS = new Set([".dcm", ".dicom", ".ima"]);
/** An index beside the files of a disc: DICOM itself, but no image. */
const DICOM_INDEX = "DICOMDIR";

/**
 * What a file holds by its name, or where the name has no ending by its first bytes; null for all
 * but scans.
 */
export async function scanKind(file: string): Promise<"DICOM" | "NIfTI" | null> {
  if (NIFTI_NAME.test(file)) return "NIfTI";
  if (basename(file) === DICOM_INDEX) return null;
  const ending = extname(file).toLowerCase();
  if (DICOM_ENDINGS.has(ending)) return "DICOM";
  // Names such as IM0001 and 1.2.840.113619 have no ending that means anything.
  const isNamed = ending !== "" && !/^\.\d+$/.test(ending);
  return !isNamed && isDicom(await firstOf(file, HEAD_BYTES)) ? "DICOM" : null;
}

/** Paths of the scans below a folder, sorted. */
export async function scansIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await scansIn(path)));
    else if (entry.isFile() && (await scanKind(path))) found.push(path);
  }
  return found;
}

/**
 * Opens DICOM and NIfTI files; DICOM files of one series become one volume. What cannot be read is
 * told in `failed`, and the others are not lost. Throws for options that make no sense.
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
      if (!kind) throw new Error("it is neither DICOM nor NIfTI by its name and its first bytes");
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
 * @example const volume = await openVolume("scan.nii.gz", { plane: "axial", slices: [40, 60] });
 * @throws when it cannot be read, or the folder holds no scan or several
 */
export async function openVolume(path: string, options: VolumeOptions = {}): Promise<Volume> {
  if (!existsSync(path)) throw new Error(`${path}: there is no such file or folder`);
  const files = statSync(path).isDirectory() ? await scansIn(path) : [path];
  const { volumes, failed } = await openVolumes(files, options);
  if (failed.length) throw new Error(failed.map(({ message }) => message).join("\n"));
  if (volumes.length === 1) return volumes[0];
  if (!volumes.length) throw new Error(`${path}: holds no DICOM or NIfTI file`);
  throw new Error(
    `${path}: holds ${volumes.length} scans, of which openVolume takes one: ${volumes.map(({ name }) => name).join(", ")}. openVolumes takes all`,
  );
}
