/** How large the boxes of a data set are for the network, after crop and scaling. */
import { inParallel } from "../../util/in-parallel";
import { spread } from "../../util/spread";
import type { Dataset } from "../dataset";
import { loadSample, type SampleOptions } from "../sample";

/** Images that are read at most. */
const IMAGES = 300;

/**
 * Width and height of the boxes in pixels of the network's input. Of a large data set, images at
 * equal distances are read.
 * @param options which images are read
 * @param options.count images that are read at most, 300 by default
 * @throws when an image cannot be decoded; the message names the file
 * @example
 * const sizes = await networkBoxSizes(dataset, presets.default.data);
 * console.log(anchorFit(sizes, presets.default.anchors).text);
 */
export async function networkBoxSizes(
  dataset: Pick<Dataset, "images">,
  config: SampleOptions,
  { count = IMAGES }: { readonly count?: number } = {},
): Promise<{ readonly width: number; readonly height: number }[]> {
  const withBoxes = dataset.images.filter(({ annotations }) => annotations.length > 0);
  const samples = await inParallel(spread(withBoxes, count), async (image) => {
    const { boxes } = await loadSample(image, config);
    return boxes.map(([x1, y1, x2, y2]) => ({ width: x2 - x1, height: y2 - y1 }));
  });
  return samples.flat();
}
