import { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Store } from "@loam/store";
import { sql } from "drizzle-orm";

/** A way for texts from outside into the store. It answers with the statuses that it met, for those who want to know. */
export type Road = (url: string, texts: readonly string[]) => Promise<number[]>;

const json = { "content-type": "application/json" };

async function send(url: string, body: unknown, { method = "POST", headers = json as Record<string, string> } = {}) {
  const raw = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url, { method, headers, body: raw as BodyInit });
  const answer = await response.text();
  return { status: response.status, answer };
}

/** The same request for every text. */
const each =
  (
    make: (text: string, i: number) => [path: string, body: unknown, method?: string, headers?: Record<string, string>],
  ): Road =>
  async (url, texts) => {
    const statuses: number[] = [];
    for (const [i, text] of texts.entries()) {
      const [path, body, method, headers] = make(text, i);
      statuses.push((await send(url + path, body, { method, headers })).status);
    }
    return statuses;
  };

/** One request with all of them. */
const all =
  (
    make: (
      texts: readonly string[],
    ) => [path: string, body: unknown, method?: string, headers?: Record<string, string>],
  ): Road =>
  async (url, texts) => {
    const [path, body, method, headers] = make(texts);
    return [(await send(url + path, body, { method, headers })).status];
  };

const uuid = () => crypto.randomUUID();
const hexId = (length: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(length))).toString("hex");
const now = () => new Date().toISOString();

const langsmithRun = (text: string) => {
  const id = uuid();
  return {
    ...{ id, trace_id: id, dotted_order: `20260101T000000000000Z${id}`, name: `run ${text}`, run_type: "llm" },
    ...{ start_time: now(), end_time: now(), session_name: "planted" },
    inputs: { messages: [{ role: "user", content: text }] },
    outputs: { choices: [{ message: { content: `I read: ${text}` } }] },
    error: `ValueError: ${text}`,
    extra: { metadata: { note: text }, invocation_params: { headers: [["x", text]] } },
    serialized: { kwargs: { note: text } },
    tags: [text],
    events: [{ name: "new_token", time: now(), kwargs: { token: text } }],
  };
};

const multipart = (parts: [name: string, value: string, type?: string][]): [Uint8Array, Record<string, string>] => {
  const boundary = "planted-secrets-boundary";
  const body = parts.map(
    ([name, value, type = "application/json"]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\ncontent-type: ${type}\r\n\r\n${value}\r\n`,
  );
  return [
    Buffer.from(`${body.join("")}--${boundary}--\r\n`),
    { "content-type": `multipart/form-data; boundary=${boundary}` },
  ];
};

const otlpSpan = (text: string) => ({
  ...{ traceId: hexId(16), spanId: hexId(8), name: `span ${text}`, kind: 1 },
  ...{ startTimeUnixNano: "1760000000000000000", endTimeUnixNano: "1760000001000000000" },
  attributes: [
    { key: "input.value", value: { stringValue: JSON.stringify({ prompt: text }) } },
    { key: "output.value", value: { stringValue: text } },
    { key: "note", value: { stringValue: text } },
    {
      key: "deep",
      value: { kvlistValue: { values: [{ key: "a", value: { arrayValue: { values: [{ stringValue: text }] } } }] } },
    },
    { key: "user.id", value: { stringValue: text } },
    { key: "session.id", value: { stringValue: text } },
  ],
  events: [
    {
      name: "exception",
      timeUnixNano: "1760000000000000000",
      attributes: [{ key: "exception.message", value: { stringValue: text } }],
    },
  ],
  status: { code: 2, message: text },
});

const protobufSpans = (texts: readonly string[]): Uint8Array => {
  const text = (field: number, value: string) => (w: BinaryWriter) => void w.uint32((field << 3) | 2).string(value);
  const bytes = (field: number, value: Uint8Array) => (w: BinaryWriter) => void w.uint32((field << 3) | 2).bytes(value);
  const message =
    (field: number, ...parts: ((w: BinaryWriter) => void)[]) =>
    (w: BinaryWriter) => {
      w.uint32((field << 3) | 2).fork();
      for (const part of parts) part(w);
      w.join();
    };
  const attribute = (field: number, key: string, value: string) =>
    message(field, text(1, key), message(2, text(1, value)));
  const w = new BinaryWriter();
  message(
    1,
    message(1, attribute(1, "service.name", "planted")),
    message(
      2,
      ...texts.map((each) =>
        message(
          2,
          bytes(1, crypto.getRandomValues(new Uint8Array(16))),
          bytes(2, crypto.getRandomValues(new Uint8Array(8))),
          text(5, `span ${each}`),
          (writer) => void writer.uint32((7 << 3) | 1).fixed64(1_760_000_000_000_000_000n),
          (writer) => void writer.uint32((8 << 3) | 1).fixed64(1_760_000_001_000_000_000n),
          attribute(9, "output.value", each),
          attribute(9, "note", each),
          message(11, text(2, `event ${each}`), attribute(3, "note", each)),
          message(15, text(2, each), (writer) => void writer.uint32(3 << 3).int32(2)),
        ),
      ),
    ),
  )(w);
  return w.finish();
};

const graphql = (query: string, variables: unknown) => ({ query, variables });
const upsert = `mutation UpsertBucket($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id name } inserted } }`;

/** Runs a block with the answer of a request as JSON. */
async function answered(url: string, body: unknown): Promise<any> {
  return JSON.parse((await send(url, body)).answer || "{}");
}

const mlflowRun = async (url: string, tags: unknown[] = [], name = "planted") =>
  (await answered(`${url}/api/2.0/mlflow/runs/create`, { experiment_id: "0", run_name: name, tags })).run.info
    .run_id as string;

/** Every road that texts from programs take into the store. */
export const roads: Record<string, Road> = {
  "langsmith: multipart": async (url, texts) => {
    const [body, headers] = multipart(
      texts.flatMap((text): [string, string][] => {
        const { inputs, outputs, error, extra, events, serialized, ...run } = langsmithRun(text);
        const parts = Object.entries({ inputs, outputs, extra, events, serialized });
        return [
          [`post.${run.id}`, JSON.stringify(run)],
          ...parts.map(([name, value]): [string, string] => [`post.${run.id}.${name}`, JSON.stringify(value)]),
          [`post.${run.id}.error`, JSON.stringify(error)],
          [
            `feedback.${uuid()}`,
            JSON.stringify({
              id: uuid(),
              run_id: run.id,
              trace_id: run.id,
              key: "note",
              value: text,
              comment: text,
              correction: { note: text },
            }),
          ],
        ];
      }),
    );
    return [(await send(`${url}/runs/multipart`, body, { headers })).status];
  },
  "langsmith: batch": all((texts) => ["/runs/batch", { post: texts.map(langsmithRun), patch: [] }]),
  "langsmith: single and update": async (url, texts) => {
    const statuses: number[] = [];
    for (const text of texts) {
      const run = langsmithRun("nothing");
      statuses.push((await send(`${url}/runs`, { ...run, end_time: null, outputs: null })).status);
      const { inputs, outputs, error, extra, tags } = langsmithRun(text);
      statuses.push(
        (
          await send(
            `${url}/runs/${run.id}`,
            { trace_id: run.id, dotted_order: run.dotted_order, end_time: now(), inputs, outputs, error, extra, tags },
            { method: "PATCH" },
          )
        ).status,
      );
    }
    return statuses;
  },
  "langsmith: feedback, sessions, queues": async (url, texts) => {
    const statuses: number[] = [];
    for (const [i, text] of texts.entries()) {
      const { status } = await send(`${url}/sessions`, {
        name: `planted ${i} ${uuid()}`,
        description: text,
        extra: { metadata: { note: text } },
      });
      const queue = await send(`${url}/annotation-queues`, { id: uuid(), name: `queue ${i}`, description: text });
      const feedback = await send(`${url}/feedback`, {
        id: uuid(),
        run_id: uuid(),
        key: "note",
        comment: text,
        value: { note: text },
        feedback_source: { type: "api", metadata: { note: text } },
      });
      statuses.push(status, queue.status, feedback.status);
    }
    return statuses;
  },
  "langsmith: a stream in pieces": all((texts) => [
    "/runs/batch",
    {
      post: texts.map((text) => ({
        ...langsmithRun("nothing"),
        outputs: {
          outputs: (text.match(/[\s\S]{1,7}/g) ?? []).map((content) => ({ choices: [{ delta: { content } }] })),
        },
      })),
      patch: [],
    },
  ]),
  "otlp: traces as JSON": all((texts) => [
    "/v1/traces",
    {
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: "service.name", value: { stringValue: "planted" } },
              { key: "process.command_args", value: { stringValue: texts[0] } },
            ],
          },
          scopeSpans: [{ spans: texts.map(otlpSpan) }],
        },
      ],
    },
  ]),
  "otlp: traces as protobuf": all((texts) => [
    "/v1/traces",
    protobufSpans(texts),
    "POST",
    { "content-type": "application/x-protobuf" },
  ]),
  "otlp: logs": all((texts) => [
    "/v1/logs",
    { resourceLogs: [{ scopeLogs: [{ logRecords: texts.map((text) => ({ body: { stringValue: text } })) }] }] },
  ]),
  "otlp: what is refused": each((text) => ["/v1/traces", `{"resourceSpans": ${text}`]),
  "otlp: service names": each((text) => [
    "/v1/traces",
    {
      resourceSpans: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: text } }] },
          scopeSpans: [{ spans: [otlpSpan("nothing")] }],
        },
      ],
    },
  ]),
  "mlflow: parameters, tags, metrics": async (url, texts) => {
    const statuses: number[] = [];
    const run = await mlflowRun(url);
    const tagged = await mlflowRun(
      url,
      texts.map((value, i) => ({ key: `t${i}`, value })),
    );
    statuses.push(tagged ? 200 : 400);
    for (const [i, text] of texts.entries()) {
      const post = async (path: string, body: object) =>
        statuses.push((await send(`${url}/api/2.0/mlflow/runs/${path}`, { run_id: run, ...body })).status);
      await post("log-parameter", { key: `p${i}`, value: text });
      await post("set-tag", { key: `note${i}`, value: text });
      await post("set-tag", { key: "mlflow.runName", value: text });
      await post("log-batch", {
        params: [{ key: `b${i}`, value: text }],
        tags: [{ key: "mlflow.source.name", value: text }],
        metrics: [],
      });
      await post("log-metric", { key: `m ${text}`.slice(0, 240), value: 1, timestamp: 1, step: i });
      await post("log-inputs", {
        datasets: [
          {
            tags: [{ key: "note", value: text }],
            dataset: { name: `d${i}`, digest: `${i}`, source_type: "http", source: text },
          },
        ],
      });
      await post("update", { run_name: text });
      await post("log-model", { model_json: JSON.stringify({ note: text }) });
    }
    return statuses;
  },
  "mlflow: experiments, models, registry": async (url, texts) => {
    const statuses: number[] = [];
    for (const [i, text] of texts.entries()) {
      const post = async (path: string, body: object) => {
        const { status, answer } = await send(`${url}/api/2.0/mlflow/${path}`, body);
        statuses.push(status);
        return JSON.parse(answer || "{}");
      };
      await post("experiments/create", {
        name: `planted ${i} ${uuid()}`,
        tags: [{ key: "mlflow.note.content", value: text }],
      });
      await post("experiments/set-experiment-tag", { experiment_id: "0", key: `t${i}`, value: text });
      const name = `model-${i}-${hexId(4)}`;
      await post("registered-models/create", { name, description: text, tags: [{ key: "note", value: text }] });
      await post("registered-models/set-tag", { name, key: "more", value: text });
      await post("model-versions/create", {
        name,
        source: text,
        description: text,
        tags: [{ key: "note", value: text }],
      });
      await post("model-versions/set-tag", { name, version: "1", key: "more", value: text });
      await post("logged-models", {
        experiment_id: "0",
        name,
        params: [{ key: "p", value: text }],
        tags: [{ key: "t", value: text }],
      });
    }
    return statuses;
  },
  "mlflow: traces": async (url, texts) => {
    const statuses: number[] = [];
    for (const text of texts) {
      const id = `tr-${hexId(16)}`;
      const info = {
        ...{ trace_id: id, trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } } },
        ...{
          request_time: now(),
          execution_duration: "0.001s",
          state: "OK",
          request_preview: text,
          response_preview: text,
        },
        trace_metadata: { note: text },
        tags: { note: text },
      };
      statuses.push((await send(`${url}/api/3.0/mlflow/traces`, { trace: { trace_info: info } })).status);
      const span = {
        ...{
          trace_id: Buffer.from(id.slice(3), "hex").toString("base64"),
          span_id: Buffer.from(hexId(8), "hex").toString("base64"),
          name: text,
        },
        ...{ start_time_unix_nano: 1_760_000_000_000_000_000, end_time_unix_nano: 1_760_000_001_000_000_000 },
        attributes: {
          "mlflow.spanInputs": JSON.stringify({ question: text }),
          "mlflow.spanOutputs": JSON.stringify(text),
        },
        events: [{ name: "exception", time_unix_nano: 1, attributes: { "exception.message": text } }],
        status: { code: "STATUS_CODE_ERROR", message: text },
      };
      statuses.push(
        (
          await send(
            `${url}/api/2.0/mlflow-artifacts/artifacts/0/traces/${id}/artifacts/traces.json`,
            { spans: [span] },
            { method: "PUT" },
          )
        ).status,
      );
      statuses.push(
        (
          await send(`${url}/api/3.0/mlflow/traces/${id}/assessments`, {
            assessment: {
              assessment_name: "note",
              source: { source_type: "HUMAN", source_id: text },
              feedback: { value: text },
              rationale: text,
              metadata: { note: text },
            },
          })
        ).status,
      );
      statuses.push(
        (await send(`${url}/api/2.0/mlflow/traces/${id}/tags`, { key: "k", value: text }, { method: "PATCH" })).status,
      );
    }
    return statuses;
  },
  "wandb: config, summary, notes": each((text, i) => [
    "/graphql",
    graphql(upsert, {
      input: {
        ...{
          name: `w${i}${hexId(3)}`,
          modelName: "planted",
          displayName: text,
          notes: text,
          description: text,
          tags: [text],
          groupName: text,
        },
        ...{ host: "h", jobProgram: `train.py ${text}`, jobRepo: text, commit: "abc" },
        config: JSON.stringify({
          note: { value: text },
          deep: { value: { list: [text] } },
          _wandb: { value: { cli_version: "0.31", note: text } },
        }),
        summaryMetrics: JSON.stringify({ note: text }),
      },
    }),
  ]),
  "wandb: streamed lines": async (url, texts) => {
    const name = `s${hexId(4)}`;
    await send(`${url}/graphql`, graphql(upsert, { input: { name, modelName: "planted" } }));
    const content = (lines: string[]) => ({ offset: 0, content: lines });
    const files = {
      "wandb-history.jsonl": content(texts.map((text, i) => JSON.stringify({ _step: i, note: text, loss: 1 }))),
      "wandb-events.jsonl": content(texts.map((text) => JSON.stringify({ note: text }))),
      "wandb-summary.json": content([JSON.stringify(Object.fromEntries(texts.map((text, i) => [`n${i}`, text])))]),
      "output.log": content(texts.map((text) => `${now()} ${text}\n`)),
    };
    return [(await send(`${url}/files/loam/planted/${name}/file_stream`, { files })).status];
  },
  "wandb: files, alerts, sweeps": async (url, texts) => {
    const name = `f${hexId(4)}`;
    const statuses: number[] = [];
    await send(`${url}/graphql`, graphql(upsert, { input: { name, modelName: "planted" } }));
    const files = ["output.log", "wandb-metadata.json", "config.yaml", "wandb-summary.json", "requirements.txt"];
    const made = await answered(
      `${url}/graphql`,
      graphql(
        "mutation CreateRunFiles($entity: String!, $project: String!, $run: String!, $files: [String!]!) { createRunFiles(input: {entityName: $entity, projectName: $project, runName: $run, files: $files}) { files { name uploadUrl } } }",
        { entity: "loam", project: "planted", run: name, files },
      ),
    );
    for (const { name: file, uploadUrl } of made.data?.createRunFiles?.files ?? []) {
      const body = file.endsWith(".json") ? JSON.stringify({ args: texts, program: "train.py" }) : texts.join("\n");
      statuses.push((await send(uploadUrl, body, { method: "PUT", headers: {} })).status);
    }
    for (const text of texts) {
      const alert =
        "mutation NotifyScriptableRunAlert($entityName: String!, $projectName: String!, $runName: String!, $title: String!, $text: String!) { notifyScriptableRunAlert(input: {entityName: $entityName, projectName: $projectName, runName: $runName, title: $title, text: $text, severity: INFO, waitDuration: 0}) { success } }";
      statuses.push(
        (
          await send(
            `${url}/graphql`,
            graphql(alert, { entityName: "loam", projectName: "planted", runName: name, title: `t ${text}`, text }),
          )
        ).status,
      );
      const config = `method: random\nname: ${JSON.stringify(text)}\ndescription: ${JSON.stringify(text)}\nprogram: train.py\nparameters:\n  note:\n    value: ${JSON.stringify(text)}\n`;
      statuses.push(
        (
          await send(
            `${url}/graphql`,
            graphql(
              "mutation UpsertSweep($config: String, $projectName: String) { upsertSweep(input: {config: $config, projectName: $projectName}) { sweep { name } } }",
              { config, projectName: "planted" },
            ),
          )
        ).status,
      );
    }
    return statuses;
  },
  "langfuse: scores": each((text) => [
    "/api/public/scores",
    [
      {
        id: uuid(),
        traceId: hexId(16),
        name: "note",
        value: text,
        dataType: "CATEGORICAL",
        comment: text,
        metadata: { note: text },
      },
    ],
  ]),
  "loam: evaluations": async (url, texts) => {
    const { status, answer } = await send(`${url}/api/evaluations`, {
      name: `planted ${texts[0]}`.slice(0, 200),
      dataset: { rows: texts.map((text, i) => ({ id: `${i} ${text}`, source: text, reference: text })) },
      systems: [{ name: `copy ${texts[0]}`.slice(0, 200), column: "source" }],
      metrics: ["rouge1"],
    });
    const { run } = JSON.parse(answer);
    if (run) await settled(`${url}/api/evaluations/${run}`, ({ state }) => state !== "queued" && state !== "running");
    return [status];
  },
  "loam: reports and sweeps": async (url, texts) => {
    const statuses: number[] = [];
    for (const text of texts) {
      const post = async (path: string, body: object) => statuses.push((await send(url + path, body)).status);
      await post("/api/reports", { title: text, markdown: `# ${text}\n\n${text}` });
      await post("/api/sweeps", {
        project: "planted",
        config: { method: "random", parameters: { note: { values: [text] } } },
      });
    }
    return statuses;
  },
};

/** Asks until the answer is of the kind that is waited for, and that many times at most. */
async function settled(url: string, isThere: (body: any) => boolean): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const response = await fetch(url);
    if (response.status === 200 && isThere(await response.json())) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not come to its end`);
}

/** Roads of what people keep here on purpose, each with the tables (and `files`) in which that stands exactly as it was given. */
export const keptRoads: Record<string, { kept: RegExp; take: Road }> = {
  "openai: threads and conversations": {
    kept: /^platform_objects$/,
    take: async (url, texts) => {
      const statuses: number[] = [];
      const assistant = await send(`${url}/v1/assistants`, {
        model: "gpt-4o",
        instructions: texts.join("\n").slice(0, 200_000),
      });
      const thread = await send(`${url}/v1/threads`, { messages: [{ role: "user", content: texts[0] }] });
      const talk = await send(`${url}/v1/conversations`, {});
      statuses.push(assistant.status, thread.status, talk.status);
      for (const text of texts) {
        const message = await send(`${url}/v1/threads/${JSON.parse(thread.answer).id}/messages`, {
          ...{ role: "user", content: text, metadata: { note: text.slice(0, 500) } },
        });
        const item = await send(`${url}/v1/conversations/${JSON.parse(talk.answer).id}/items`, {
          items: [{ type: "message", role: "user", content: text }],
        });
        statuses.push(message.status, item.status);
      }
      return statuses;
    },
  },
  "library: documents and summaries": {
    kept: /^(?:files|documents|pages|chunks|figures|summaries|work|conversations|messages)$/,
    take: async (url, texts) => {
      const form = new FormData();
      // A passage may end within a long one, and what is left of a key is any base64.
      const short = texts.filter((text) => text.length <= 300);
      const sentences = short.map(
        (text, i) => `Station ${i} writes into its log of the day: ${text.replaceAll("\n", " ")}.`,
      );
      form.append("file", new File([`# Logs\n\n${sentences.join("\n\n")}\n`], "logs.md", { type: "text/markdown" }));
      const added = await fetch(`${url}/api/documents`, { method: "POST", body: form });
      const { results } = (await added.json()) as any;
      const id = results[0].document.id as string;
      await settled(`${url}/api/documents/${id}`, ({ status }) => status === "ready" || status === "failed");
      const summary = await send(`${url}/api/documents/${id}/summaries`, { mode: "extractive" });
      const search = await send(`${url}/api/search`, { query: texts[0]!.slice(0, 1000) });
      const asked = await send(`${url}/api/ask`, { question: `What does the log say of ${texts[0]!.slice(0, 500)}?` });
      return [added.status, summary.status, search.status, asked.status];
    },
  },
};

/** Every row of every table as text. */
export async function* storedTexts(store: Store): AsyncGenerator<{ table: string; row: string }> {
  const { rows: tables } = await store.db.execute<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public'`,
  );
  for (const { name } of tables) {
    const { rows } = await store.db.execute<{ row: string }>(
      sql`select to_json(t)::text as row from ${sql.identifier(name)} t`,
    );
    for (const { row } of rows) yield { table: name, row };
  }
}
