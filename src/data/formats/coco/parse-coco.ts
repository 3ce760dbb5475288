/** Parses the JSON of a COCO file: images, annotations and categories. */
import { quoted, shortened } from "../../checks";
import { MAX_CLASSES } from "../../class-names";
import { patientInTable } from "../../patients/known-names";
import type { DescribedImage, Size } from "../shared/described-image";
import type { FileProblems } from "../shared/file-problems";
import { areFractions, FRACTIONS, IN_FRACTIONS } from "../shared/fractions";
import { splitInName } from "../shared/split-names";
import { type Category, type Entry, idOf, isEntry } from "./entries";
import { parseJson } from "./parse-json";
import { type ImageBoxes, readAnnotations } from "./read-annotations";

/** The content of a COCO file. */
export interface CocoContent {
  readonly images: readonly DescribedImage[];
  /** In the order of their ids. */
  readonly categories: readonly Category[];
  /** Whether entries were left out that name an image, or may do so. */
  readonly hasLostImages: boolean;
}

/** Keys of an image's patient, in the order in which they are looked for. */
const PATIENT_KEYS = ["patient_id", "patient", "patientId", "subject_id"];
/** Keys of an image's split, in the order in which they are looked for. */
const SPLIT_KEYS = ["split", "subset"];
const NUMBER_ORDER = new Intl.Collator("en", { numeric: true });

/**
 * Parses the text of a COCO file. What cannot be used is reported and left out.
 * @param text the JSON
 * @param context.file absolute path of the file
 * @returns null if the text is not the JSON of a COCO file, which is reported as an error
 */
export function parseCoco(
  text: string,
  context: { readonly file: string; readonly split: string; readonly problems: FileProblems },
): CocoContent | null {
  const { file, split, problems } = context;
  const content = parseJson(text, problems);
  if (content === undefined) return null;
  const images = isEntry(content) ? content.images : undefined;
  const annotations = isEntry(content) ? content.annotations : undefined;
  if (!Array.isArray(images) || !Array.isArray(annotations)) {
    problems.report(
      "error",
      "it is not a COCO file with annotations: it must have the lists 'images' and 'annotations'; correct or remove it",
    );
    return null;
  }
  const named = readCategories((content as Entry).categories, problems);
  const annotated = new Set<string>();
  const byImage = readAnnotations(annotations, { problems, categories: named, annotated });
  markFractions(byImage, problems);
  const categories = named ?? numberedCategories(annotated);
  const described = readImages(images, { problems, byImage }).flatMap(
    ({ names, size, patient, id, isUnclear, split: own }) =>
      names.map((name): DescribedImage => {
        const { boxes = [], leftOut = 0 } = byImage.get(id) ?? {};
        const image = { file, names: [name], split: own ?? split, size, ...patient };
        return isUnclear
          ? { ...image, boxes: [], leftOut, isLeftOut: true }
          : { ...image, boxes, leftOut };
      }),
  );
  return {
    images: described,
    categories: withoutGroup(categories, annotated, problems),
    hasLostImages: problems.hasLeftOut("images"),
  };
}

/** Marks the boxes of a file as fractions of their images, if all of them are. */
function markFractions(byImage: ReadonlyMap<string, ImageBoxes>, problems: FileProblems): void {
  const images = Array.from(byImage.values());
  const edges = images.flatMap(({ boxes }) =>
    boxes.flatMap(({ box }) => (typeof box === "function" ? [] : [box])),
  );
  if (!areFractions(edges)) return;
  problems.report("warning", IN_FRACTIONS);
  for (const { boxes } of images)
    boxes.forEach((described, i) => {
      if (typeof described.box !== "function") boxes[i] = { ...described, ...FRACTIONS };
    });
}

/** The categories by their ids; null if the file has none. */
function readCategories(list: unknown, problems: FileProblems): Category[] | null {
  if (!Array.isArray(list) || !list.length) {
    problems.report("warning", "it has no 'categories': the classes are called by their numbers");
    return null;
  }
  const categories = new Map<string, Category>();
  list.forEach((entry: unknown, i) => {
    const place = `category ${i + 1}`;
    const id = isEntry(entry) ? idOf(entry.id) : null;
    if (!isEntry(entry) || id === null)
      return problems.leaveOut("categories", `${place} has no id`);
    const { supercategory } = entry;
    // A name may be a number, like an id.
    const name = idOf(entry.name);
    if (name === null)
      return problems.leaveOut("categories", `${place} (id ${shortened(id)}) has no name`);
    const earlier = categories.get(id);
    if (earlier)
      return problems.leaveOut(
        "categories",
        `${place} has the id ${shortened(id)} of the category ${quoted(earlier.name)}`,
      );
    const parent = typeof supercategory === "string" ? supercategory : null;
    categories.set(id, { id, name, parent });
  });
  if (categories.size > MAX_CLASSES)
    problems.report("error", `it has ${categories.size} categories, more than ${MAX_CLASSES}`);
  return Array.from(categories.values())
    .slice(0, MAX_CLASSES)
    .sort((a, b) => NUMBER_ORDER.compare(a.id, b.id));
}

/** Categories of a file that does not name them. */
function numberedCategories(ids: ReadonlySet<string>): Category[] {
  return Array.from(ids)
    .sort((a, b) => NUMBER_ORDER.compare(a, b))
    .slice(0, MAX_CLASSES)
    .map((id) => ({ id, name: `class ${id}`, parent: null }));
}

/** Roboflow adds a category for the group of all others, which has no annotations. */
function withoutGroup(
  categories: readonly Category[],
  annotated: ReadonlySet<string>,
  problems: FileProblems,
): Category[] {
  const group = categories.find(
    ({ id, name }) =>
      !annotated.has(id) &&
      categories.length > 1 &&
      categories.every((other) => other.id === id || other.parent === name),
  );
  if (!group) return [...categories];
  problems.report(
    "warning",
    `the category ${quoted(group.name)} is the group of all others and has no annotations: it is not a class`,
  );
  return categories.filter((category) => category !== group);
}

/** An image's entry. */
interface ImageEntry {
  readonly id: string;
  /** One, or several if the id is not unique. */
  readonly names: readonly string[];
  readonly size: Size | null;
  readonly patient: { readonly patient?: string };
  /** Null if the entry names none. */
  readonly split: string | null;
  readonly isUnclear: boolean;
}

/** The images. Annotations of images that the file does not have are reported. */
function readImages(
  list: readonly unknown[],
  context: {
    readonly problems: FileProblems;
    readonly byImage: ReadonlyMap<string, ImageBoxes>;
  },
): ImageEntry[] {
  const { problems, byImage } = context;
  const images = new Map<string, ImageEntry>();
  list.forEach((entry: unknown, i) => {
    const place = `image ${i + 1}`;
    const id = isEntry(entry) ? idOf(entry.id) : null;
    if (!isEntry(entry) || id === null) return problems.leaveOut("images", `${place} has no id`);
    const name = entry.file_name;
    if (typeof name !== "string" || !name.trim())
      return problems.leaveOut("images", `${place} (id ${shortened(id)}) has no file_name`);
    const names = images.get(id)?.names ?? [];
    if (names.includes(name)) return;
    if (names.length)
      problems.leaveOut(
        "images",
        `${place} has the id ${shortened(id)} of ${shortened(names[0])}, and it is not clear which of them has the annotations; that image and this one are not used`,
      );
    images.set(id, {
      id,
      names: [...names, name],
      size: sizeOf(entry),
      patient: patientOf(entry),
      split: splitOf(entry),
      isUnclear: names.length > 0,
    });
  });
  let unknown = 0;
  for (const [id, { boxes, leftOut }] of byImage)
    if (!images.has(id)) unknown += boxes.length + leftOut;
  if (unknown)
    problems.report(
      "warning",
      `annotations of images that it does not describe were left out: ${unknown}`,
    );
  return Array.from(images.values());
}

/** The size of an image, whose numbers may be texts; null if it is missing or impossible. */
function sizeOf(entry: Entry): Size | null {
  const [width, height] = [entry.width, entry.height].map((side) => Number(idOf(side) ?? NaN));
  const isSide = (side: number) => Number.isInteger(side) && side > 0;
  return isSide(width) && isSide(height) ? { width, height } : null;
}

function patientOf(entry: Entry): { patient?: string } {
  for (const key of PATIENT_KEYS) {
    const patient = idOf(entry[key]);
    if (patient !== null) return { patient: patientInTable(patient) };
  }
  return {};
}

/** The split that an image's entry names; null if it names none. */
function splitOf(entry: Entry): string | null {
  for (const key of SPLIT_KEYS) {
    const split = entry[key];
    if (typeof split === "string" && split.trim()) return splitInName(split) ?? split.trim();
  }
  return null;
}
