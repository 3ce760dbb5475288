/** Ends a sequence of events early. */

/**
 * Yields the events until the signal is aborted. The event during which it is aborted is the last.
 */
export async function* takeUntil<T>(
  signal: AbortSignal | undefined,
  events: AsyncGenerator<T>,
): AsyncGenerator<T> {
  for await (const event of events) {
    yield event;
    if (signal?.aborted) return;
  }
}
