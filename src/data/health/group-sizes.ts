/** How many images the groups of a data set have. Images of a group stay in the same part. */
import { groupBy } from "../../util/group-by";
import type { ImageRecord } from "../../types";
import type { Dataset } from "../dataset";
import { groupOf } from "../groups";

/** The groups of a data set: patients, or images that are alike where patients are not known. */
export interface GroupSizes {
  /** Number of groups. */
  readonly groups: number;
  /** Number of groups with several images. */
  readonly several: number;
  /** The images of the largest group. */
  readonly largest: readonly ImageRecord[];
  /** For people to read. */
  readonly text: string;
}

/**
 * Counts the images of each group.
 * @example
 * console.log(groupSizes(dataset).text);
 */
export function groupSizes({
  images,
  arePatientsKnown,
}: Pick<Dataset, "images" | "arePatientsKnown">): GroupSizes {
  const groups = Array.from(groupBy(images, (image) => groupOf(image, image.id)).values());
  const several = groups.filter(({ length }) => length > 1).length;
  const largest = groups.reduce((best, group) => (group.length > best.length ? group : best), []);
  const counts = `${images.length} images are in ${groups.length} groups, ${several} of them with several images; the largest has ${largest.length}.`;
  const meaning = arePatientsKnown
    ? "Each patient is a group."
    : "A group is one or more images that are alike: variants of one upload, copies, and images that look the same. Two groups may still show one patient.";
  return { groups: groups.length, several, largest, text: `${counts} ${meaning}` };
}
