/** Asynchronous work on many items, several at a time. */
import { availableParallelism } from "os";

/**
 * Runs `work` on every item. As many items are under way at once as there are processors, because
 * the work that it is used for (decoding, hashing) runs outside JavaScript's thread.
 * @returns the results in the order of the items
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}
