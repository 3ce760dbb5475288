/** Events that end early. */

/** What `events` yields, until the signal is given. */
export async function* takeUntil<T>(
  signal: AbortSignal | undefined,
  events: AsyncGenerator<T>,
): AsyncGenerator<T> {
  for await (const event of events) {
    yield event;
    if (signal?.aborted) return;
  }
}
