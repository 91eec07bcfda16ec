import { OpenAPIHono, z } from "@hono/zod-openapi";
import { InputError, type Operation, type OperationControls } from "@loam/core";
import type { WorkRecord } from "@loam/work";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Schema } from "hono/types";
import { body, ErrorSchema, json } from "../surfaces/studio/schemas/error.ts";
import { respondToError, toErrorBody } from "./errors.ts";

/** The part of a typed client that a route at `Path` adds. */
type Posted<Path extends string, Input extends z.ZodObject, Output, Status extends number = 200> = {
  [P in Path]: { $post: { input: { json: z.input<Input> }; output: Output; outputFormat: "json"; status: Status } };
};

/** `POST <path>` with the operation's input as JSON; answers with its result. */
export function momentRoute<const P extends `/${string}`, I extends z.ZodObject, R, C, J>(
  path: P,
  operation: Operation<I, R, C>,
  context: C,
  { result, shape }: { result: z.ZodType<J>; shape: (value: R, ms: number) => J },
): OpenAPIHono<object, Posted<P, I, J>> {
  const app = documented<Posted<P, I, J>>(path, operation, { 200: json(result, operation.summary) });
  app.post(path, async (c) => {
    const input = operation.parse(await jsonBody(c));
    const start = performance.now();
    const value = await operation.run(
      context,
      input,
      controls(c.req.raw.signal, () => {}),
    );
    return c.json(shape(value, performance.now() - start) as object);
  });
  return app;
}

/** Work that was accepted: `GET /api/work/{id}` says how far it is. */
const AcceptedSchema = z.object({ work: z.string() }).openapi("AcceptedWork");

/**
 * `POST <path>` with the operation's input as JSON; answers when it is accepted as work, with its id.
 *
 * @param accept reads the input and puts it in the queue
 */
export function workRoute<const P extends `/${string}`, I extends z.ZodObject>(
  path: P,
  operation: Pick<Operation<I>, "summary" | "description" | "input">,
  accept: (input: unknown) => Promise<Pick<WorkRecord, "id">>,
): OpenAPIHono<object, Posted<P, I, z.infer<typeof AcceptedSchema>, 202>> {
  const app = documented<Posted<P, I, z.infer<typeof AcceptedSchema>, 202>>(path, operation, {
    202: json(AcceptedSchema, "Accepted as work"),
    404: json(ErrorSchema, "There is no such thing"),
  });
  app.post(path, async (c) => c.json({ work: (await accept(await jsonBody(c))).id }, 202));
  return app;
}

/**
 * `POST <path>` with the operation's input as JSON; answers with its events as they come (`text/event-stream`, each
 * under the name of its type). The work stops when the connection closes; a failure is the last event.
 *
 * @param options.ready throws for what is not there; that is answered with its status, before the stream begins.
 */
export function streamRoute<const P extends `/${string}`, I extends z.ZodObject, R, C, E extends { type: string }>(
  path: P,
  operation: Operation<I, R, C, E>,
  context: C,
  { event, ready }: { event: z.ZodType; ready?: (input: z.infer<I>) => Promise<void> },
): OpenAPIHono<object, Posted<P, I, unknown>> {
  const events = { content: { "text/event-stream": { schema: event } }, description: operation.summary };
  const app = documented<Posted<P, I, unknown>>(path, operation, { 200: events });
  app.post(path, async (c) => {
    const input = operation.parse(await jsonBody(c));
    await ready?.(input);
    const stopped = new AbortController();
    const signal = AbortSignal.any([c.req.raw.signal, stopped.signal]);
    c.header("X-Accel-Buffering", "no");
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => stopped.abort());
      // One after another: no event overtakes the one before it, whatever the connection's pace.
      let sent: Promise<unknown> = Promise.resolve();
      const send = (data: { type: string }) => {
        sent = sent.then(() => stream.writeSSE({ event: data.type, data: JSON.stringify(data) }));
      };
      try {
        await operation.run(context, input, controls<E>(signal, send));
      } catch (error) {
        const { message, code } = toErrorBody(error).body.error;
        send({ type: "error", error: { message, code } } as { type: string });
      }
      await sent;
    });
  });
  return app;
}

/** A router whose documentation has this operation. The operation reads its own input, in the words of every front end. */
function documented<Client extends Schema>(
  path: string,
  { summary, description, input }: Pick<Operation, "summary" | "description" | "input">,
  responses: Record<number, { description: string }>,
): OpenAPIHono<object, Client> {
  const app = new OpenAPIHono<object, Client>();
  app.onError(respondToError);
  app.openAPIRegistry.registerPath({
    ...{ method: "post", path, summary, description, request: body(input) },
    responses: { ...responses, 400: json(ErrorSchema, "A field that does not fit") },
  });
  return app;
}

/** @throws {InputError} `invalid_json`. */
export async function jsonBody(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError("invalid_json", `The body is not JSON: ${(cause as Error).message}.`, {
      hint: "send a JSON object with `content-type: application/json`",
      cause,
    });
  }
}

function controls<E>(signal: AbortSignal, emit: (event: E) => void): OperationControls<E> {
  return { signal, emit, progress: () => {}, checkpoint: { value: undefined, write: async () => {} } };
}
