/**
 * Reads the window of a DICOM frame. The detection does not need it: without a valid window, grey
 * values are from the percentiles.
 */
import type { DataSet } from "dicom-parser";
import { formatTag, type Note, TAGS } from "./elements";
import type { GreyWindow } from "../grey-window";

/** The functions of windows (VOI LUT Function). */
const SHAPES: Readonly<Record<string, GreyWindow["shape"]>> = {
  LINEAR: "dicom",
  LINEAR_EXACT: "linear",
  SIGMOID: "sigmoid",
};

/**
 * The first valid window of a frame; null if there is none. A header can have several, for bones
 * and for soft tissue for example.
 * @param holderOf the data set that has an element of this frame
 */
export function readWindow(holderOf: (tag: string) => DataSet, note: Note): GreyWindow | null {
  const [levels, widths] = [TAGS.windowCenter, TAGS.windowWidth].map((tag) =>
    numbersOf(holderOf(tag).string(tag)),
  );
  if (!levels.length || !widths.length) {
    if (holderOf(TAGS.voiLut).elements[TAGS.voiLut])
      note(`the header has a table of grey values ${formatTag(TAGS.voiLut)}, which is not used`);
    return null;
  }
  const name = holderOf(TAGS.windowFunction).string(TAGS.windowFunction) || "LINEAR";
  const shape = SHAPES[name];
  if (!shape) {
    note(
      `the function of the window in the header ${formatTag(TAGS.windowFunction)} is unknown: the window is not used`,
    );
    return null;
  }
  // A window of width 1 of the function LINEAR shows black and white only.
  const lowest = shape === "dicom" ? 1 : 0;
  const valid = widths.findIndex(
    (width, i) => width > lowest && Number.isFinite(width) && Number.isFinite(levels[i]),
  );
  if (valid >= 0) return { level: levels[valid], width: widths[valid], shape, source: "header" };
  note(
    `the window in the header ${formatTag(TAGS.windowWidth)} is not used: its width is not above ${lowest}, or is not a number`,
  );
  return null;
}

/** The numbers of a text element; NaN for parts that are not numbers. */
function numbersOf(text: string | undefined): number[] {
  if (!text?.trim()) return [];
  return text.split("\\").map((part) => (part.trim() ? Number(part) : NaN));
}
