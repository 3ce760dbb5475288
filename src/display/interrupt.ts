/**
 * The notebook's stop button, and the system's requests to end, as an AbortSignal, so that work
 * stops between two steps and nothing is lost.
 */

/** Stop, but live on; and end: a shutdown, a kernel's restart, a terminal that was closed. */
const STOPPING = "SIGINT";
const ENDING = ["SIGTERM", "SIGHUP"] as const;

/**
 * Runs `work` with a signal that SIGINT gives, which is what the stop button and Ctrl+C send. For
 * the duration it takes the place of every other listener: tslab's would fail the cell while the
 * work goes on behind it. SIGTERM and SIGHUP give it too, and end the process once `work` has kept
 * what it has.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  // tslab runs the first, synchronous part of a cell under a SIGINT handler of its own, which has
  // to be gone before.
  await new Promise((resolve) => setImmediate(resolve));
  const controller = new AbortController();
  let ending: NodeJS.Signals | null = null;
  const stop = (signal: NodeJS.Signals) => {
    if (signal !== STOPPING) ending = signal;
    controller.abort();
  };
  const signals = [STOPPING, ...ENDING] as const;
  const others = signals.map((signal) => process.listeners(signal));
  for (const signal of signals) {
    process.removeAllListeners(signal);
    process.on(signal, stop);
  }
  try {
    return await work(controller.signal);
  } finally {
    signals.forEach((signal, i) => {
      process.removeListener(signal, stop);
      for (const listener of others[i]) process.on(signal, listener as () => void);
    });
    if (ending) process.kill(process.pid, ending);
  }
}
