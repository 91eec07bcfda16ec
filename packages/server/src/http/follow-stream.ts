import type { Context } from "hono";
import { streamSSE } from "hono/streaming";

const heartbeatMs = 15_000;

/**
 * What is followed, as events under their positions, until the client goes or the server closes. A client that comes back
 * goes on from its `Last-Event-ID`, or from the `after` of its query; without either it begins where `follow` does.
 */
export function streamFollowed(
  c: Context,
  { closed, begin }: { closed: Promise<void> /** Written before the first event. */; begin?: string },
  follow: (options: { after: number | undefined; signal: AbortSignal }) => AsyncIterable<{ id: number; data: unknown }>,
): Response {
  const given = Number.parseInt(c.req.header("last-event-id") ?? c.req.query("after") ?? "", 10);
  const after = Number.isSafeInteger(given) && given >= 0 ? given : undefined;
  c.header("X-Accel-Buffering", "no");
  return streamSSE(c, async (stream) => {
    const stopped = new AbortController();
    stream.onAbort(() => stopped.abort());
    void closed.then(() => stopped.abort());
    const heartbeat = setInterval(() => void stream.write(": still here\n\n"), heartbeatMs);
    try {
      if (begin !== undefined) await stream.write(begin);
      for await (const { id, data } of follow({ after, signal: stopped.signal }))
        await stream.writeSSE({ id: String(id), data: JSON.stringify(data) });
    } finally {
      clearInterval(heartbeat);
    }
  });
}
