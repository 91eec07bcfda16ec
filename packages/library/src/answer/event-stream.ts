/** Work on its way: iterate for events, or await `result`; the work goes on either way. */
export interface EventStream<Event, Result> extends AsyncIterable<Event> {
  readonly result: Promise<Result>;
}

/**
 * Runs `work` at once and hands its events to whoever iterates, from the first on, however late; `result` settles
 * with it. A failure reaches both.
 */
export function eventStream<Event, Result>(
  work: (emit: (event: Event) => void) => Promise<Result>,
): EventStream<Event, Result> {
  const events: Event[] = [];
  let wake = Promise.withResolvers<void>();
  let ended = false;
  const result = work((event) => {
    events.push(event);
    wake.resolve();
    wake = Promise.withResolvers<void>();
  });
  const finish = () => {
    ended = true;
    wake.resolve();
  };
  result.then(finish, finish); // also keeps an unread failure from ending the process
  return {
    result,
    async *[Symbol.asyncIterator]() {
      for (let next = 0; ; ) {
        while (next < events.length) yield events[next++]!;
        if (ended) break;
        await wake.promise;
      }
      await result;
    },
  };
}
