/**
 * Batches of decoded images: while one is worked on, the next are already being decoded, outside
 * JavaScript's own thread.
 */
import type { DataConfig } from "../config/index";
import type { Random } from "../util/random";
import type { Sample } from "../types";
import type { Dataset } from "./dataset";
import { loadSample } from "./sample";

/** Batches decoded ahead of the one in use. */
const AHEAD = 2;

/**
 * Loads items in batches, in their order. An item that cannot be loaded ends the iteration with its
 * error, when its batch is asked for.
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
    // Its error is thrown where the batch is awaited; until then nobody listens to it.
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
 * An epoch's batches of a data set at the network's size.
 * @param random shuffles the images; without it they come in their order. The original's training
 * is `batchSize` 1.
 */
export function sampleBatches(
  dataset: Dataset,
  config: DataConfig,
  { batchSize, random }: { batchSize: number; random?: Random },
): AsyncGenerator<Sample[]> {
  const images = random ? random.shuffle(dataset.images) : dataset.images;
  return loadAhead(images, batchSize, (image) => loadSample(image, config));
}
