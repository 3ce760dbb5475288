/** Decides which class each value of the masks of a data set is. */
import { UnreadableFile } from "../../read-file";
import { MAX_VALUES, type MaskRegions } from "./mask-regions";
import type { Region } from "./regions";

/** The class of the regions, if all masks have one value but 0. */
const ONLY_CLASS = "lesion";
/** Values of white pixels are above this fraction of white. */
const NEARLY_WHITE = 0.9;

/** A region with the name of its class. */
export interface NamedRegion extends Region {
  readonly className: string;
}

/** The classes of the masks of a data set. */
export interface MaskClasses {
  /** In the order of their values. */
  readonly names: readonly string[];
  /** Values that are read as classes, though they may be soft edges; empty if all are clear. */
  readonly doubtful: readonly number[];
  /** Whether masks are read as black and white, because they have soft edges. */
  readonly areBlackAndWhite: boolean;
  /**
   * The regions of a mask.
   * @throws UnreadableFile when it does not fit the other masks
   */
  regionsOf(mask: MaskRegions): readonly NamedRegion[];
}

/**
 * Finds the classes of masks. Each value but 0 is a class, unless there are too many values, or
 * several that are nearly white: then the masks are black and white with soft edges.
 */
export function classesOf(masks: readonly MaskRegions[]): MaskClasses {
  const values = new Set(masks.flatMap((mask) => Array.from(mask.values ?? [])));
  const grey = masks.filter(({ hasColors }) => !hasColors);
  const white = new Set(
    grey.flatMap((mask) =>
      Array.from(mask.values ?? []).filter((value) => value >= NEARLY_WHITE * mask.white),
    ),
  );
  const areBlackAndWhite = values.size > MAX_VALUES || white.size > 1;
  const chosen = (mask: MaskRegions) =>
    areBlackAndWhite ? mask.bright : (mask.byValue ?? mask.bright);
  const hasColors = masks.some((mask) => mask.hasColors);
  const keys = new Set(
    masks.flatMap((mask) => (chosen(mask) ?? []).map(({ value }) => keyOf(value, mask, hasColors))),
  );
  const sorted = Array.from(keys).sort((a, b) => a - b);
  const nameOf = (key: number) =>
    sorted.length === 1 ? ONLY_CLASS : hasColors ? colorName(key) : `class ${key}`;
  const isDoubtful = !hasColors && sorted.length > 1 && sorted.some((key) => white.has(key));
  return {
    names: sorted.map(nameOf),
    doubtful: isDoubtful ? sorted : [],
    areBlackAndWhite,
    regionsOf(mask) {
      const regions = chosen(mask);
      if (!regions)
        throw new UnreadableFile(
          `it is not black and white, and the masks have more than ${MAX_VALUES} values`,
        );
      return regions.map((region) => ({
        ...region,
        className: nameOf(keyOf(region.value, mask, hasColors)),
      }));
    },
  };
}

/** A value as it is compared with those of other masks: as a color if any mask has colors. */
function keyOf(value: number, mask: MaskRegions, hasColors: boolean): number {
  return hasColors && !mask.hasColors ? value * 0x010101 : value;
}

function colorName(color: number): string {
  return `#${color.toString(16).padStart(6, "0")}`;
}
