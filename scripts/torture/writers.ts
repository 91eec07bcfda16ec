import { randomBytes } from "node:crypto";
import { makePdf } from "../../packages/pdf/test/make-pdf.ts";

/** Something that a server has acknowledged, and how to ask for it again. */
export interface Acknowledged {
  kind: string;
  /** Says what is wrong, or nothing. */
  ask(url: string): Promise<string | undefined>;
}

/** Writes one thing. What it answers was acknowledged; a refusal or a broken connection throws. */
export type Writer = (url: string, context: { model: string }) => Promise<Acknowledged>;

const hex = (bytes: number) => randomBytes(bytes).toString("hex");
const json = { "content-type": "application/json" };

async function sent(url: string, body: unknown, method = "POST"): Promise<any> {
  const isForm = body instanceof FormData;
  const response = await fetch(url, {
    method,
    ...(isForm ? {} : { headers: json }),
    body: isForm ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text.slice(0, 300)}`);
  return text === "" ? undefined : JSON.parse(text);
}

async function got(url: string): Promise<any> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 200)}`);
  return await response.json();
}

const form = (name: string, bytes: Uint8Array | string, fields: Record<string, string> = {}) => {
  const made = new FormData();
  for (const [key, value] of Object.entries(fields)) made.append(key, value);
  made.append("file", new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
  return made;
};

async function file(url: string, text: string, purpose: string): Promise<string> {
  return (await sent(`${url}/v1/files`, form("rows.jsonl", text, { purpose }))).id;
}

/** It is there under its address, with this in its answer. */
const isThere =
  (path: string, part: string) =>
  async (url: string): Promise<string | undefined> => {
    const found = JSON.stringify(await got(url + path));
    return found.includes(part) ? undefined : `${path} answers ${found.slice(0, 200)}, without ${part}`;
  };

export const writers: Record<string, Writer> = {
  "spans by OTLP": async (url) => {
    const traceId = hex(16);
    const spans = Array.from({ length: 8 }, (_, i) => ({
      ...{ traceId, spanId: hex(8), name: `step ${i}` },
      ...{ startTimeUnixNano: `${Date.now()}000000`, endTimeUnixNano: `${Date.now()}000000` },
    }));
    await sent(`${url}/v1/traces`, { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    return {
      kind: "spans by OTLP",
      ask: async (at) => {
        const { tree } = await got(`${at}/api/traces/${traceId}`);
        return tree.length === spans.length
          ? undefined
          : `trace ${traceId} has ${tree.length} of ${spans.length} spans`;
      },
    };
  },
  "runs by LangSmith": async (url) => {
    const id = crypto.randomUUID();
    const run = {
      ...{ id, trace_id: id, dotted_order: `20260101T000000000000Z${id}`, name: `run ${id}`, run_type: "chain" },
      ...{ start_time: new Date().toISOString(), inputs: { a: id }, session_name: "torture" },
    };
    await sent(`${url}/runs/batch`, {
      post: [run],
      patch: [
        { id, trace_id: id, dotted_order: run.dotted_order, end_time: new Date().toISOString(), outputs: { b: id } },
      ],
    });
    return { kind: "runs by LangSmith", ask: isThere(`/runs/${id}`, `"b":"${id}"`) };
  },
  "metrics by MLflow": async (url) => {
    const api = `${url}/api/2.0/mlflow/runs`;
    const id = (await sent(`${api}/create`, { experiment_id: "0", run_name: "torture" })).run.info.run_id as string;
    const metrics = Array.from({ length: 20 }, (_, step) => ({ key: "loss", value: step, timestamp: 1, step }));
    await sent(`${api}/log-batch`, { run_id: id, metrics, params: [{ key: "lr", value: id }], tags: [] });
    return {
      kind: "metrics by MLflow",
      ask: async (at) => {
        const { metrics: found } = await got(`${at}/api/2.0/mlflow/metrics/get-history?run_id=${id}&metric_key=loss`);
        return found.length === 20 ? undefined : `run ${id} has ${found.length} of 20 points`;
      },
    };
  },
  "lines by W&B": async (url) => {
    const name = hex(5);
    const query = "mutation U($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } inserted } }";
    await sent(`${url}/graphql`, { query, variables: { input: { name, modelName: "torture" } } });
    const content = Array.from({ length: 10 }, (_, i) => JSON.stringify({ _step: i, loss: i }));
    await sent(`${url}/files/loam/torture/${name}/file_stream`, {
      files: { "wandb-history.jsonl": { offset: 0, content } },
    });
    return {
      kind: "lines by W&B",
      ask: async (at) => {
        const ask =
          "query Q($p: String!, $e: String!, $n: String!) { project(name: $p, entityName: $e) { run(name: $n) { historyLineCount } } }";
        const { data } = await sent(`${at}/graphql`, { query: ask, variables: { p: "torture", e: "loam", n: name } });
        const count = data?.project?.run?.historyLineCount;
        return count === 10 ? undefined : `W&B run ${name} has ${count} of 10 lines`;
      },
    };
  },
  documents: async (url) => {
    const word = `w${hex(6)}`;
    const pdf = await makePdf(
      [({ write }) => write([`The word is ${word}.`, "It stands on the only page."], { x: 60, y: 80 })],
      { title: word },
    );
    const answer = await sent(`${url}/api/documents`, form(`${word}.pdf`, pdf));
    const [result] = answer.results;
    if (!result.document) throw new Error(`400 ${JSON.stringify(result)}`);
    const id = result.document.id as string;
    return {
      kind: "documents",
      ask: async (at) => {
        const { status, error } = await got(`${at}/api/documents/${id}`);
        return status === "failed" ? `document ${id} failed: ${JSON.stringify(error)}` : undefined;
      },
    };
  },
  catalogues: async (url) => {
    const name = `c${hex(5)}`;
    const rows = Array.from({ length: 12 }, (_, i) => `Book ${i} of ${name},Author ${i}`);
    const { id } = await sent(`${url}/api/catalogues`, form(`${name}.csv`, `title,author\n${rows.join("\n")}\n`));
    return {
      kind: "catalogues",
      ask: async (at) => {
        const all: { id: string; items: number }[] = await got(`${at}/api/catalogues`);
        const items = all.find((each) => each.id === id)?.items;
        return items === 12 ? undefined : `catalogue ${id} has ${items} of 12 items`;
      },
    };
  },
  "files and vector stores": async (url) => {
    const text = `The answer is ${hex(8)}.`;
    const id = (await sent(`${url}/v1/files`, form("note.txt", text, { purpose: "assistants" }))).id as string;
    const store = (await sent(`${url}/v1/vector_stores`, { name: id, file_ids: [id] })).id as string;
    return {
      kind: "files and vector stores",
      ask: async (at) => {
        const content = await (await fetch(`${at}/v1/files/${id}/content`)).text();
        if (content !== text) return `file ${id} holds ${JSON.stringify(content.slice(0, 100))}`;
        const { data } = await got(`${at}/v1/vector_stores/${store}/files`);
        if (data.length !== 1) return `vector store ${store} has ${data.length} of 1 files`;
        return data[0].status === "failed" ? `vector store ${store}: ${JSON.stringify(data[0].last_error)}` : undefined;
      },
    };
  },
  batches: async (url, { model }) => {
    const request = (i: number) => ({
      ...{ custom_id: `r${i}`, method: "POST", url: "/v1/chat/completions" },
      body: { model, max_tokens: 2, messages: [{ role: "user", content: `${i}` }] },
    });
    const input = await file(url, [0, 1, 2].map((i) => JSON.stringify(request(i))).join("\n"), "batch");
    const batch = await sent(`${url}/v1/batches`, {
      input_file_id: input,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    return {
      kind: "batches",
      ask: async (at) => {
        const { status, output_file_id, errors } = await got(`${at}/v1/batches/${batch.id}`);
        if (status === "failed" || status === "expired")
          return `batch ${batch.id} ${status}: ${JSON.stringify(errors)}`;
        if (status !== "completed") return undefined;
        const lines = (await (await fetch(`${at}/v1/files/${output_file_id}/content`)).text()).trim().split("\n");
        return lines.length === 3 ? undefined : `batch ${batch.id} answered ${lines.length} of 3 requests`;
      },
    };
  },
  "fine-tuning events": async (url, { model }) => {
    const row = (i: number) => ({
      messages: [
        { role: "user", content: `Say ${i}.` },
        { role: "assistant", content: `colour ${i % 3}` },
      ],
    });
    const training = await file(
      url,
      Array.from({ length: 10 }, (_, i) => JSON.stringify(row(i))).join("\n"),
      "fine-tune",
    );
    const hyperparameters = { n_epochs: 1, batch_size: 5 };
    const job = await sent(`${url}/v1/fine_tuning/jobs`, {
      model,
      training_file: training,
      method: { type: "supervised", supervised: { hyperparameters } },
    });
    let told = 0;
    return {
      kind: "fine-tuning events",
      ask: async (at) => {
        const { status, error } = await got(`${at}/v1/fine_tuning/jobs/${job.id}`);
        if (status === "failed") return `job ${job.id} failed: ${JSON.stringify(error)}`;
        const { data } = await got(`${at}/v1/fine_tuning/jobs/${job.id}/events?limit=100`);
        if (data.length < told) return `job ${job.id} told ${told} events and has ${data.length}`;
        told = data.length;
        return undefined;
      },
    };
  },
  "jobs that are cancelled": async (url, { model }) => {
    const row = {
      messages: [
        { role: "user", content: "Say it." },
        { role: "assistant", content: "it" },
      ],
    };
    const rows = Array.from({ length: 10 }, () => JSON.stringify(row)).join("\n");
    const training_file = await file(url, rows, "fine-tune");
    const hyperparameters = { n_epochs: 50, batch_size: 1 };
    const job = await sent(`${url}/v1/fine_tuning/jobs`, {
      ...{ model, training_file },
      method: { type: "supervised", supervised: { hyperparameters } },
    });
    let isCancelled = false;
    return {
      kind: "jobs that are cancelled",
      ask: async (at) => {
        const { status } = await got(`${at}/v1/fine_tuning/jobs/${job.id}`);
        if (isCancelled && status !== "cancelled") return `job ${job.id} was cancelled and is ${status}`;
        if (status === "cancelled" || status === "succeeded") return undefined; // it was quicker, or nobody heard the answer
        const after = (await sent(`${at}/v1/fine_tuning/jobs/${job.id}/cancel`, {})).status;
        isCancelled = true;
        return after === "cancelled" ? undefined : `job ${job.id} is ${after} after it was cancelled`;
      },
    };
  },
  "evals, threads, feedback": async (url) => {
    const eval_ = await sent(`${url}/v1/evals`, {
      name: hex(4),
      data_source_config: { type: "custom", item_schema: { type: "object", properties: { a: { type: "string" } } } },
      testing_criteria: [{ type: "string_check", name: "same", input: "{{item.a}}", reference: "x", operation: "eq" }],
    });
    const thread = await sent(`${url}/v1/threads`, { messages: [{ role: "user", content: eval_.id }] });
    const conversation = await sent(`${url}/v1/conversations`, { metadata: { eval: eval_.id } });
    return {
      kind: "evals, threads, feedback",
      ask: async (at) =>
        (await isThere(`/v1/evals/${eval_.id}`, eval_.id)(at)) ??
        (await isThere(`/v1/threads/${thread.id}/messages`, eval_.id)(at)) ??
        (await isThere(`/v1/conversations/${conversation.id}`, eval_.id)(at)),
    };
  },
};
