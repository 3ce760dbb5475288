/**
 * Slices that look the same: harmless inside a patient, a leak from training to test when they are
 * in two splits.
 */
import type { ImageRecord } from "../../types";
import type { Dataset } from "../dataset";
import { inParallel } from "../formats/yolo/read-yolo";
import { closePairs } from "./close-hashes";
import { HASH_BITS, perceptualHash } from "./perceptual-hash";

/**
 * Slices with no more differing bits, of 256, are near duplicates. Measured on 296 real slices of
 * 58 patients: a slice saved again at low quality, smaller or brighter differs from itself by 21 or
 * less in 95 of 100 cases, neighboring slices by 12 and more (median 46), different patients by 56
 * and more; in the bundled sample, whose phantoms are alike, different patients differ by 26 and
 * more.
 */
export const NEAR_DUPLICATE_BITS = 24;

export interface NearDuplicate {
  readonly first: ImageRecord;
  readonly second: ImageRecord;
  /** Bits that differ, of `HASH_BITS`. */
  readonly distance: number;
  /** The serious case: what is trained on is judged on. */
  readonly crossesSplit: boolean;
  /**
   * The same picture under two patients' names, so that splits by patient do not keep them
   * together.
   */
  readonly crossesPatient: boolean;
}

export interface NearDuplicates {
  readonly maxDistance: number;
  readonly images: number;
  /**
   * Pairs across splits first, then those across patients, then the rest; nearest first among
   * each.
   */
  readonly pairs: readonly NearDuplicate[];
  /** For people to read. */
  readonly text: string;
}

/**
 * Compares every slice with every other by perceptual hash.
 * @param options.maxDistance bits that may differ, of 256
 * @throws when the distance is no whole number of bits, or naming the file that cannot be decoded
 */
export async function nearDuplicates(
  dataset: Dataset,
  { maxDistance = NEAR_DUPLICATE_BITS }: { readonly maxDistance?: number } = {},
): Promise<NearDuplicates> {
  if (!Number.isInteger(maxDistance) || maxDistance < 0 || maxDistance > HASH_BITS) {
    throw new Error(
      `maxDistance is ${maxDistance}; it must be a whole number of bits from 0 to ${HASH_BITS}`,
    );
  }
  const { images } = dataset;
  const hashes = await inParallel(images, ({ path }) => perceptualHash(path));
  const pairs = closePairs(hashes, maxDistance).map((pair): NearDuplicate => {
    const [first, second] = [images[pair.first], images[pair.second]];
    const crossesSplit = first.split !== second.split;
    return {
      first,
      second,
      distance: pair.distance,
      crossesSplit,
      crossesPatient: first.patient !== second.patient,
    };
  });
  pairs.sort((a, b) => gravity(b) - gravity(a) || a.distance - b.distance);
  return {
    maxDistance,
    images: images.length,
    pairs,
    text: said(pairs, images.length, maxDistance),
  };
}

function gravity({ crossesSplit, crossesPatient }: NearDuplicate): number {
  return 2 * Number(crossesSplit) + Number(crossesPatient);
}

function said(pairs: readonly NearDuplicate[], images: number, maxDistance: number): string {
  const criterion = `${maxDistance} of ${HASH_BITS} bits or less apart`;
  if (!pairs.length) return `No two of ${images} slices are near duplicates (${criterion}).`;
  const splits = pairs.filter(({ crossesSplit }) => crossesSplit).length;
  const patients = pairs.filter(({ crossesPatient }) => crossesPatient).length;
  const verdict = splits
    ? "Pairs across splits let a detector be judged on what it was trained on: take one of each out."
    : patients
      ? "Pairs across patients may be one person under two names: splits by patient do not keep them together."
      : "All are slices of one patient in one split: harmless as long as splits go by patient.";
  return `${pairs.length} pairs of ${images} slices are near duplicates (${criterion}); ${splits} cross splits, ${patients} cross patients. ${verdict}`;
}
