/** Images that are in a data set twice, for people to judge: those in two splits come first. */
import type { Dataset } from "../dataset";
import type { SameImage } from "../same-images";

/** The images of a data set that are there twice. */
export interface RepeatedImages {
  /** Pairs in two splits first, then those of which one image is left out. */
  readonly pairs: readonly SameImage[];
  /** For people to read. */
  readonly text: string;
}

/**
 * The pairs of images that are the same, as they were found when the data set was read.
 * @example
 * const repeated = repeatedImages(dataset);
 * if (repeated.pairs.length) await show(await figures.repeatedImages(repeated));
 */
export function repeatedImages({ sameImages }: Pick<Dataset, "sameImages">): RepeatedImages {
  const pairs = [...sameImages].sort((a, b) => severity(b) - severity(a));
  return { pairs, text: summary(pairs) };
}

function severity({ crossesSplit, leftOut }: SameImage): number {
  return 2 * Number(crossesSplit) + Number(leftOut !== null);
}

function summary(pairs: readonly SameImage[]): string {
  if (!pairs.length) return "No image is in the data set twice.";
  const across = pairs.filter(({ crossesSplit }) => crossesSplit).length;
  const savedAgain = pairs.filter(({ isExact }) => !isExact).length;
  const leftOut = new Set(pairs.flatMap((pair) => pair.leftOut ?? [])).size;
  const used = pairs.filter((pair) => pair.crossesSplit && pair.leftOut === null).length;
  const parts = [
    `Pairs of the same image: ${pairs.length}; in two splits: ${across}.`,
    `Pairs with equal pixels: ${pairs.length - savedAgain}; pairs of which one image was saved again: ${savedAgain}.`,
    `Images left out of training because of them: ${leftOut}.`,
    ...(used
      ? [`Pairs across splits of which both images are used: ${used}. The metrics are too good.`]
      : []),
  ];
  return parts.join("\n");
}
