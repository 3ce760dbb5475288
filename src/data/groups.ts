/**
 * Groups of images that have to stay in the same part of a data set. Where patients are known, the
 * images of a patient are a group. Elsewhere images are grouped by what can be known: variants of
 * one upload, equal images, and images that look alike.
 */
import type { ImageRecord } from "../types";
import { visitClosePairs } from "./close-hashes";
import { CLOSE_LOOK_BITS } from "./look-hash";

/** What decides to which group an image belongs. */
export interface Grouped {
  readonly patient: string | null;
  readonly group?: string;
}

/**
 * The name of an image's group: its patient, or the group that `withGroups` gave it, or the image
 * itself.
 * @param id the image's own name
 * @example
 * const groups = dataset.images.map((image) => groupOf(image, image.id));
 */
export function groupOf({ patient, group }: Grouped, id: string): string {
  return group ?? patient ?? id;
}

/** A patient for people to read. */
export function patientName(patient: string | null): string {
  return patient ?? "unknown";
}

/** Whether the patient of every image is known. */
export function arePatientsKnown(images: readonly { readonly patient: string | null }[]): boolean {
  return images.every(({ patient }) => patient !== null);
}

/**
 * Gives each image its group, unless all patients are known. The name of a group is the id of one
 * of its images.
 * @param hints one for each image: images with the same text belong together; null says nothing
 */
export function withGroups(
  images: readonly ImageRecord[],
  hints: readonly (string | null)[],
): ImageRecord[] {
  if (arePatientsKnown(images)) return [...images];
  const groups = new DisjointSets(images.length);
  const joinEqual = (keys: readonly (string | null)[]) => {
    const firsts = new Map<string, number>();
    keys.forEach((key, i) => {
      if (key === null) return;
      const first = firsts.get(key);
      if (first === undefined) firsts.set(key, i);
      else groups.join(first, i);
    });
  };
  joinEqual(images.map(({ patient }) => patient));
  joinEqual(hints);
  joinEqual(images.map(({ fingerprint }) => fingerprint?.pixels ?? null));
  const looks = images.flatMap(({ fingerprint }, i) =>
    fingerprint?.look ? [{ i, look: fingerprint.look }] : [],
  );
  visitClosePairs(
    looks.map(({ look }) => look),
    CLOSE_LOOK_BITS,
    (first, second) => groups.join(looks[first].i, looks[second].i),
  );
  const names = new Map<number, string>();
  images.forEach(({ id }, i) => {
    const root = groups.root(i);
    const name = names.get(root);
    if (name === undefined || id < name) names.set(root, id);
  });
  return images.map((image, i) => ({ ...image, group: names.get(groups.root(i))! }));
}

/** Sets without common members, which can be joined (Tarjan 1975). */
class DisjointSets {
  private readonly parents: Int32Array;

  constructor(count: number) {
    this.parents = Int32Array.from({ length: count }, (_, i) => i);
  }

  /** The member that stands for a set. */
  root(member: number): number {
    const { parents } = this;
    while (parents[member] !== member) {
      parents[member] = parents[parents[member]];
      member = parents[member];
    }
    return member;
  }

  /** Makes one set of those of two members. */
  join(first: number, second: number): void {
    this.parents[this.root(second)] = this.root(first);
  }
}
