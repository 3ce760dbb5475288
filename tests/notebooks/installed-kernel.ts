/** The installed kernel in the folder of the notebooks, for all tests of a file. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type CellResult, INSTALLED, Kernel, ROOT } from "./kernel";

/** In milliseconds: tslab drops cells that follow a failed one within this time. */
const AFTER_ERROR = 400;

/** A kernel, and the two ways in which a cell ends. */
export interface InstalledKernel {
  /** The kernel; it runs from the first test to the last. */
  readonly kernel: Kernel;
  /** Runs a cell that must not fail or write an error, and returns what it writes. */
  readonly output: (code: string) => Promise<string>;
  /** Runs a cell that must fail. */
  readonly failing: (code: string) => Promise<CellResult>;
}

/** Starts the kernel before the tests of a file, and stops it after them. */
export function installedKernel(): InstalledKernel {
  let kernel: Kernel;
  before(async () => {
    kernel = await Kernel.start(INSTALLED, join(ROOT, "notebooks"));
  });
  after(() => kernel.stop());
  return {
    get kernel() {
      return kernel;
    },
    async output(code) {
      const { status, stdout, stderr } = await kernel.run(code);
      assert.equal(status, "ok", stderr);
      assert.equal(stderr, "");
      return stdout;
    },
    async failing(code) {
      const result = await kernel.run(code);
      assert.equal(result.status, "error", result.stdout);
      await afterError();
      return result;
    },
  };
}

/** Waits until tslab runs cells again after one that failed. */
export function afterError(): Promise<void> {
  return sleep(AFTER_ERROR);
}
