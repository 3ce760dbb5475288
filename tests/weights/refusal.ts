/**
 * Checks that broken and hostile files end in an error: soon, without much memory, and without a
 * file, process or socket.
 */
import assert from "node:assert/strict";
import { AsyncLocalStorage, createHook } from "node:async_hooks";

/** Bytes; much more than these small files need, and much less than they claim. */
const MEMORY = 300 * 2 ** 20;
const MILLISECONDS = 5000;

/** Node's names of resources for files, processes, sockets and threads. */
const OUTSIDE = /^(FS|FILEHANDLE|PROCESS|TCP|UDP|PIPE|TLS|GETADDRINFO|WORKER|HTTP)/;

/** Checks that the work takes little time and memory, and uses nothing outside this process. */
export async function contained<T>(work: () => T | Promise<T>): Promise<T> {
  const used: string[] = [];
  // Only resources of the work itself: the test runner writes its report at the same time.
  const context = new AsyncLocalStorage<true>();
  const hook = createHook({
    init: (_, type) => void (context.getStore() && OUTSIDE.test(type) && used.push(type)),
  }).enable();
  const memory = process.memoryUsage.rss();
  const start = performance.now();
  try {
    return await context.run(true, work);
  } finally {
    hook.disable();
    const taken = performance.now() - start;
    assert.ok(taken < MILLISECONDS, `it took ${taken.toFixed(0)} ms`);
    const grown = process.memoryUsage.rss() - memory;
    assert.ok(grown < MEMORY, `it took ${grown} bytes of memory`);
    assert.deepEqual(used, [], "it used resources outside the process");
  }
}

/** The message of the error. Fails if there is none, or as `contained` does. */
export async function refusal(work: () => unknown): Promise<string> {
  const outcome = await contained(async () => {
    try {
      await work();
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  });
  assert.ok(outcome !== null, "it was read");
  return outcome;
}
