/**
 * Batches of decoded images. While one batch is used, the next ones are decoded in the background.
 */
import type { DataConfig } from "../config/index";
import type { Random } from "../util/random";
import type { Sample } from "../types";
import type { Dataset } from "./dataset";
import { loadSample } from "./sample";

/** Batches that are decoded before they are needed. */
const AHEAD = 2;

/**
 * Loads items in batches, in their order. An item that cannot be loaded ends the iteration with its
 * error when its batch is reached.
 * @param load decodes one item
 */
export async function* loadAhead<T, R>(
  items: readonly T[],
  batchSize: number,
  load: (item: T) => Promise<R>,
): AsyncGenerator<R[]> {
  const starts = Array.from(
    { length: Math.ceil(items.length / batchSize) },
    (_, i) => i * batchSize,
  );
  const begin = (start: number) => {
    const batch = Promise.all(items.slice(start, start + batchSize).map(load));
    // The error is thrown where the batch is awaited; until then nothing handles it.
    batch.catch(() => undefined);
    return batch;
  };
  const underWay = starts.slice(0, AHEAD + 1).map(begin);
  for (let i = 0; i < starts.length; i++) {
    const batch = await underWay.shift()!;
    const next = starts[i + AHEAD + 1];
    if (next !== undefined) underWay.push(begin(next));
    yield batch;
  }
}

/**
 * The batches of one epoch over a data set, at the network's input size.
 * @param options.batchSize images of a batch; the last batch may have fewer
 * @param options.random shuffles the images; without it they come in their order
 * @example
 * const batches = sampleBatches(dataset, presets.default.data, { batchSize: 4 });
 * const { value: samples } = await batches.next();
 */
export function sampleBatches(
  dataset: Dataset,
  config: DataConfig,
  options: { readonly batchSize: number; readonly random?: Random },
): AsyncGenerator<Sample[]> {
  const { batchSize, random } = options;
  const images = random ? random.shuffle(dataset.images) : dataset.images;
  return loadAhead(images, batchSize, (image) => loadSample(image, config));
}
