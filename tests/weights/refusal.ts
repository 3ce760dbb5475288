/**
 * How broken and hostile files have to end: in an error, soon, without much memory and without a
 * file, process or socket.
 */
import assert from "node:assert/strict";
import { AsyncLocalStorage, createHook } from "node:async_hooks";

/** Far more than these small files need, far less than what they ask for. */
const MEMORY = 300 * 2 ** 20;
const MILLISECONDS = 5000;

/** What Node makes for files, processes, sockets and threads. */
const OUTSIDE = /^(FS|FILEHANDLE|PROCESS|TCP|UDP|PIPE|TLS|GETADDRINFO|WORKER|HTTP)/;

/** Throws when the work takes long, takes memory, or reaches for anything outside this process. */
export async function contained<T>(work: () => T | Promise<T>): Promise<T> {
  const reached: string[] = [];
  // Only what the work itself begins, for the test runner writes its report meanwhile.
  const own = new AsyncLocalStorage<true>();
  const hook = createHook({
    init: (_, type) => void (own.getStore() && OUTSIDE.test(type) && reached.push(type)),
  }).enable();
  const memory = process.memoryUsage.rss();
  const start = performance.now();
  try {
    return await own.run(true, work);
  } finally {
    hook.disable();
    const taken = performance.now() - start;
    assert.ok(taken < MILLISECONDS, `it took ${taken.toFixed(0)} ms`);
    const grown = process.memoryUsage.rss() - memory;
    assert.ok(grown < MEMORY, `it took ${grown} bytes of memory`);
    assert.deepEqual(reached, [], "it reached outside");
  }
}

/** The error's message; throws when there is none, or as `contained` does. */
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
