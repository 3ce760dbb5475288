/** Opens scans from files and folders. */
import { existsSync, lstatSync, statSync } from "fs";
import { requireRegularFile } from "../../util/regular-file";
import { userPath } from "../../util/user-path";
import { filesIn, realPath, type Report } from "../folders";
import { failure, openDicom, type OpenedVolumes } from "./dicom";
import { openNifti } from "./nifti";
import { niftiPaths } from "./nifti/pair";
import { isDiscIndex, kindByName, scanKind } from "./scan-kind";
import { givenWindow, type Volume, type VolumeOptions } from "./volume";

export { scanKind } from "./scan-kind";

/**
 * Paths of the scans below a folder, sorted. Links are followed, each scan is listed once, and
 * hidden files and folders are left out. Of a pair of header and voxels, the header is listed. A
 * link that leads nowhere is listed if it has the name of a scan: opening it reports it.
 * @param report receives folders that cannot be listed; the other folders are searched. Without it
 * the function throws for the first of them
 * @throws when a folder cannot be listed and there is no `report`
 * @example
 * const { volumes } = await openVolumes(await scansIn("scans"));
 */
export async function scansIn(
  folder: string,
  report?: (...problem: Parameters<Report>) => void,
): Promise<string[]> {
  const files = filesIn(folder, report && errorsOnly(report));
  const isLink = (path: string) => lstatSync(path).isSymbolicLink();
  const links = files.filter(isLink);
  // Of a file and a link to it, the file is listed.
  const byRealPath = new Map<string, string>();
  for (const path of [...files.filter((file) => !isLink(file)), ...links]) {
    const real = realPath(headerOf(path));
    if (!byRealPath.has(real) && (await isScan(path))) byRealPath.set(real, headerOf(path));
  }
  return Array.from(byRealPath.values()).sort();
}

/** Links that are left out because they lead to a folder that is read anyway are not reported. */
function errorsOnly(report: Report): Report {
  return (severity, path, message) => {
    if (severity === "error") report(severity, path, message);
  };
}

/** Whether a file, or a link to one, is a scan. */
async function isScan(path: string): Promise<boolean> {
  if (!existsSync(path)) return Boolean(kindByName(path));
  // Reading a pipe or a device may never end.
  return statSync(path).isFile() && !isDiscIndex(path) && (await scanKind(path)) !== null;
}

/** The file that stands for a scan: of a pair, the one with the header. */
function headerOf(path: string): string {
  return niftiPaths(path)?.header ?? path;
}

/** The files that stand for scans, each once: of a pair of header and voxels, the header. */
export function uniqueScans(files: readonly string[]): string[] {
  return [...new Set(files.map(headerOf))];
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
  const opened: OpenedVolumes = { volumes: [], failed: [], withoutImage: [] };
  for (const file of uniqueScans(files)) {
    try {
      if (!existsSync(file)) throw new Error("there is no such file");
      // Reading a pipe or a device may never end.
      requireRegularFile(file);
      const kind = await scanKind(file);
      if (!kind)
        throw new Error("it is neither DICOM nor NIfTI, according to its name and first bytes");
      if (kind === "DICOM") dicomFiles.push(file);
      else {
        const { volumes, failed } = await openNifti(file, options);
        opened.volumes.push(...volumes);
        opened.failed.push(...failed);
      }
    } catch (error) {
      opened.failed.push(failure(file, error));
    }
  }
  const dicom = await openDicom(dicomFiles, options);
  return {
    volumes: [...dicom.volumes, ...opened.volumes],
    failed: [...dicom.failed, ...opened.failed],
    withoutImage: dicom.withoutImage,
  };
}

/**
 * Opens one scan: a NIfTI or DICOM file, or a folder with one DICOM series.
 * @throws when it cannot be read, or the folder contains no scan or several
 * @example
 * const volume = await openVolume("scan.nii.gz", { plane: "axial", slices: [40, 60] });
 */
export async function openVolume(path: string, options: VolumeOptions = {}): Promise<Volume> {
  const file = userPath(path);
  if (!existsSync(file)) throw new Error(`${file}: there is no such file or folder`);
  const files = statSync(file).isDirectory() ? await scansIn(file) : [file];
  const { volumes, failed, withoutImage } = await openVolumes(files, options);
  if (failed.length) throw new Error(failed.map(({ message }) => message).join("\n"));
  if (volumes.length === 1) return volumes[0];
  if (withoutImage.length && !volumes.length)
    throw new Error(withoutImage.map(({ message }) => message).join("\n"));
  if (!volumes.length) throw new Error(`${path}: contains no DICOM or NIfTI file`);
  throw new Error(
    `${path}: contains ${volumes.length} scans, and openVolume opens one: ${volumes.map(({ name }) => name).join(", ")}. Use openVolumes for all of them`,
  );
}
