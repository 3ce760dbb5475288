/**
 * Converts a scanner's values to the 8-bit grey values of the detector's input: what a viewer calls
 * window and level.
 */
import { quantile } from "simple-statistics";
import { finiteValues } from "../pixels/finite-values";

/**
 * Values up to `level - width / 2` are black and values from `level + width / 2` are white; the
 * shape says how values between them are mapped.
 */
export interface GreyWindow {
  readonly level: number;
  readonly width: number;
  /**
   * DICOM's functions (PS3.3 C.11.2.1.2 and C.11.2.1.3): `dicom` is LINEAR, `sigmoid` is SIGMOID,
   * `linear` is LINEAR_EXACT.
   */
  readonly shape: "linear" | "dicom" | "sigmoid";
  /**
   * Where the window comes from, for the metadata of results: `given`, `header`, or `percentiles
   * 0.5 and 99.5`.
   */
  readonly source: string;
}

/** The highest grey value. */
const WHITE = 255;

/**
 * Converts values to 8-bit grey. Values that are not finite (holes, padding around a scan) are
 * black.
 * @param inverted whether high values are dark, as in DICOM's MONOCHROME1
 */
export function toGrey(values: Float32Array, window: GreyWindow, inverted = false): Uint8Array {
  const fraction = fractionOfWhite(window);
  return Uint8Array.from(values, (value) => {
    if (!Number.isFinite(value)) return 0;
    return Math.round(WHITE * (inverted ? 1 - fraction(value) : fraction(value)));
  });
}

/** The function from a value to its fraction of white, in [0, 1]. */
function fractionOfWhite({ level, width, shape }: GreyWindow): (value: number) => number {
  if (shape === "sigmoid") return (value) => 1 / (1 + Math.exp((-4 * (value - level)) / width));
  // LINEAR is defined for integers: a window of width w has w - 1 steps, and its middle is between
  // two of them.
  const middle = shape === "dicom" ? level - 0.5 : level;
  const steps = shape === "dicom" ? width - 1 : width;
  return (value) => {
    if (value <= middle - steps / 2) return 0;
    return value > middle + steps / 2 ? 1 : (value - middle) / steps + 0.5;
  };
}

/** A remark for scans whose window is coarse. */
export const COARSE =
  "the values are so large that neighboring grey values cannot be told apart: they are read with 24 significant bits";

/**
 * Whether values within the window, which have 24 significant bits, are further apart than grey
 * values.
 */
export function isCoarse({ level, width }: GreyWindow): boolean {
  const SIGNIFICANT_BITS = 24;
  const largest = Math.abs(level) + width / 2;
  const step = 2 ** (Math.floor(Math.log2(largest)) + 1 - SIGNIFICANT_BITS);
  return width > 0 && step > width / WHITE;
}

/**
 * The window from one percentile of all finite values to another.
 * @param percentiles the two percentiles, in percent
 * @throws when no value is finite
 */
export function percentileWindow(
  values: Float32Array,
  percentiles: readonly [number, number],
): GreyWindow {
  const [low, high] = percentiles;
  const finite = finiteValues(values);
  if (!finite.length) throw new Error("none of its values is finite");
  // Selecting the two values takes a tenth of the time of sorting all of a scan's values.
  const [black, white] = quantile(finite as unknown as number[], [low / 100, high / 100]);
  const source = `percentiles ${low} and ${high}`;
  return { level: (black + white) / 2, width: white - black, shape: "linear", source };
}
