import type OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openaiClient, refusal, startChatServer } from "../../../../test/openai-client.ts";
import type { TestServer } from "../../../../test/running.ts";

let server: TestServer;
let model: string;
let client: OpenAI;
let evaluation: OpenAI.EvalCreateResponse;
beforeAll(async () => {
  ({ server, model } = await startChatServer());
  client = openaiClient(server);
  evaluation = await client.evals.create({
    data_source_config: {
      type: "custom",
      item_schema: {
        type: "object",
        properties: { got: { type: "string" }, ref: { type: "string" } },
        required: ["got"],
      },
    },
    testing_criteria: [
      { type: "string_check", name: "same", input: "{{item.got}}", reference: "{{item.ref}}", operation: "eq" },
      {
        type: "text_similarity",
        name: "near",
        input: "{{item.got}}",
        reference: "{{item.ref}}",
        evaluation_metric: "rouge_l",
        pass_threshold: 0.5,
      },
    ],
  });
});
afterAll(() => server?.end());

const run = async (data_source: OpenAI.Evals.RunCreateParams["data_source"]) => {
  const { id } = await client.evals.runs.create(evaluation.id, { data_source });
  const get = () => client.evals.runs.retrieve(id, { eval_id: evaluation.id });
  await expect.poll(async () => (await get()).status, { timeout: 30_000 }).toMatch(/completed|failed/);
  return await get();
};
const rows = (content: object[]) => ({ type: "file_content" as const, content: content.map((item) => ({ item })) });

test("rows are judged by every criterion, and one without a value is an error and no failure", async () => {
  const done = await run({
    type: "jsonl",
    source: rows([{ got: "a b", ref: "a b" }, { got: "a b c", ref: "a b" }, { got: "x" }]) as never,
  });
  expect(done.result_counts).toEqual({ total: 3, passed: 1, failed: 1, errored: 1 });
  const items = await client.evals.runs.outputItems.list(done.id, { eval_id: evaluation.id });
  expect(items.data[1]!.results.map(({ passed }) => passed)).toEqual([false, true]);
  expect(JSON.stringify(items.data[2]!.results)).toContain("item.ref");
});

test("a model is asked over a template, and what it used is counted", async () => {
  const done = await run({
    type: "completions",
    model,
    input_messages: { type: "template", template: [{ role: "user", content: "Say {{item.got}}" }] },
    sampling_params: { max_completion_tokens: 3, temperature: 0, seed: 1 },
    source: rows([{ got: "a", ref: "a" }]) as never,
  });
  expect(done.per_model_usage[0]).toMatchObject({ model_name: model, invocation_count: 1, completion_tokens: 3 });
});

test("a row that does not fit is named before anything starts", async () => {
  const source = rows([{ got: "a" }, { got: 5 }]) as never;
  const refused = await refusal(client.evals.runs.create(evaluation.id, { data_source: { type: "jsonl", source } }));
  expect([refused.status, refused.param]).toEqual([400, "data_source.source.content[1]"]);
  const python = { type: "python" as const, name: "p", source: "x" };
  const criteria = client.evals.create({
    data_source_config: { type: "custom", item_schema: {} },
    testing_criteria: [python],
  });
  expect((await refusal(criteria)).message).toContain("python");
});
