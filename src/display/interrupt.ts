/**
 * The stop button of a notebook and the signals that end a process, as an AbortSignal. Work can
 * stop between two steps and keep its results.
 */
import { runningCell } from "../util/running-cell";

/** Sent by the stop button and by Ctrl+C: stop, but go on living. */
const STOPPING = "SIGINT";
/** Sent when a kernel restarts, a terminal closes or the system shuts down: stop and end. */
const ENDING = ["SIGTERM", "SIGHUP"] as const;

/**
 * Runs `work` with a signal that is aborted by SIGINT, SIGTERM and SIGHUP. While it runs, no other
 * listener gets these signals: that of tslab would fail the cell and leave the work running. After
 * SIGTERM or SIGHUP the process ends when `work` has returned.
 * @returns what `work` returns
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  // tslab runs the synchronous first part of a cell under its own SIGINT handler. Wait until that
  // handler is gone.
  await new Promise((resolve) => setImmediate(resolve));
  const cell = runningCell();
  const controller = new AbortController();
  let ending: NodeJS.Signals | null = null;
  const stop = (signal: NodeJS.Signals) => {
    if (signal !== STOPPING) ending = signal;
    controller.abort();
  };
  // Where the kernel offers the running cell, it handles the stop button itself.
  const signals = cell?.signal ? ENDING : ([STOPPING, ...ENDING] as const);
  const others = signals.map((signal) => process.listeners(signal));
  const abort = () => controller.abort();
  for (const signal of signals) {
    process.removeAllListeners(signal);
    process.on(signal, stop);
  }
  try {
    if (!cell?.signal) return await work(controller.signal);
    if (cell.signal.aborted) controller.abort();
    cell.signal.addEventListener("abort", abort);
    return await cell.handleStop(() => work(controller.signal));
  } finally {
    // What the work waits for may keep the cell, and the cell would keep what the work has used.
    cell?.signal?.removeEventListener("abort", abort);
    signals.forEach((signal, i) => {
      process.removeListener(signal, stop);
      for (const listener of others[i]) process.on(signal, listener as () => void);
    });
    if (ending) process.kill(process.pid, ending);
  }
}
