import type { Context } from "hono";

/** Answers with a JSON object on each line; what goes wrong before the first is an ordinary error. */
export async function streamLines(
  c: Context,
  lines: AsyncGenerator<object>,
  { onError }: { onError: (error: unknown) => object },
): Promise<Response> {
  let pending: IteratorResult<object> | undefined = await lines.next();
  const encoder = new TextEncoder();
  const stop = () => void lines.return(undefined).catch(() => {});
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = pending ?? (await lines.next());
        pending = undefined;
        if (!next.done) return controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
      } catch (error) {
        controller.enqueue(encoder.encode(`${JSON.stringify(onError(error))}\n`));
      }
      controller.close();
    },
    cancel: stop,
  });
  c.req.raw.signal.addEventListener("abort", stop, { once: true });
  return c.body(body, 200, { "content-type": "application/x-ndjson" });
}
