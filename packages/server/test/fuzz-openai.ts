import { Rng } from "@loam/core";
import { openAiEndpoints } from "../src/surfaces/openai/endpoints.ts";

/** What came of random requests. */
export interface FuzzReport {
  requests: number;
  /** How often each status was answered. */
  statuses: Record<number, number>;
  /** Answers of 500 and more that are no refusal (501), and requests without an answer in time. */
  failures: { request: string; problem: string }[];
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Bodies that each route takes, to be spoiled; `ID` stands for the id of an object that is there. */
const bodies = (model: string): readonly (readonly [path: RegExp, body: Json])[] => {
  const messages = [{ role: "user", content: [{ type: "text", text: "a" }] }];
  const schema = { type: "object", properties: { a: { type: ["string", "null"], pattern: "^a+$" } }, required: ["a"] };
  const tool = { type: "function", function: { name: "f", strict: true, parameters: schema } };
  const sampling = { temperature: 1, top_p: 0.9, seed: 1, metadata: { a: "b" } };
  const chat = {
    model,
    messages,
    max_tokens: 2,
    n: 1,
    stop: ["x"],
    logit_bias: { "5": 1 },
    logprobs: true,
    ...sampling,
  };
  const format = { type: "json_schema", json_schema: { name: "n", strict: true, schema } };
  const grader = { type: "string_check", name: "n", input: "{{item.a}}", reference: "b", operation: "eq" };
  const source = { type: "file_content", content: [{ item: { a: "b" } }] };
  return [
    [/chat\/completions$/, { ...chat, tools: [tool], tool_choice: "auto", response_format: format, stream: false }],
    [/completions$/, { model, prompt: "a", max_tokens: 2, echo: true, logprobs: 1, ...sampling }],
    [/embeddings$/, { model: "embed", input: ["a", "b"], encoding_format: "base64", dimensions: 8 }],
    [
      /responses(\/input_tokens|\/compact)?$/,
      { model, input: [{ role: "user", content: "a" }], max_output_tokens: 16, text: { format: { type: "text" } } },
    ],
    [/conversations$/, { items: [{ type: "message", role: "user", content: "a" }], metadata: {} }],
    [/conversations\/.*items$/, { items: [{ type: "message", role: "user", content: "a" }] }],
    [/assistants/, { model, name: "n", instructions: "i", tools: [{ type: "file_search" }, tool], ...sampling }],
    [/threads\/runs$/, { assistant_id: "ID", thread: { messages: [{ role: "user", content: "a" }] } }],
    [/threads$/, { messages: [{ role: "user", content: "a", attachments: [] }], tool_resources: {}, metadata: {} }],
    [/messages/, { role: "user", content: "a", metadata: {} }],
    [/submit_tool_outputs$/, { tool_outputs: [{ tool_call_id: "ID", output: "a" }] }],
    [/runs$/, { assistant_id: "ID", name: "r", data_source: { type: "jsonl", source }, instructions: "i" }],
    [/vector_stores$/, { name: "v", file_ids: ["ID"], expires_after: { anchor: "last_active_at", days: 1 } }],
    [/vector_stores\/.*search$/, { query: "a", filters: { type: "eq", key: "a", value: 1 }, max_num_results: 5 }],
    [/vector_stores\/.*file/, { file_id: "ID", file_ids: ["ID"], attributes: { a: 1 } }],
    [/batches$/, { input_file_id: "ID", endpoint: "/v1/chat/completions", completion_window: "24h" }],
    [/evals$/, { data_source_config: { type: "custom", item_schema: schema }, testing_criteria: [grader], name: "e" }],
    [/graders/, { grader, item: { a: "b" }, model_sample: "b" }],
    [/fine_tuning\/jobs$/, { model, training_file: "ID", method: { type: "dpo", dpo: { hyperparameters: {} } } }],
    [/uploads$/, { purpose: "batch", filename: "a.jsonl", bytes: 5, mime_type: "application/jsonl" }],
    [/webhook_endpoints$/, { name: "w", url: "https://example.com/", event_types: ["batch.completed"] }],
    [/webhook_endpoints\//, { event_type: "batch.completed" }],
    [/permissions$/, { project_ids: ["p"] }],
    [/./, { metadata: { a: "b" } }],
  ];
};

const nasty: readonly Json[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, "", "\0", "\ud800", "../../etc/passwd", "a".repeat(5000)],
  ...[[], {}, [[]], [null], { "": null }, { __proto__: 1, constructor: 2 }, "{{item.a}}", "(a+)+$", "%00", "ID"],
];

/**
 * Sends requests that are wrong in a random way to every endpoint, in an order that a seed decides.
 *
 * @param options.ids ids of objects that are there, and that requests may name
 */
export async function fuzzOpenAi(
  url: string,
  {
    model,
    requests,
    seed = 1,
    ids = [],
    timeoutMs = 30_000,
    onProgress,
  }: {
    model: string;
    requests: number;
    seed?: number;
    ids?: readonly string[];
    timeoutMs?: number;
    onProgress?: (done: number, report: FuzzReport) => void;
  },
): Promise<FuzzReport> {
  const rng = new Rng(seed);
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)]!;
  const routes = openAiEndpoints().filter(({ path }) => !path.startsWith("/v1/videos"));
  const templates = bodies(model);
  const report: FuzzReport = { requests, statuses: {}, failures: [] };
  const anyId = () => pick([...ids, "nope", "%2e%2e", "a".repeat(300), "thread_%00", "🌊"]);

  const spoil = (value: Json, depth = 0): Json => {
    const inside = typeof value === "object" && value !== null && Object.keys(value).length > 0;
    if (!inside || rng.uniform() < 0.12) return pick(nasty);
    const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, Json>;
    const key = pick(Object.keys(copy));
    const how = rng.uniform();
    if (how < 0.1) delete copy[key];
    else if (how < 0.2 && !Array.isArray(value)) copy[`${key}x`] = 1;
    else if (how < 0.25) copy[key] = nest(copy[key]!, 200);
    else copy[key] = spoil(copy[key]!, depth + 1);
    return copy as Json;
  };

  for (let i = 0; i < requests; i++) {
    if (i > 0 && i % 500 === 0) onProgress?.(i, report);
    const route = pick(routes);
    const method = route.method === "*" ? "POST" : route.method;
    const path = route.path.replace(/\{\w+\}/g, () => anyId());
    const search =
      rng.uniform() < 0.3
        ? `?${pick(["limit", "after", "order", "before", "include[]"])}=${pick(["-1", "x", "1", "%00", anyId()])}`
        : "";
    let body: string | undefined;
    if (method === "POST") {
      let value = structuredClone(templates.find(([pattern]) => pattern.test(route.path))![1]);
      const times = rng.integer(3);
      for (let k = 0; k < times; k++) value = spoil(value);
      body = JSON.stringify(value).replaceAll('"ID"', () => JSON.stringify(decodeURI(anyId())));
      if (rng.uniform() < 0.05) body = body.slice(0, rng.integer(body.length + 1));
    }
    const request = `${method} ${path}${search} ${body?.slice(0, 400) ?? ""}`;
    try {
      const headers = { "content-type": rng.uniform() < 0.97 ? "application/json" : "multipart/form-data; boundary=x" };
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url + path + search, { method, headers, body, signal });
      const text = await response.text();
      report.statuses[response.status] = (report.statuses[response.status] ?? 0) + 1;
      if (response.status >= 500 && response.status !== 501)
        report.failures.push({ request, problem: `${response.status} ${text.slice(0, 300)}` });
    } catch (error) {
      report.failures.push({ request, problem: String(error) });
    }
  }
  return report;
}

function nest(value: Json, depth: number): Json {
  return depth === 0 ? value : [nest(value, depth - 1)];
}
