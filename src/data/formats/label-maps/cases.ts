/** Finds the scans of each patient and the label map that belongs to them. */
import { basename, dirname, join } from "path";
import { filesIn, isFolder, pathBelow, type Report } from "../../folders";
import { isPartOfPatient } from "../../patients/examinations";
import { ONLY_SPLIT, splitInFolders, splitInName } from "../shared/split-names";
import { patientsOfCases } from "./case-patients";
import { type DatasetDescription, readDescription } from "./dataset-json";
import { isLabelName, isScanName, scanStem, sequenceNames, WORDS } from "./label-names";
import { groupBy } from "../../../util/group-by";

/** One sequence of a patient: a file, or one volume of a file with several. */
export interface Sequence {
  /** `t1ce` */
  readonly name: string;
  readonly path: string;
  /** Index of the volume in a file with several. */
  readonly timePoint?: number;
  /** Number of volumes that the file must have; any number if it is undefined. */
  readonly volumes?: number;
}

/** Scans of one examination, which are registered to each other, and their label map. */
export interface Case {
  /** The name of its folder, or of its files. */
  readonly name: string;
  /** Null if it is not clear which folder is the patient's. */
  readonly patient: string | null;
  readonly split: string;
  readonly labelPath: string;
  readonly sequences: readonly Sequence[];
}

/** A case before its patient is known. */
interface PlacedCase extends Omit<Case, "patient"> {
  /** The folders below the data set's folder, and then the name. */
  readonly place: readonly string[];
}

/** What the files of a layout are. */
interface LayoutCases extends Omit<FoundCases, "description" | "cases"> {
  readonly cases: readonly PlacedCase[];
}

/** The cases of a folder. */
export interface FoundCases {
  readonly cases: readonly Case[];
  /** What dataset.json says about labels and channels; null without this file. */
  readonly description: DatasetDescription | null;
  /** Why the folder is taken for scans with label maps. */
  readonly evidence: string;
  /** Names of patients whose scans have no label map. */
  readonly withoutLabels: readonly string[];
}

/** Folders of the layout of nnU-Net and the Medical Segmentation Decathlon, and their splits. */
const PAIRED_FOLDERS = [
  { images: "imagesTr", labels: "labelsTr", split: "train" },
  { images: "imagesVal", labels: "labelsVal", split: "val" },
  { images: "imagesTs", labels: "labelsTs", split: "test" },
];
/** The number of the channel at the end of a name in nnU-Net's layout: `case_0000`. */
const CHANNEL_NUMBER = /_(\d{4})$/;

/**
 * Finds the cases of a folder.
 * @param labelName a part of the names of the label maps; see `isLabelName`
 * @param report receives folders that cannot be listed
 */
export function findCases(root: string, labelName?: string, report: Report = () => {}): FoundCases {
  const description = readDescription(root, report);
  const paired = pairedCases(root, description, report);
  const isPaired = paired.cases.length || paired.withoutLabels.length;
  const { cases, ...found } = isPaired ? paired : folderCases(root, labelName, report);
  const patients = patientsOfCases(cases.map(({ place }) => place));
  return {
    ...found,
    cases: cases.map(({ place: _, ...one }, i) => ({ ...one, patient: patients[i] })),
    description,
  };
}

/** Images and labels in folders of their own, with the same names. */
function pairedCases(
  root: string,
  description: DatasetDescription | null,
  report: Report,
): LayoutCases {
  const cases: PlacedCase[] = [];
  const withoutLabels: string[] = [];
  const folders: string[] = [];
  for (const { images, labels, split } of PAIRED_FOLDERS) {
    const folder = join(root, images);
    if (!isFolder(folder) || !isFolder(join(root, labels))) continue;
    folders.push(images);
    const labelPaths = new Map(
      filesIn(join(root, labels), report)
        .filter(isScanName)
        .map((path) => [scanStem(path), path]),
    );
    const byCase = groupBy(filesIn(folder, report).filter(isScanName), (path) => {
      const stem = scanStem(path);
      // The Decathlon has no numbers of channels: four digits are a part of its names.
      return labelPaths.has(stem) ? stem : stem.replace(CHANNEL_NUMBER, "");
    });
    for (const [name, paths] of byCase) {
      const labelPath = labelPaths.get(name);
      if (labelPath)
        cases.push({
          name,
          place: [name],
          split,
          labelPath,
          sequences: channels(name, paths, description),
        });
      else withoutLabels.push(name);
    }
  }
  const evidence = `${folders.join(" and ")} with label maps of the same names beside it`;
  return { cases, withoutLabels, evidence };
}

/**
 * The channels of a case: a file each, or the volumes of one file. A file with the number of a
 * channel is that channel alone, even if the files of the other channels are missing.
 */
function channels(
  caseName: string,
  paths: readonly string[],
  description: DatasetDescription | null,
): Sequence[] {
  const names = description?.channels ?? [];
  const volumes = names.length;
  if (paths.length === 1 && volumes > 1 && scanStem(paths[0]) === caseName)
    return names.map((name, timePoint) => ({ name, path: paths[0], timePoint, volumes }));
  return paths.map((path) => {
    const number = CHANNEL_NUMBER.exec(scanStem(path))?.[1] ?? "0000";
    return { name: names[Number(number)] ?? number, path };
  });
}

/** A folder for each patient, or all files in one folder, with names that say what each shows. */
function folderCases(root: string, labelName: string | undefined, report: Report): LayoutCases {
  const cases: PlacedCase[] = [];
  const withoutLabels: string[] = [];
  for (const [folder, paths] of groupBy(filesIn(root, report).filter(isScanName), dirname)) {
    const labelPaths = paths.filter((path) => isLabelName(path, labelName));
    const scans = paths.filter((path) => !labelPaths.includes(path));
    const split = splitInFolders(pathBelow(root, paths[0])) ?? ONLY_SPLIT;
    const rest = new Set(scans);
    const prefixes = labelPaths.map((path) => prefixOf(path, labelName));
    const scansByPrefix = groupBy(scans, (path) => longestPrefix(scanStem(path), prefixes));
    for (const [i, labelPath] of labelPaths.entries()) {
      const prefix = prefixes[i];
      const first = labelPaths[prefixes.indexOf(prefix)];
      if (first !== labelPath) {
        const name = basename(first);
        const message = `it is another label map of the scans of ${name}, which is used: --label-map chooses by a part of the name`;
        report("warning", labelPath, message);
        continue;
      }
      const byName = scansByPrefix.get(prefix) ?? [];
      // A folder with one label map is a patient's folder, whatever the names of its scans.
      const found = byName.length || labelPaths.length > 1 ? byName : scans;
      for (const path of found) rest.delete(path);
      if (!found.length) continue;
      const isPatientFolder = folder !== root && found.length === scans.length;
      const names = sequenceNames([...found, labelPath].map(scanStem));
      const folders = folder === root ? [] : pathBelow(root, folder).split("/");
      const fileName = prefix.replace(SEPARATOR, "");
      // Folders of examinations do not name the patient, but the files in them may.
      const isNamedByFiles =
        folders.every((part) => isPartOfPatient(part) || splitInName(part) !== null) &&
        /\d/.test(fileName);
      const name = isPatientFolder ? basename(folder) : fileName || scanStem(labelPath);
      cases.push({
        name,
        place: !isPatientFolder
          ? [...folders, name]
          : isNamedByFiles
            ? [...folders, fileName]
            : folders,
        split,
        labelPath,
        sequences: found.map((path, s) => ({ name: names[s], path })),
      });
    }
    withoutLabels.push(...Array.from(rest, (path) => pathBelow(root, path)));
  }
  const [first] = cases;
  const evidence = first
    ? `${pathBelow(root, first.labelPath)} is the label map of ${pathBelow(root, first.sequences[0].path)}`
    : "";
  return { cases, withoutLabels, evidence };
}

/** The character between two words of a name, at the end of the first of them. */
const SEPARATOR = /[_.-]$/;

/** The beginning of a label map's name, before the word that says that it is one: `007_`. */
function prefixOf(labelPath: string, labelName?: string): string {
  const stem = scanStem(labelPath);
  if (labelName !== undefined)
    return stem.slice(0, stem.toLowerCase().indexOf(labelName.toLowerCase()));
  const words = stem.split(WORDS);
  return words
    .slice(
      0,
      words.findIndex((word) => isLabelName(word)),
    )
    .join("");
}

/**
 * The longest of the prefixes that a scan is called like: `007_b_t1` belongs to `007_b_`, and not to
 * `007_`; undefined if there is none.
 */
function longestPrefix(stem: string, prefixes: readonly string[]): string | undefined {
  const [longest] = prefixes
    .filter((prefix) => isOfPrefix(stem, prefix))
    .sort((a, b) => b.length - a.length);
  return longest;
}

/**
 * Whether a scan is called like the beginning of a label map's name: `007` or `007_t1` for `007_`.
 */
function isOfPrefix(stem: string, prefix: string): boolean {
  return prefix !== "" && (stem.startsWith(prefix) || stem === prefix.replace(SEPARATOR, ""));
}
