/** Decides which images of a data set are used, and in which split. */
import { quoted } from "../../checks";
import { pathBelow } from "../../folders";
import { type FoundFile, type ListingContext, numberOf } from "./described-set";
import { splitRank } from "./split-names";

/**
 * Puts each image into one split. Of an image in several splits, the one counts that is kept from
 * training: otherwise metrics would be too good.
 */
export function oneSplitEach(
  files: readonly FoundFile[],
  { root, placeOf, report }: ListingContext,
): FoundFile[] {
  const conflicts = new Map<string, { place: string; text: string; names: string[] }>();
  const chosen = files.map(({ path, descriptions }): FoundFile => {
    // The sort is stable: of one split, the first description comes first.
    const [first] = [...descriptions].sort((a, b) => splitRank(b.split) - splitRank(a.split));
    const isUsed = ({ file, split }: typeof first) => file === first.file && split === first.split;
    for (const other of descriptions.filter((description) => !isUsed(description))) {
      const text =
        other.split === first.split
          ? `images that are also in ${pathBelow(root, first.file)} were taken from there`
          : `images in the splits '${first.split}' and '${other.split}' are only in '${first.split}' now`;
      const place = placeOf(other.file);
      const key = `${place}\n${text}`;
      const conflict = conflicts.get(key) ?? { place, text, names: [] };
      conflict.names.push(pathBelow(root, path));
      conflicts.set(key, conflict);
    }
    return { path, descriptions: descriptions.filter(isUsed) };
  });
  for (const { place, text, names } of conflicts.values())
    report("warning", place, `${text}: ${numberOf(names)}`);
  return chosen;
}

/**
 * The images that may be used. An image of which all annotations were left out is not among them:
 * it would count as an image without boxes.
 */
export function usableImages(
  files: readonly FoundFile[],
  { root, placeOf, report }: ListingContext,
): FoundFile[] {
  const unusable = new Map<string, string[]>();
  const usable = files.filter(({ path, descriptions }) => {
    // The reason was reported already.
    if (descriptions.some(({ isLeftOut }) => isLeftOut)) return false;
    const hasBoxes = descriptions.some(({ boxes }) => boxes.length);
    if (hasBoxes || !descriptions.some(({ leftOut }) => leftOut)) return true;
    const place = placeOf(descriptions[0].file);
    unusable.set(place, [...(unusable.get(place) ?? []), pathBelow(root, path)]);
    return false;
  });
  for (const [place, names] of unusable)
    report(
      "warning",
      place,
      `images were left out with all of their annotations, so that they do not count as images without boxes: ${numberOf(names)}`,
    );
  return usable;
}

/**
 * The patient of an image, if its descriptions give one. Descriptions that contradict each other
 * are reported, and the patient is unknown: folds could not keep the image apart from both.
 */
export function patientOf(
  { path, descriptions }: FoundFile,
  { root, placeOf, report }: ListingContext,
): string | undefined {
  const patients = new Set(descriptions.flatMap(({ patient }) => patient ?? []));
  if (patients.size < 2) return [...patients][0];
  const names = Array.from(patients, (patient) => quoted(patient)).join(" and ");
  report(
    "warning",
    placeOf(descriptions[0].file),
    `the image ${pathBelow(root, path)} has the patients ${names}, so its patient is unknown: correct them`,
  );
  return undefined;
}
