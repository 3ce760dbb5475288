/** Parses the JSON of a COCO file: images, annotations and categories. */
import { quoted, shortened } from "../../checks";
import { MAX_CLASSES } from "../../class-names";
import type { DescribedBox, DescribedImage, Size } from "../shared/described-image";
import type { FileProblems } from "../shared/file-problems";
import { readSegmentation } from "./segmentation";

/** A JSON object. */
type Entry = Readonly<Record<string, unknown>>;

/** A category that annotations may have. */
export interface Category {
  readonly id: string;
  readonly name: string;
  /** Null if it has none. */
  readonly parent: string | null;
}

/** The content of a COCO file. */
export interface CocoContent {
  readonly images: readonly DescribedImage[];
  /** In the order of their ids. */
  readonly categories: readonly Category[];
}

/** Keys of an image's patient, in the order in which they are looked for. */
const PATIENT_KEYS = ["patient_id", "patient", "patientId", "subject_id"];
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
  const categories = named ?? numberedCategories(annotated);
  const described = readImages(images, { problems, byImage }).map(
    ({ name, size, patient, id }): DescribedImage => {
      const { boxes = [], leftOut = 0 } = byImage.get(id) ?? {};
      return { file, names: [name], split, size, boxes, leftOut, ...patient };
    },
  );
  return { images: described, categories: withoutGroup(categories, annotated, problems) };
}

/** Parses JSON; undefined if that is not possible, which is reported. */
function parseJson(text: string, problems: FileProblems): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    try {
      return JSON.parse(withoutNaN(text)) as unknown;
    } catch {
      const reason = shortened((error as Error).message.split("\n")[0]);
      problems.report("error", `it is not JSON (${reason}): write it again, or remove it`);
      return undefined;
    }
  }
}

/** Python writes NaN and Infinity, which JSON does not have. They become null. */
function withoutNaN(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (match) =>
    match.startsWith('"') ? match : "null",
  );
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
    const { name, supercategory } = entry;
    if (typeof name !== "string" || !name.trim())
      return problems.leaveOut("categories", `${place} (id ${shortened(id)}) has no name`);
    const earlier = categories.get(id);
    if (earlier)
      return problems.leaveOut(
        "categories",
        `${place} has the id ${shortened(id)} of the category ${quoted(earlier.name)}`,
      );
    const parent = typeof supercategory === "string" ? supercategory : null;
    categories.set(id, { id, name: name.trim(), parent });
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

/** The annotations of one image. */
interface ImageBoxes {
  readonly boxes: DescribedBox[];
  leftOut: number;
}

/** The boxes by the ids of their images. */
function readAnnotations(
  list: readonly unknown[],
  context: {
    readonly problems: FileProblems;
    readonly categories: readonly Category[] | null;
    /** Receives the ids of the categories that have annotations. */
    readonly annotated: Set<string>;
  },
): Map<string, ImageBoxes> {
  const { problems, annotated } = context;
  const names = context.categories && new Map(context.categories.map(({ id, name }) => [id, name]));
  const byImage = new Map<string, ImageBoxes>();
  const ids = new Set<string>();
  let crowds = 0;
  let repeatedIds = 0;
  list.forEach((entry: unknown, i) => {
    const place = i + 1;
    const id = isEntry(entry) ? idOf(entry.id) : null;
    const label = `annotation ${place}${id === null ? "" : ` (id ${shortened(id)})`}`;
    const imageId = isEntry(entry) ? idOf(entry.image_id) : null;
    if (!isEntry(entry) || imageId === null)
      return problems.leaveOut("annotations", `${label} has no image_id`);
    if (id !== null && ids.size === ids.add(id).size) repeatedIds++;
    const image = byImage.get(imageId) ?? { boxes: [], leftOut: 0 };
    byImage.set(imageId, image);
    const categoryId = idOf(entry.category_id);
    if (entry.iscrowd === 1 || entry.iscrowd === true) {
      crowds++;
      image.leftOut++;
      return;
    }
    const className = names ? names.get(categoryId ?? "") : `class ${categoryId}`;
    const box = readBox(entry);
    const fault =
      categoryId === null
        ? "has no category_id"
        : className === undefined
          ? `has the category ${shortened(categoryId)}, which the file does not describe`
          : typeof box === "string"
            ? box
            : null;
    if (fault !== null || className === undefined || typeof box === "string") {
      image.leftOut++;
      return problems.leaveOut("annotations", `${label} ${fault}`);
    }
    annotated.add(categoryId!);
    image.boxes.push({ className, place, ...box });
  });
  if (crowds)
    problems.report(
      "warning",
      `${crowds} crowd regions (iscrowd 1) are not single lesions and were left out`,
    );
  if (repeatedIds)
    problems.report(
      "warning",
      `${repeatedIds} annotations have the id of another one: ids have no meaning here, and all were read`,
    );
  return byImage;
}

/** The box of an annotation, or the reason why it has none. */
function readBox(entry: Entry): Pick<DescribedBox, "box" | "frame"> | string {
  const { bbox, segmentation } = entry;
  const hasRegion =
    segmentation !== null &&
    typeof segmentation === "object" &&
    (!Array.isArray(segmentation) || segmentation.length > 0);
  const isPlaceholder =
    bbox === undefined ||
    bbox === null ||
    (Array.isArray(bbox) && (!bbox.length || (hasRegion && bbox.every((value) => value === 0))));
  if (isPlaceholder && hasRegion) {
    const region = readSegmentation(segmentation);
    if (typeof region === "string") return `has no box, and ${region}`;
    return { box: region.boxIn, ...(region.frame ? { frame: region.frame } : {}) };
  }
  if (isPlaceholder) return "has neither a box nor a segmentation";
  if (!Array.isArray(bbox) || bbox.length !== 4 || !bbox.every((value) => Number.isFinite(value)))
    return "has a bbox that is not a list of four numbers (left, top, width, height)";
  const [x, y, width, height] = bbox as number[];
  if (width < 0 || height < 0) return "has a bbox with a negative width or height";
  return { box: [x, y, x + width, y + height] };
}

/** An image's entry. */
interface ImageEntry {
  readonly id: string;
  readonly name: string;
  readonly size: Size | null;
  readonly patient: { readonly patient?: string };
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
  const unclear = new Set<string>();
  list.forEach((entry: unknown, i) => {
    const place = `image ${i + 1}`;
    const id = isEntry(entry) ? idOf(entry.id) : null;
    if (!isEntry(entry) || id === null) return problems.leaveOut("images", `${place} has no id`);
    const name = entry.file_name;
    if (typeof name !== "string" || !name.trim())
      return problems.leaveOut("images", `${place} (id ${shortened(id)}) has no file_name`);
    const earlier = images.get(id);
    if (earlier && earlier.name !== name) {
      unclear.add(id);
      return problems.leaveOut(
        "images",
        `${place} has the id ${shortened(id)} of ${shortened(earlier.name)}, so it is not clear whose annotations they are: both images were left out, and`,
      );
    }
    images.set(id, { id, name, size: sizeOf(entry), patient: patientOf(entry) });
  });
  let unknown = 0;
  for (const [id, { boxes, leftOut }] of byImage)
    if (!images.has(id)) unknown += boxes.length + leftOut;
  if (unknown)
    problems.report(
      "warning",
      `${unknown} of its annotations were left out: they are of images that it does not describe`,
    );
  return Array.from(images.values()).filter(({ id }) => !unclear.has(id));
}

/** The size of an image; null if it is missing or impossible. */
function sizeOf({ width, height }: Entry): Size | null {
  const isSide = (side: unknown): side is number => Number.isInteger(side) && (side as number) > 0;
  return isSide(width) && isSide(height) ? { width, height } : null;
}

function patientOf(entry: Entry): { patient?: string } {
  for (const key of PATIENT_KEYS) {
    const patient = idOf(entry[key]);
    if (patient !== null) return { patient };
  }
  return {};
}

/** An id as a text: a number, or a text that is not empty. Null for anything else. */
function idOf(value: unknown): string | null {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value.trim() ? value.trim() : null;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
