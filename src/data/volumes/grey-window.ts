/**
 * From a scanner's values to the 8-bit grey that the detector takes: what a viewer calls window
 * and level.
 */
import { quantileSorted } from "simple-statistics";

/**
 * Values up to `level - width / 2` are black and those from `level + width / 2` on white; between
 * them as the shape says.
 */
export interface GreyWindow {
  readonly level: number;
  readonly width: number;
  /**
   * `dicom` and `sigmoid` are DICOM's functions LINEAR and SIGMOID (PS3.3 C.11.2.1.2 and
   * C.11.2.1.3), `linear` is its LINEAR_EXACT.
   */
  readonly shape: "linear" | "dicom" | "sigmoid";
  /**
   * Where it comes from, for the results' metadata: `given`, `header`, or `percentiles 0.5 and
   * 99.5`.
   */
  readonly source: string;
}

const WHITE = 255;

/**
 * Values as 8-bit grey. What is no finite number (a hole, padding around a scan) is black.
 * @param inverted high values are dark, as in DICOM's MONOCHROME1
 */
export function toGrey(values: Float32Array, window: GreyWindow, inverted = false): Uint8Array {
  const part = partOf(window);
  return Uint8Array.from(values, (value) => {
    if (!Number.isFinite(value)) return 0;
    return Math.round(WHITE * (inverted ? 1 - part(value) : part(value)));
  });
}

/** From a value to the part of white it is shown with, in [0, 1]. */
function partOf({ level, width, shape }: GreyWindow): (value: number) => number {
  if (shape === "sigmoid") return (value) => 1 / (1 + Math.exp((-4 * (value - level)) / width));
  // LINEAR counts whole values: a window of width w has w - 1 steps, and its middle lies between
  // two values.
  const middle = shape === "dicom" ? level - 0.5 : level;
  const steps = shape === "dicom" ? width - 1 : width;
  return (value) => {
    if (value <= middle - steps / 2) return 0;
    return value > middle + steps / 2 ? 1 : (value - middle) / steps + 0.5;
  };
}

/**
 * The window from one percentile of all finite values to another, in percent. Throws when no value
 * is finite.
 */
export function percentileWindow(
  values: Float32Array,
  [low, high]: readonly [number, number],
): GreyWindow {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  if (!sorted.length) throw new Error("none of its values is a number");
  const [black, white] = [low, high].map((percent) =>
    quantileSorted(sorted as unknown as number[], percent / 100),
  );
  const source = `percentiles ${low} and ${high}`;
  return { level: (black + white) / 2, width: white - black, shape: "linear", source };
}
