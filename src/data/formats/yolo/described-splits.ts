/** The splits that a file of a data set names: folders, or lists of images. */
import { join, relative, resolve, sep } from "path";
import { type Problem, shortened } from "../../checks";
import { isFolder, pathBelow } from "../../folders";
import { isThere, UnreadableFile } from "../../read-file";
import type { DataYaml } from "./data-yaml";
import { readImageList } from "./image-list";
import { locate, type Places } from "./locate";
import { NamesOnDisk } from "./names-on-disk";
import { labelsBeside, type SplitFolders, withLabelsBeside } from "./split-folders";

/** Receives what is wrong with the splits that a file names. */
export interface SplitReports {
  /** A split that must not be left out. */
  readonly error: (message: string) => void;
  /** A split that is not there. */
  readonly missing: (message: string) => void;
  readonly add: (problem: Problem) => void;
}

/**
 * The splits that a file names: folders, or lists of images. Those that are missing or outside the
 * data set are reported and not read.
 */
export async function describedSplits(
  root: string,
  { path, places }: Pick<DataYaml, "path" | "places">,
  reports: SplitReports,
): Promise<SplitFolders[]> {
  const top = resolve(root);
  const base = resolve(top, path ?? ".");
  // A data set that was moved still has the path of the place where it was made.
  const home = isFolder(base) ? base : top;
  const bases = [home, top];
  const names = new NamesOnDisk(top);
  const splits: SplitFolders[] = [];
  for (const { split, place } of places) {
    const shownPlace = shortened(place);
    const folder = locate(place, { top, bases, names, isWanted: isFolder });
    const file = folder ? null : locate(place, { top, bases, names, isWanted: isThere });
    if (folder) splits.push(withLabelsBeside(top, foldersOf(top, split, folder.path)));
    else if (file) {
      const list = await readList(file.path, { top, bases, names }, reports);
      if (list.length)
        splits.push({ split, images: top, labels: top, list: { path: file.path, images: list } });
      else reports.missing(`no image of '${split}', ${shownPlace}, is there: correct the list`);
    } else if (bases.some((start) => isThere(resolve(start, place)))) {
      const below = path === null ? "" : ` (below the 'path' ${shortened(path)})`;
      reports.error(
        `the folder of '${split}', ${shownPlace}${below}, is outside the data set and is not read: move it into the data set's folder, or open the folder that contains both`,
      );
    } else
      reports.missing(
        `the folder of '${split}', ${shownPlace}, does not exist: correct its path, or remove it`,
      );
  }
  return splits;
}

/** The images of a list; none if it cannot be read, which is reported. */
async function readList(path: string, places: Places, reports: SplitReports): Promise<string[]> {
  const name = pathBelow(places.top, path);
  try {
    const { images, problems } = await readImageList(path, name, places);
    for (const problem of problems) reports.add(problem);
    return [...images];
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const message = `the list of images cannot be read (${error.message}): correct or remove it`;
    reports.add({ severity: "error", file: name, message });
    return [];
  }
}

/**
 * The folders of a split that a file names. If the folder has the folders `images` and `labels`,
 * they are meant.
 */
function foldersOf(top: string, split: string, folder: string): SplitFolders {
  const names = new NamesOnDisk(top);
  const [inside, beside] = ["images", "labels"].map((name) => names.find(join(folder, name)));
  const isInside =
    !relative(top, folder).toLowerCase().split(sep).includes("images") &&
    inside !== null &&
    isFolder(inside) &&
    beside !== null &&
    isFolder(beside);
  const images = isInside ? inside : folder;
  return { split, images, labels: labelsBeside(top, images) };
}
