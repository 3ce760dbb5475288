/** How easily a tumor is seen, and the ranges of its properties that follow from it. */

/** A range of values, `[lowest, highest]`. */
type Range = readonly [number, number];

/**
 * - `clear`: large and bright, with the typical place and shape of its class.
 * - `faint`: takes up little contrast agent, and is hardly brighter than white matter.
 * - `small`: about as large as a vessel or the plexus.
 * - `atypical`: bright, but at the place where the other class is typical. A ring has a thick rim
 *   and a small core; a solid tumor has a soft, less bright middle.
 */
export type TumorLook = "clear" | "faint" | "small" | "atypical";

/** Ranges of the properties of tumors. */
export interface LookRanges {
  /** Radius of a patient's only tumor, in half head widths. */
  readonly size: Range;
  /** Radius of one of two tumors, in half head widths. */
  readonly sizeOfTwo: Range;
  /** Grey value of the enhancing tissue; white matter has 118. */
  readonly brightness: Range;
  /** Thickness of a ring's rim, as a fraction of the radius. */
  readonly rim: Range;
}

/** The ranges of each look. */
export const LOOKS: Readonly<Record<TumorLook, LookRanges>> = {
  clear: { size: [0.13, 0.28], sizeOfTwo: [0.11, 0.18], brightness: [165, 215], rim: [0.22, 0.42] },
  faint: { size: [0.11, 0.22], sizeOfTwo: [0.1, 0.17], brightness: [130, 152], rim: [0.25, 0.45] },
  small: {
    size: [0.062, 0.095],
    sizeOfTwo: [0.062, 0.095],
    brightness: [150, 205],
    rim: [0.4, 0.6],
  },
  atypical: {
    size: [0.11, 0.2],
    sizeOfTwo: [0.1, 0.17],
    brightness: [150, 205],
    rim: [0.5, 0.7],
  },
};
