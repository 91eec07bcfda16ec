import type { AssistantResponseFormat, RunEvent, RunFields, StoredRun } from "@loam/platform";
import { type Context, Hono } from "hono";
import type { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { storeMaker } from "../assistants/store-maker.ts";
import { toToolResources } from "../assistants/tools.ts";
import { toOpenAiError } from "../wire/errors.ts";
import { readPage, toList } from "../wire/paging.ts";
import { setPollPace } from "../wire/poll-pace.ts";
import { projectOf } from "../wire/project.ts";
import { readJson } from "../wire/read-json.ts";
import { streamEvents } from "../wire/sse.ts";
import { toMessageObject, toRunObject, toStepObject, toThreadObject } from "./object.ts";
import {
  CreateMessage,
  CreateRun,
  CreateThread,
  CreateThreadAndRun,
  OnlyMetadata,
  SubmitToolOutputs,
  UpdateThread,
} from "./schema.ts";
import { toRunStream } from "./stream.ts";

export function threadRoutes({ platform }: Services) {
  const { threads } = platform;
  const app = new Hono();
  const resourcesOf = (c: Context, request: { tool_resources?: z.output<typeof CreateThread>["tool_resources"] }) =>
    toToolResources(request.tool_resources, storeMaker(platform, projectOf(c)));

  app.post("/threads", async (c) => {
    const request = await readJson(c, CreateThread);
    const { messages, metadata } = request;
    const toolResources = await resourcesOf(c, request);
    return c.json(toThreadObject(await threads.create(projectOf(c), { messages, toolResources, metadata })));
  });
  app.post("/threads/runs", async (c) => {
    const { thread = {}, ...request } = await readJson(c, CreateThreadAndRun);
    const { messages, metadata } = thread;
    const toolResources = await resourcesOf(c, thread);
    const own = await resourcesOf(c, request);
    await platform.runs.check(projectOf(c), toFields(request));
    const made = await threads.create(projectOf(c), { messages, toolResources: toolResources ?? own, metadata });
    const start = async () => {
      const run = await platform.runs.create(projectOf(c), made.id, toFields(request), request.metadata);
      return { run, before: [{ type: "thread", thread: made }, created(run)] satisfies RunEvent[] };
    };
    return await answerRun(c, start, request.stream);
  });
  app.get("/threads/:id", async (c) => c.json(toThreadObject(await threads.get(projectOf(c), c.req.param("id")))));
  app.post("/threads/:id", async (c) => {
    const request = await readJson(c, UpdateThread);
    const toolResources = await resourcesOf(c, request);
    const fields = { toolResources, metadata: request.metadata };
    return c.json(toThreadObject(await threads.update(projectOf(c), c.req.param("id"), fields)));
  });
  app.delete("/threads/:id", async (c) => {
    const id = c.req.param("id");
    await threads.remove(projectOf(c), id);
    return c.json({ id, object: "thread.deleted", deleted: true });
  });

  app.post("/threads/:id/messages", async (c) => {
    const message = await readJson(c, CreateMessage);
    return c.json(toMessageObject(await threads.addMessage(projectOf(c), c.req.param("id"), message)));
  });
  app.get("/threads/:id/messages", async (c) => {
    const query = c.req.query();
    const match = { runId: query.run_id };
    const page = await threads.messagePage(projectOf(c), c.req.param("id"), readPage(query, "messages"), match);
    return c.json(toList(page, toMessageObject));
  });
  app.get("/threads/:id/messages/:messageId", async (c) => {
    const { id, messageId } = c.req.param();
    return c.json(toMessageObject(await threads.getMessage(projectOf(c), id, messageId)));
  });
  app.post("/threads/:id/messages/:messageId", async (c) => {
    const { id, messageId } = c.req.param();
    const { metadata = {} } = await readJson(c, OnlyMetadata);
    return c.json(toMessageObject(await threads.updateMessage(projectOf(c), id, messageId, metadata)));
  });
  app.delete("/threads/:id/messages/:messageId", async (c) => {
    const { id, messageId } = c.req.param();
    await threads.removeMessage(projectOf(c), id, messageId);
    return c.json({ id: messageId, object: "thread.message.deleted", deleted: true });
  });

  app.post("/threads/:id/runs", async (c) => {
    const request = await readJson(c, CreateRun);
    const fields = {
      ...toFields(request),
      additionalInstructions: request.additional_instructions ?? undefined,
      additionalMessages: request.additional_messages ?? undefined,
    };
    const start = async () => {
      const run = await platform.runs.create(projectOf(c), c.req.param("id"), fields, request.metadata);
      return { run, before: [created(run)] };
    };
    return await answerRun(c, start, request.stream);
  });
  app.get("/threads/:id/runs", async (c) => {
    const page = await platform.runs.page(projectOf(c), c.req.param("id"), readPage(c.req.query(), "runs"));
    return c.json(toList(page, toRunObject));
  });
  app.get("/threads/:id/runs/:runId", async (c) => {
    const { id, runId } = c.req.param();
    setPollPace(c);
    return c.json(toRunObject(await platform.runs.get(projectOf(c), id, runId)));
  });
  app.post("/threads/:id/runs/:runId", async (c) => {
    const { id, runId } = c.req.param();
    const { metadata = {} } = await readJson(c, OnlyMetadata);
    return c.json(toRunObject(await platform.runs.setMetadata(projectOf(c), id, runId, metadata)));
  });
  app.post("/threads/:id/runs/:runId/cancel", async (c) => {
    const { id, runId } = c.req.param();
    return c.json(toRunObject(await platform.runs.cancel(projectOf(c), id, runId)));
  });
  app.post("/threads/:id/runs/:runId/submit_tool_outputs", async (c) => {
    const { id, runId } = c.req.param();
    const { tool_outputs, stream } = await readJson(c, SubmitToolOutputs);
    const outputs = tool_outputs.map(({ tool_call_id, output }) => ({ callId: tool_call_id, output }));
    return await answerRun(c, () => platform.runs.submit(projectOf(c), id, runId, outputs), stream, runId);
  });
  app.get("/threads/:id/runs/:runId/steps", async (c) => {
    const { id, runId } = c.req.param();
    const page = await platform.runs.stepPage(projectOf(c), id, runId, readPage(c.req.query(), "run_steps"));
    return c.json(toList(page, (step) => toStepObject(step, included(c))));
  });
  app.get("/threads/:id/runs/:runId/steps/:stepId", async (c) => {
    const { id, runId, stepId } = c.req.param();
    return c.json(toStepObject(await platform.runs.getStep(projectOf(c), id, runId, stepId), included(c)));
  });

  /** The run as it starts, or what happens in it as it happens. */
  async function answerRun(
    c: Context,
    start: () => Promise<{ run: StoredRun; before: RunEvent[] }>,
    stream: boolean | null | undefined,
    runId?: string,
  ): Promise<Response> {
    if (!stream) {
      setPollPace(c);
      return c.json(toRunObject((await start()).run));
    }
    return await streamEvents(c, toRunStream(platform.runs.follow(start, runId)), {
      onError: (error) => {
        const { status: _, ...body } = toOpenAiError(error);
        return [{ event: "error", data: { ...body, code: body.code ?? "server_error" } }];
      },
    });
  }
  return app;
}

function created(run: StoredRun): RunEvent {
  return { type: "run", run: { ...run, status: "queued" }, change: "created" };
}

function included(c: Context): { includeResults: boolean } {
  const asked = [...(c.req.queries("include[]") ?? []), ...(c.req.queries("include") ?? [])];
  return { includeResults: asked.includes("step_details.tool_calls[*].file_search.results[*].content") };
}

/** The fields that a request sets over the assistant's; null is as left out. */
function toFields(
  request: Omit<z.output<typeof CreateRun>, "additional_instructions" | "additional_messages">,
): RunFields {
  const { truncation_strategy: truncation, parallel_tool_calls } = request;
  return {
    assistantId: request.assistant_id,
    model: request.model ?? undefined,
    instructions: request.instructions ?? undefined,
    tools: request.tools ?? undefined,
    toolChoice: request.tool_choice ?? undefined,
    parallelToolCalls: parallel_tool_calls,
    temperature: request.temperature ?? undefined,
    topP: request.top_p ?? undefined,
    responseFormat: (request.response_format ?? undefined) as AssistantResponseFormat | undefined,
    reasoningEffort: request.reasoning_effort ?? undefined,
    truncation: truncation ? { type: truncation.type, last_messages: truncation.last_messages ?? null } : undefined,
    maxPromptTokens: request.max_prompt_tokens ?? undefined,
    maxCompletionTokens: request.max_completion_tokens ?? undefined,
  };
}
