import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openaiClient, refusal, startChatServer } from "../../../../test/openai-client.ts";
import type { TestServer } from "../../../../test/running.ts";

let server: TestServer;
let model: string;
let client: OpenAI;
let assistant: OpenAI.Beta.Assistant;
const parameters = {
  type: "object",
  required: ["city"],
  properties: { city: { type: "string", enum: ["Paris", "Oslo"] } },
};
const weather = { type: "function" as const, function: { name: "get_weather", parameters } };
const named = { type: "function" as const, function: { name: "get_weather" } };
const quick = { pollIntervalMs: 50 };

beforeAll(async () => {
  ({ server, model } = await startChatServer());
  client = openaiClient(server);
  assistant = await client.beta.assistants.create({ model, instructions: "Be brief.", tools: [weather] });
});
afterAll(() => server?.end());

/** An answer that its schema keeps going for so long, whatever a model of random weights would rather write. */
function listOf(minItems: number) {
  const list = { type: "array", minItems, maxItems: minItems, items: { type: "string", enum: ["one", "two"] } };
  const schema = { type: "object", required: ["list"], properties: { list }, additionalProperties: false };
  return { type: "json_schema" as const, json_schema: { name: "list", strict: true, schema } };
}

const newThread = (content = "Hello") => client.beta.threads.create({ messages: [{ role: "user", content }] });
const run = (threadId: string, more: object = {}) =>
  client.beta.threads.runs.createAndPoll(
    threadId,
    { assistant_id: assistant.id, tool_choice: "none", max_completion_tokens: 16, ...more },
    quick,
  );

describe("a run", () => {
  test("writes a message that is signed, in a step that points at it", async () => {
    const { id } = await newThread();
    const done = await run(id);
    expect(["completed", "incomplete"]).toContain(done.status);
    expect(done.usage!.total_tokens).toBe(done.usage!.prompt_tokens + done.usage!.completion_tokens);
    const [message] = (await client.beta.threads.messages.list(id)).data;
    expect(message).toMatchObject({ role: "assistant", run_id: done.id, assistant_id: assistant.id });
    const [step] = (await client.beta.threads.runs.steps.list(done.id, { thread_id: id })).data;
    expect(step!.step_details).toEqual({ type: "message_creation", message_creation: { message_id: message!.id } });
  });

  test("waits for the outputs of its calls, refuses wrong ones by name, and goes on with the right ones", async () => {
    const { id } = await newThread();
    const waiting = await run(id, { tool_choice: named, max_completion_tokens: 200 });
    expect(waiting.status).toBe("requires_action");
    const [call] = waiting.required_action!.submit_tool_outputs.tool_calls;
    expect(["Paris", "Oslo"]).toContain(JSON.parse(call!.function.arguments).city);
    const submit = (tool_outputs: object[]) =>
      client.beta.threads.runs.submitToolOutputsAndPoll(waiting.id, { thread_id: id, tool_outputs }, quick);
    expect((await refusal(submit([{ tool_call_id: "call_nope", output: "x" }]))).message).toContain("call_nope");
    const output = { tool_call_id: call!.id, output: "9 degrees" };
    expect((await refusal(submit([output, output]))).param).toBe("tool_outputs");
    expect(["completed", "incomplete"]).toContain((await submit([output])).status);
    expect((await refusal(submit([output]))).message).toMatch(/is (completed|incomplete)/);
    const steps = (await client.beta.threads.runs.steps.list(waiting.id, { thread_id: id, order: "asc" })).data;
    expect(steps.map(({ type }) => type)).toEqual(["tool_calls", "message_creation"]);
  });

  test("whose calls this server answers itself goes on by itself, and waits where a person has to agree", async () => {
    const asked: unknown[] = [];
    const room = { name: "find_room", parameters, handler: (values: unknown) => ({ room: asked.push(values) }) };
    server.platform.functions.add(room, { ...room, name: "book_room", confirm: true });
    const offered = (name: string) => ({
      tools: [{ type: "function", function: { name, parameters } }],
      tool_choice: { type: "function", function: { name } },
      max_completion_tokens: 200,
    });
    const { id } = await newThread();
    const done = await run(id, offered("find_room"));
    expect(["completed", "incomplete"]).toContain(done.status);
    const steps = (await client.beta.threads.runs.steps.list(done.id, { thread_id: id, order: "asc" })).data;
    expect(steps.map(({ type }) => type)).toEqual(["tool_calls", "message_creation"]);
    const details = steps[0]!.step_details as OpenAI.Beta.Threads.Runs.ToolCallsStepDetails;
    const [call] = details.tool_calls as OpenAI.Beta.Threads.Runs.FunctionToolCall[];
    expect(call!.function.output).toBe('{"room":1}');
    expect(asked).toEqual([JSON.parse(call!.function.arguments)]);
    expect((await run((await newThread()).id, offered("book_room"))).status).toBe("requires_action");
    expect(asked.length).toBe(1);
  });

  test("holds its thread: of two at once one is made, messages are refused, and a cancelled one frees it", async () => {
    const { id } = await newThread();
    const start = () =>
      client.beta.threads.runs.create(id, {
        assistant_id: assistant.id,
        tool_choice: named,
        max_completion_tokens: 200,
      });
    const both = await Promise.allSettled([start(), start(), start()]);
    expect(both.filter(({ status }) => status === "fulfilled").length).toBe(1);
    const [{ id: runId }] = (await client.beta.threads.runs.list(id)).data as unknown as [{ id: string }];
    await client.beta.threads.runs.poll(runId, { thread_id: id }, quick);
    const late = await refusal(client.beta.threads.messages.create(id, { role: "user", content: "x" }));
    expect([late.status, late.message]).toEqual([400, expect.stringContaining(runId)]);
    await client.beta.threads.runs.cancel(runId, { thread_id: id });
    await expect
      .poll(async () => (await client.beta.threads.runs.retrieve(runId, { thread_id: id })).status)
      .toBe("cancelled");
    expect((await refusal(client.beta.threads.runs.cancel(runId, { thread_id: id }))).status).toBe(400);
    await client.beta.threads.messages.create(id, { role: "user", content: "free again" });
  });

  test("that is cancelled while it writes keeps what it wrote, as incomplete", async () => {
    const { id } = await newThread();
    const stream = client.beta.threads.runs.stream(id, {
      assistant_id: assistant.id,
      tool_choice: "none",
      response_format: listOf(400),
    });
    const runId = await new Promise<string>((resolve) => {
      stream.on("event", (event) => {
        if (event.event === "thread.message.delta") resolve(stream.currentRun()!.id);
      });
    });
    await client.beta.threads.runs.cancel(runId, { thread_id: id });
    await stream.done().catch(() => {});
    const end = () => client.beta.threads.runs.retrieve(runId, { thread_id: id });
    await expect.poll(async () => (await end()).status).toBe("cancelled");
    const [message] = (await client.beta.threads.messages.list(id)).data;
    expect(message).toMatchObject({ status: "incomplete", incomplete_details: { reason: "run_cancelled" } });
  });

  test("goes with its thread, and its thread's messages", async () => {
    const { id } = await newThread();
    const { id: runId } = await run(id);
    await client.beta.threads.delete(id);
    expect((await refusal(client.beta.threads.runs.retrieve(runId, { thread_id: id }))).status).toBe(404);
    expect((await refusal(client.beta.threads.messages.list(id))).status).toBe(404);
  });

  test("streams events that the client's accumulator accepts, and whose text adds up", async () => {
    const { id } = await newThread();
    let text = "";
    const stream = client.beta.threads.runs.stream(id, {
      assistant_id: assistant.id,
      tool_choice: "none",
      response_format: listOf(3),
    });
    stream.on("textDelta", ({ value }) => {
      text += value ?? "";
    });
    const [message] = await stream.finalMessages();
    expect(message!.content[0]).toMatchObject({ type: "text", text: { value: text } });
    const [stored] = (await client.beta.threads.messages.list(id)).data;
    expect(stored!.content).toEqual(message!.content);
  });

  test("names what is wrong with it", async () => {
    const { id } = await newThread();
    const start = (body: object) =>
      refusal(client.beta.threads.runs.create(id, { assistant_id: assistant.id, ...body }) as Promise<unknown>);
    expect((await start({ tool_choice: { type: "function", function: { name: "nope" } } })).message).toContain(
      "get_weather",
    );
    expect((await start({ tools: [{ type: "code_interpreter" }] })).message).toContain("code_interpreter");
    expect((await start({ temprature: 1 })).message).toContain("temperature");
    expect((await start({ model: "no-such" })).code).toBe("model_not_found");
    expect((await start({ assistant_id: "asst_nope" })).status).toBe(404);
  });
});

test("a run that a lost worker left in the middle is begun again by the next", async () => {
  const { id } = await newThread();
  const { runs } = server.platform;
  const made = await client.beta.threads.runs.create(id, {
    assistant_id: assistant.id,
    tool_choice: "none",
    max_completion_tokens: 8,
  });
  await client.beta.threads.runs.poll(made.id, { thread_id: id }, quick);
  // As a crash would have left it: in progress, with half a message.
  const [message] = (await client.beta.threads.messages.list(id)).data;
  await runs.messages.update("", message!.id, { status: "in_progress" });
  const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  const { body } = await runs.rows.update("", made.id, { status: "in_progress", body: { usage, generations: 0 } });
  await server.store.db.execute(`update work set status = 'queued', attempts = 0, lease = null, leased_until = null
    where id = '${body.workId}'`);
  const done = await client.beta.threads.runs.poll(made.id, { thread_id: id }, quick);
  expect(["completed", "incomplete"]).toContain(done.status);
  const messages = (await client.beta.threads.messages.list(id)).data.filter(({ role }) => role === "assistant");
  expect(messages.length).toBe(1);
  expect(messages[0]!.id).not.toBe(message!.id);
});
