/** The regions of one mask: by the values of its pixels, and as a mask of black and white. */
import { UnreadableFile } from "../../read-file";
import type { Size } from "../shared/described-image";
import { decodeMask, type DecodedMask } from "./decode-mask";
import { type Region, regionsOf } from "./regions";

/** Values that a mask of classes may have; one with more has soft edges, or is no mask. */
export const MAX_VALUES = 20;
/** Pixels of a black and white mask are within this fraction of black or white. */
const END = 0.1;
/** At most this fraction of its pixels may be between black and white. */
const MAX_BETWEEN = 0.2;

/** What was found in a mask. */
export interface MaskRegions {
  readonly size: Size;
  /** All values but 0, if the pixels have few of them and the file's format keeps them. */
  readonly values: ReadonlySet<number> | null;
  readonly hasColors: boolean;
  readonly white: number;
  /** Regions of equal values; null if `values` is null. */
  readonly byValue: readonly Region[] | null;
  /** Regions that are brighter than the middle; null if the mask is not black and white. */
  readonly bright: readonly Region[] | null;
}

/**
 * Reads a mask.
 * @throws UnreadableFile when it cannot be decoded or is no mask
 */
export async function readMask(path: string): Promise<MaskRegions> {
  const mask = await decodeMask(path);
  const size = { width: mask.width, height: mask.height };
  const values = mask.isLossy ? null : fewValues(mask);
  const byValue = values && regionsOf(mask.values, { ...size, regionValues: values });
  const bright = isBlackAndWhite(mask)
    ? regionsOf(
        mask.values.map((value) => (value > mask.white / 2 ? mask.white : 0)),
        { ...size, regionValues: [mask.white] },
      )
    : null;
  if (!byValue && !bright)
    throw new UnreadableFile(
      mask.hasColors || !mask.isLossy
        ? `it has more than ${MAX_VALUES} ${mask.hasColors ? "colors" : "grey values"}, and is not black and white`
        : "it is a JPEG or WebP image that is not black and white",
    );
  return { size, values, hasColors: mask.hasColors, white: mask.white, byValue, bright };
}

/** The values of a mask but 0; null if there are more than a mask of classes has. */
function fewValues({ values }: DecodedMask): Set<number> | null {
  const found = new Set<number>();
  let last = 0;
  for (const value of values) {
    // Neighbors are mostly equal.
    if (value === last) continue;
    last = value;
    if (value === 0) continue;
    found.add(value);
    if (found.size > MAX_VALUES) return null;
  }
  return found;
}

/** Whether a mask has nearly black and nearly white pixels, and few others: soft edges. */
function isBlackAndWhite({ values, hasColors, white }: DecodedMask): boolean {
  if (hasColors) return false;
  let between = 0;
  let bright = 0;
  let black = 0;
  for (const value of values)
    if (value >= (1 - END) * white) bright++;
    else if (value > END * white) between++;
    else if (value > 0) black++;
  if (between > MAX_BETWEEN * values.length || between > bright) return false;
  // A dark mask of class numbers has no white pixel.
  return bright > 0 || !black;
}
