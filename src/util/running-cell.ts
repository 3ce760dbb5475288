/** The cell of a notebook in which the code runs, where a kernel offers one. */

/** What a kernel offers. It stands under a symbol, because the library is loaded after the kernel. */
export interface RunningCell {
  /** Aborted by the stop button. */
  readonly signal?: AbortSignal;
  /** Whether the stop button was pressed and nothing waits for the work of this cell. */
  readonly isAbandoned: boolean;
  /** Runs work that ends by itself when the signal is aborted. */
  handleStop<T>(work: () => Promise<T>): Promise<T>;
  /** Shows the last expression of a cell. The library sets it. */
  show?: (value: unknown) => Promise<void>;
  /** Shows how far long work is. The library sets it. */
  progress?: (what: string) => ShowProgress;
  /** Calls `free` after a cell has replaced the last variable that leads to `owner`. */
  freeWhenReplaced?(owner: object, free: () => void): void;
}

/** Shows that `done` of `total` items are finished. */
export type ShowProgress = (done: number, total: number) => void;

/** The running cell; undefined outside a notebook and in kernels that offer none. */
export function runningCell(): RunningCell | undefined {
  return (globalThis as { [CELLS]?: RunningCell })[CELLS];
}

const CELLS = Symbol.for("faster-rcnn.cells");

/**
 * Ends long work when its cell was stopped. Loops over images call it.
 * @throws when the stop button was pressed
 */
export function throwIfStopped(): void {
  if (runningCell()?.isAbandoned) throw new Error("The cell was stopped.");
}

/**
 * Shows in the running cell how far long work is. Short work shows nothing, and neither does work
 * outside a notebook.
 * @param what is counted, for example `detection`
 */
export function cellProgress(what: string): ShowProgress {
  return runningCell()?.progress?.(what) ?? (() => undefined);
}

/**
 * In a notebook, a cell that runs again makes a new detector or trainer in the same variable. What
 * the old one owns is freed then, as soon as no variable leads to it. Elsewhere this does nothing:
 * the owner disposes.
 * @param owner
 * @param parts what it owns, without a reference to it
 */
export function freeWhenReplaced(
  owner: object,
  parts: readonly { readonly dispose: () => void }[],
): void {
  runningCell()?.freeWhenReplaced?.(owner, () => {
    for (const part of parts) part.dispose();
  });
}

/**
 * Marks a value that consists of owners, such as a detector. The notebook looks for what nothing
 * leads to when a cell has replaced it; a part that another variable leads to stays.
 */
export function markReplaceable(value: object): void {
  freeWhenReplaced(value, []);
}
