/** Which slices of a scan become images. */

/** How slices are chosen. */
export interface SliceChoice {
  /** Number of slices of the scan. */
  readonly count: number;
  /** Every n-th slice is a candidate. */
  readonly every: number;
  /** Number of candidates without a lesion that become images. */
  readonly lesionFree: number;
  /** Whether a lesion has a box in the slice. */
  readonly hasLesion: (index: number) => boolean;
  /** Whether the slice shows no part of a lesion. */
  readonly isLesionFree: (index: number) => boolean;
}

/**
 * Slices this far from the first and the last, as a fraction of all, are not chosen as slices
 * without a lesion: they show the neck, the top of the head, or nothing.
 */
const MARGIN = 0.15;

/**
 * Chooses the slices of a scan: of every n-th slice all with a lesion, and some without one, evenly
 * distributed.
 * @returns indices in rising order
 */
export function chooseSlices(choice: SliceChoice): number[] {
  const { count, every, lesionFree, hasLesion, isLesionFree } = choice;
  const candidates = Array.from({ length: Math.ceil(count / every) }, (_, i) => i * every);
  const withLesion = candidates.filter(hasLesion);
  const without = candidates.filter(
    (index) =>
      isLesionFree(index) && index >= MARGIN * count && index <= (1 - MARGIN) * (count - 1),
  );
  const chosen = Array.from(
    { length: Math.min(lesionFree, without.length) },
    (_, i) =>
      without[Math.floor(((i + 0.5) * without.length) / Math.min(lesionFree, without.length))],
  );
  return [...withLesion, ...chosen].sort((a, b) => a - b);
}
