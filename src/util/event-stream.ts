/** Events of long work, as an async generator: the work is done while somebody reads them. */

/**
 * The same events, with an error for `await`: it would read no event, and so do no work.
 * @param call the call that made the events, for the message
 * @throws when the result is awaited
 */
export function eventStream<T>(call: string, events: AsyncGenerator<T>): AsyncGenerator<T> {
  return Object.defineProperty(events, "then", {
    get() {
      throw new Error(
        `${call} gives events and works while they are read: write 'for await (const event of ${call}(…)) …' or 'await show.live((signal) => …)' in place of 'await ${call}(…)'`,
      );
    },
  });
}

/** Does all of the work. The events are dropped. */
export async function exhaust(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events) void _;
}
