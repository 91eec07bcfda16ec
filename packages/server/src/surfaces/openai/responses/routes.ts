import { ArgumentError, UnsupportedError } from "@loam/core";
import { countPromptTokens, type NewResponse, type NumberedEvent, readMetadata, toMessages } from "@loam/platform";
import { type Context, Hono } from "hono";
import type { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { toOpenAiError } from "../wire/errors.ts";
import { noteForwarding } from "../wire/forwarding.ts";
import { readPage, toList } from "../wire/paging.ts";
import { projectOf } from "../wire/project.ts";
import { readJson } from "../wire/read-json.ts";
import { streamEvents } from "../wire/sse.ts";
import { compact } from "./compact.ts";
import { CompactRequest, hostedTools, InputTokensRequest, ResponseRequest } from "./schema.ts";
import { toResponseStream } from "./stream.ts";
import { toItems } from "./to-items.ts";
import { checkToolChoice, toPlan, toResponseObject } from "./to-response.ts";

export function responseRoutes({ platform }: Services) {
  const { responses, conversations } = platform;
  const app = new Hono();

  app.post("/responses", async (c) => {
    const request = await readRequest(c, ResponseRequest);
    const project = projectOf(c);
    const metadata = readMetadata(request.metadata);
    const plan = toPlan(request);
    checkToolChoice(request);
    if (request.input === undefined && !plan.previousResponseId && !plan.conversationId)
      throw new ArgumentError("input", undefined, "a text or a list of items");
    await platform.registry.find(request.model);
    await noteForwarding(c, platform.registry, request.model);
    const input = await toItems(request.input, { project, conversations, responses });
    const wanted: NewResponse = { project, response: toResponseObject(request, plan, metadata), input, plan, metadata };
    const { signal } = c.req.raw;
    if (request.background) {
      const { body } = await responses.start(wanted);
      if (!request.stream) return c.json(body.response);
      return await stream(c, responses.follow(project, body.response.id, { signal }), { whole: true });
    }
    const events = responses.run(wanted, { signal, keep: request.store ?? true });
    if (request.stream) return await stream(c, events, { whole: true });
    let last: NumberedEvent | undefined;
    for await (const event of events) last = event;
    return c.json(last!.response as object);
  });

  app.post("/responses/input_tokens", async (c) => {
    const request = await readRequest(c, InputTokensRequest);
    const project = projectOf(c);
    const plan = toPlan(request);
    const input = await toItems(request.input, { project, conversations, responses });
    const items = await responses.itemsOf({ project, input, plan });
    const said = plan.instructions ? [{ role: "developer" as const, content: plan.instructions }] : [];
    const messages = [...said, ...toMessages(items)];
    const tokens = await countPromptTokens(platform, { ...plan.generation, messages });
    return c.json({ object: "response.input_tokens", input_tokens: tokens });
  });

  app.post("/responses/compact", async (c) => {
    const { model, instructions, ...request } = await readRequest(c, CompactRequest);
    const project = projectOf(c);
    const input = await toItems(request.input, { project, conversations, responses });
    const plan = toPlan({ model, previous_response_id: request.previous_response_id });
    const items = await responses.itemsOf({ project, input, plan });
    if (items.length === 0) throw new ArgumentError("input", request.input, "a conversation");
    return c.json(await compact(platform, { model, items, instructions }, { signal: c.req.raw.signal }));
  });

  app.get("/responses/:id", async (c) => {
    const id = c.req.param("id");
    if (c.req.query("stream") !== "true") return c.json((await responses.rows.get(projectOf(c), id)).body.response);
    const given = c.req.query("starting_after");
    if (given !== undefined && !/^\d{1,9}$/.test(given))
      throw new ArgumentError("starting_after", given, "the sequence number of an event");
    const after = given === undefined ? -1 : Number(given);
    const events = responses.follow(projectOf(c), id, { after, signal: c.req.raw.signal });
    return await stream(c, events, { whole: after < 0 });
  });
  app.delete("/responses/:id", async (c) => {
    const id = c.req.param("id");
    const { body, status } = await responses.rows.get(projectOf(c), id);
    if (body.workId && (status === "queued" || status === "in_progress")) await responses.cancel(projectOf(c), id);
    await responses.rows.remove(projectOf(c), id);
    return c.json({ id, object: "response", deleted: true });
  });
  app.post("/responses/:id/cancel", async (c) =>
    c.json((await responses.cancel(projectOf(c), c.req.param("id"))).body.response),
  );
  app.get("/responses/:id/input_items", async (c) => {
    const { limit, order, after } = readPage(c.req.query(), "input_items");
    const { body } = await responses.rows.get(projectOf(c), c.req.param("id"));
    const items = order === "asc" ? body.input : body.input.toReversed();
    const at = after === undefined ? -1 : items.findIndex(({ id }) => id === after);
    if (after !== undefined && at < 0) throw new ArgumentError("after", after, "the id of an item of this response");
    const data = items.slice(at + 1, at + 1 + limit);
    return c.json(toList({ data, hasMore: at + 1 + limit < items.length }, (item) => item));
  });
  return app;
}

/** Tools of OpenAI's own are refused by name before the body is read by its schema, which does not know them. */
async function readRequest<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  const body = (await c.req.raw
    .clone()
    .json()
    .catch(() => undefined)) as { tools?: { type?: unknown }[] } | undefined;
  for (const [i, tool] of (Array.isArray(body?.tools) ? body.tools : []).entries()) {
    if (typeof tool?.type !== "string" || !hostedTools.test(tool.type)) continue;
    throw new UnsupportedError(`\`tools[${i}].type\` is "${tool.type}", which OpenAI runs and this server does not.`, {
      details: { name: `tools[${i}].type`, type: tool.type },
      hint: "give it as a function, and answer its calls yourself",
    });
  }
  return await readJson(c, schema);
}

async function stream(
  c: Context,
  events: AsyncGenerator<NumberedEvent>,
  options: { whole: boolean },
): Promise<Response> {
  return await streamEvents(c, toResponseStream(events, options), {
    onError: (error) => {
      const { message, param, code } = toOpenAiError(error);
      return [{ event: "error", data: { type: "error", message, param, code: code ?? "server_error" } }];
    },
  });
}
