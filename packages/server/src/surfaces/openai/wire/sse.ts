import type { Context } from "hono";

/** A server-sent event; `data` is written as JSON unless it is text already. */
export interface ServerSentEvent {
  event?: string;
  data: unknown;
}

const keepAliveMs = 15_000;
/** A client that reads slowly does not hold the model up: so many events wait for it. */
const eventsAhead = 4096;

/**
 * Answers with a stream of events. Nothing is answered before the first one is there, so that what goes wrong until then is
 * an ordinary error; what goes wrong later becomes an event by `onError`. A client that goes away ends the generator.
 */
export async function streamEvents(
  c: Context,
  events: AsyncGenerator<ServerSentEvent>,
  { onError }: { onError: (error: unknown) => ServerSentEvent[] },
): Promise<Response> {
  const first = await events.next();
  const encoder = new TextEncoder();
  let pending: IteratorResult<ServerSentEvent> | undefined = first;
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = () => {
    clearInterval(timer);
    void events.return(undefined).catch(() => {});
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Proxies close connections on which nothing comes for long; a comment is nothing to clients.
        timer = setInterval(() => {
          try {
            if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": keep-alive\n\n"));
          } catch {
            clearInterval(timer);
          }
        }, keepAliveMs);
        timer.unref();
      },
      async pull(controller) {
        try {
          const next = pending ?? (await events.next());
          pending = undefined;
          if (!next.done) return controller.enqueue(encoder.encode(spell(next.value)));
        } catch (error) {
          for (const event of onError(error)) controller.enqueue(encoder.encode(spell(event)));
        }
        clearInterval(timer);
        controller.close();
      },
      cancel: stop,
    },
    { highWaterMark: eventsAhead },
  );
  const { signal } = c.req.raw;
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop(); // it went away before the first event was there
  return c.body(body, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  });
}

function spell({ event, data }: ServerSentEvent): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${text}\n\n`;
}
