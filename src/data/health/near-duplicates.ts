/**
 * Slices that look the same. Within a patient they are harmless; in two splits they make the
 * metrics too good.
 */
import type { ImageRecord } from "../../types";
import { inParallel } from "../../util/in-parallel";
import { visitClosePairs } from "../close-hashes";
import type { Dataset } from "../dataset";
import { groupOf } from "../groups";
import { decodeRecord } from "../image";
import { HASH_BITS, perceptualHash } from "./perceptual-hash";

/**
 * Slices are near duplicates if at most this many of 256 bits differ. Measured on 296 real slices
 * of 58 patients: a slice that was saved again at low quality, smaller or brighter differs from the
 * original by at most 21 bits in 95 of 100 cases; neighboring slices differ by at least 12 bits
 * (median 46), different patients by at least 56. In the bundled sample, whose phantoms look alike,
 * different patients differ by at least 26 bits.
 */
export const NEAR_DUPLICATE_BITS = 24;

/** Pairs that are listed at most: a thousand equal images have half a million. */
export const MAX_PAIRS = 10_000;

/** Two slices that look the same. */
export interface NearDuplicate {
  readonly first: ImageRecord;
  readonly second: ImageRecord;
  /** Bits that differ, of `HASH_BITS`. */
  readonly distance: number;
  /**
   * Whether they are in two splits: the detector is evaluated on an image that it was trained on.
   */
  readonly crossesSplit: boolean;
  /**
   * Whether they belong to two patients, so that a split by patient can separate them. Where
   * patients are not known: whether they belong to two groups.
   */
  readonly crossesPatient: boolean;
}

/** The near duplicates of a data set. */
export interface NearDuplicates {
  /** Bits that may differ. */
  readonly maxDistance: number;
  /** Number of images that were compared. */
  readonly images: number;
  /** Number of pairs that were found, including those that are not listed. */
  readonly pairCount: number;
  /**
   * At most 10,000 pairs: those across splits first, then those across patients, then the others;
   * within each group those with the fewest different bits first.
   */
  readonly pairs: readonly NearDuplicate[];
  /** For people to read. */
  readonly text: string;
}

/**
 * Compares every slice with every other by perceptual hash.
 * @param options.maxDistance bits that may differ, of 256
 * @param options.maxPairs pairs that are listed at most; all of them are counted
 * @throws when an option is out of range, or an image cannot be decoded; the message names the file
 * @example
 * const { pairs, text } = await nearDuplicates(dataset);
 */
export async function nearDuplicates(
  dataset: Dataset,
  options: { readonly maxDistance?: number; readonly maxPairs?: number } = {},
): Promise<NearDuplicates> {
  const { maxDistance = NEAR_DUPLICATE_BITS, maxPairs = MAX_PAIRS } = options;
  if (!(maxPairs >= 1)) throw new Error(`maxPairs is ${maxPairs}; it must be at least 1`);
  if (!Number.isInteger(maxDistance) || maxDistance < 0 || maxDistance > HASH_BITS) {
    throw new Error(
      `maxDistance is ${maxDistance}; it must be a whole number of bits from 0 to ${HASH_BITS}`,
    );
  }
  const { images } = dataset;
  const hashes = await inParallel(images, async (image) =>
    perceptualHash(await decodeRecord(image)),
  );
  const worst = new WorstPairs(maxPairs);
  visitClosePairs(hashes, maxDistance, (i, j, distance) => {
    const [first, second] = [images[i], images[j]];
    worst.add({
      first,
      second,
      distance,
      crossesSplit: first.split !== second.split,
      crossesPatient: groupOf(first, first.id) !== groupOf(second, second.id),
    });
  });
  const pairs = worst.sorted();
  return {
    maxDistance,
    images: images.length,
    pairCount: worst.counts.all,
    pairs,
    text: summary(worst.counts, {
      images: images.length,
      maxDistance,
      listed: pairs.length,
      isKnown: dataset.arePatientsKnown,
    }),
  };
}

/** How many pairs there are. */
interface PairCounts {
  all: number;
  crossSplits: number;
  crossPatients: number;
}

/** Counts all pairs and collects the most serious ones. */
class WorstPairs {
  readonly counts: PairCounts = { all: 0, crossSplits: 0, crossPatients: 0 };
  private candidates: NearDuplicate[] = [];
  /** The least serious pair that can be listed so far; null while there are few pairs. */
  private last: NearDuplicate | null = null;

  constructor(private readonly most: number) {}

  add(pair: NearDuplicate): void {
    this.counts.all++;
    if (pair.crossesSplit) this.counts.crossSplits++;
    if (pair.crossesPatient) this.counts.crossPatients++;
    if (this.last && bySeverity(pair, this.last) >= 0) return;
    this.candidates.push(pair);
    // Sorting now and then costs less than keeping the pairs in order.
    if (this.candidates.length < 2 * this.most) return;
    this.candidates = this.sorted();
    this.last = this.candidates.at(-1) ?? null;
  }

  /** The most serious pairs, sorted; equally serious ones in the order in which they were added. */
  sorted(): NearDuplicate[] {
    return [...this.candidates].sort(bySeverity).slice(0, this.most);
  }
}

function bySeverity(a: NearDuplicate, b: NearDuplicate): number {
  return severity(b) - severity(a) || a.distance - b.distance;
}

function severity({ crossesSplit, crossesPatient }: NearDuplicate): number {
  return 2 * Number(crossesSplit) + Number(crossesPatient);
}

function summary(
  { all, crossSplits, crossPatients }: PairCounts,
  {
    images,
    maxDistance,
    listed,
    isKnown,
  }: {
    readonly images: number;
    readonly maxDistance: number;
    readonly listed: number;
    /** Whether the patient of every image is known. */
    readonly isKnown: boolean;
  },
): string {
  const criterion = `at most ${maxDistance} of ${HASH_BITS} bits differ`;
  if (!all) return `No two of ${images} slices are near duplicates (${criterion}).`;
  const unit = isKnown ? "patient" : "group";
  const acrossUnits = isKnown
    ? "Pairs across patients may be one person with two names, whom a split by patient can separate."
    : "Patients are unknown, and pairs across groups may be one patient, whose images a split by group can separate.";
  const advice = crossSplits
    ? "With pairs across splits, a detector is evaluated on images that it was trained on: remove one image of each pair."
    : crossPatients
      ? acrossUnits
      : `All pairs are slices of one ${unit} in one split: they are harmless if splits are by ${unit}.`;
  const limit = listed < all ? ` Only the ${listed} most serious pairs are listed.` : "";
  return `${all} pairs of ${images} slices are near duplicates (${criterion}); ${crossSplits} cross splits, ${crossPatients} cross ${unit}s. ${advice}${limit}`;
}
