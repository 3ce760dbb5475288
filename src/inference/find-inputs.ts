/** Finds the images and scans that `npm run detect` is given: files, and folders of files. */
import { existsSync, statSync } from "fs";
import type { Report } from "../data/folders";
import { imagesIn, unreadKindsIn } from "../data/image-files";
import { scanKind, scansIn } from "../data/volumes/open-volumes";

/** Paths of files, by what they hold. */
export interface DetectInputs {
  readonly images: readonly string[];
  /** DICOM and NIfTI files. */
  readonly scans: readonly string[];
  /** Files of image formats that are not read. */
  readonly others: readonly string[];
  /** For each folder that cannot be listed: its name and the reason. */
  readonly failed: readonly string[];
}

/**
 * The images and scans among the given files and below the given folders. A file that is named
 * itself counts as an image unless it is a scan. A folder that cannot be listed does not prevent
 * searching the others.
 * @throws when a path does not exist
 */
export async function findInputs(paths: readonly string[]): Promise<DetectInputs> {
  const images: string[] = [];
  const scans: string[] = [];
  const others: string[] = [];
  const failed = new Set<string>();
  const report: Report = (severity, path, message) => {
    if (severity === "error") failed.add(`${path}: ${message}`);
  };
  for (const path of paths) {
    if (!existsSync(path)) throw new Error(`${path}: there is no such file or folder`);
    if (statSync(path).isDirectory()) {
      const scansHere = new Set(await scansIn(path, report));
      for (const file of scansHere) scans.push(file);
      for (const file of imagesIn(path, report)) images.push(file);
      for (const file of unreadKindsIn(path, report)) if (!scansHere.has(file)) others.push(file);
    } else if (await scanKind(path)) scans.push(path);
    else images.push(path);
  }
  return { images, scans, others, failed: [...failed] };
}
