/** How long computations report their progress, and how they are interrupted. */
import { setImmediate } from "timers/promises";
import { throwIfStopped } from "../util/running-cell";

export interface ProgressOptions {
  /** Stops the computation: it then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Is called after each batch with the number of finished items, and the number of all items.
   * Without it, a notebook shows a line of progress once the work has taken two seconds.
   */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Lets timers and signals have their turn between two batches, then stops when it has to.
 * @throws the signal's reason when the signal is aborted, and when the cell was stopped
 */
export async function betweenBatches(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
  throwIfStopped();
}
