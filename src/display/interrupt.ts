/** The notebook's stop button as an AbortSignal, so that work stops between two steps and nothing is lost. */

/**
 * Runs `work` with a signal that SIGINT gives, which is what the stop button and Ctrl+C send. For the duration it takes the place of every
 * other listener: tslab's would fail the cell while the work goes on behind it.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  // tslab runs the first, synchronous part of a cell under a SIGINT handler of its own, which has to be gone before.
  await new Promise((resolve) => setImmediate(resolve));
  const controller = new AbortController();
  const others = process.listeners("SIGINT");
  const stop = () => controller.abort();
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", stop);
  try {
    return await work(controller.signal);
  } finally {
    process.removeListener("SIGINT", stop);
    for (const listener of others) process.on("SIGINT", listener as () => void);
  }
}
