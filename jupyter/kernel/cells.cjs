/**
 * The cell in which code runs, also after it has waited for something, and how a cell is stopped.
 *
 * The library finds the running cell as `globalThis[Symbol.for("faster-rcnn.cells")]`. Its `signal`
 * is aborted by the stop button. `handleStop` runs work that ends by itself then. All other work is
 * abandoned: it ends where the library looks at `isAbandoned`.
 */
"use strict";

const { AsyncLocalStorage } = require("async_hooks");
const { freeWhenReplaced } = require("./replaced-values.cjs");

const running = new AsyncLocalStorage();
/** The cell that was started last. */
let latest = null;

/** A cell that runs, or that has run. */
class Cell {
  controller = new AbortController();
  /** How many calls end their work by themselves when the signal is aborted. */
  stopHandlers = 0;
  /** Whether the output of the code is dropped. */
  isAbandoned = false;

  /** Runs a function as a part of this cell. */
  run(work) {
    latest = this;
    return running.run(this, work);
  }

  /**
   * Aborts the signal. The second time, the cell does not wait for its work.
   * @returns whether the cell ends its work by itself
   */
  stop() {
    this.isAbandoned = this.isStopped || this.stopHandlers === 0;
    this.controller.abort();
    return !this.isAbandoned;
  }

  get isStopped() {
    return this.controller.signal.aborted;
  }
}

exports.Cell = Cell;

/** The cell that was started last; null before the first. */
exports.latestCell = () => latest;

/** Whether the code that calls this belongs to a cell whose output is dropped. */
exports.isAbandoned = () => running.getStore()?.isAbandoned ?? false;

/** What the library finds, and its own `show`, which it adds. */
exports.library = {
  freeWhenReplaced,
  get signal() {
    return running.getStore()?.controller.signal;
  },
  get isAbandoned() {
    return exports.isAbandoned();
  },
  async handleStop(work) {
    const cell = running.getStore();
    if (cell) cell.stopHandlers++;
    try {
      return await work();
    } finally {
      if (cell) cell.stopHandlers--;
    }
  },
};

globalThis[Symbol.for("faster-rcnn.cells")] = exports.library;
