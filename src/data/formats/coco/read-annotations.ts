/** Reads the annotations of a COCO file. */
import type { Box } from "../../../types";
import { shortened } from "../../checks";
import type { DescribedBox } from "../shared/described-image";
import type { FileProblems } from "../shared/file-problems";
import { boxAroundRotated, rotatedBoxes, rotationOf } from "../shared/rotated-box";
import { type Category, type Entry, idOf, isEntry } from "./entries";
import { readSegmentation } from "./segmentation";

/** Values of `iscrowd` that mark a crowd region; some programs write texts. */
const IS_CROWD: readonly unknown[] = [1, true, "1"];

/** The annotations of one image. */
export interface ImageBoxes {
  readonly boxes: DescribedBox[];
  leftOut: number;
}

/** The boxes by the ids of their images. */
export function readAnnotations(
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
  let rotated = 0;
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
    if (IS_CROWD.includes(entry.iscrowd)) {
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
    if (typeof box.box !== "function" && rotationIn(entry)) rotated++;
    image.boxes.push({ className, place, ...box });
  });
  if (crowds)
    problems.report(
      "warning",
      `crowd regions (iscrowd 1), which are not single lesions, were left out: ${crowds}`,
    );
  if (rotated) problems.report("warning", rotatedBoxes(rotated));
  if (repeatedIds)
    problems.report(
      "warning",
      `annotations with the id of another one, which were read like all others: ${repeatedIds}`,
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
  const box: Box = [x, y, x + width, y + height];
  const rotation = rotationIn(entry);
  return { box: rotation ? boxAroundRotated(box, rotation) : box };
}

/** The rotation of the box in degrees, which CVAT writes among the attributes. */
function rotationIn({ attributes }: Entry): number {
  return isEntry(attributes) ? rotationOf(attributes.rotation) : 0;
}
