/** Asynchronous work on many items, several at a time. */
import { availableParallelism } from "os";

/**
 * Runs `work` on every item. One item more than there are processors is under way at once: the work
 * that it is used for (decoding, hashing) runs outside JavaScript's thread, and while JavaScript
 * works on one item, the processors decode others.
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
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
  return results;
}
