import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { partOf, plantSecrets } from "../../observe/test/planted-secrets.ts";
import { rawRequest, startTestServer, type TestServer } from "./running.ts";
import { keptRoads, type Road, roads, storedTexts } from "./secret-roads.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterAll(async () => await server.end());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
  });
const get = async (path: string) => {
  const response = await fetch(server.url + path);
  return { status: response.status, body: (await response.json()) as any };
};

test("a run that one client logs is read by the others", async () => {
  const upsert = `mutation { upsertBucket(input: { name: "abc", modelName: "shared", entityName: "loam",
    displayName: "first", config: "{\\"lr\\": {\\"value\\": 0.1}}" }) { bucket { id } inserted } }`;
  const { data } = (await (await post("/graphql", { query: upsert })).json()) as any;
  expect(data.upsertBucket.inserted).toBe(true);
  const lines = ['{"_step": 0, "loss": 1.5}', '{"_step": 1, "loss": NaN}'];
  await post("/files/loam/shared/abc/file_stream", { files: { "wandb-history.jsonl": { offset: 0, content: lines } } });

  const { body: found } = await get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=shared");
  const search = await post("/api/2.0/mlflow/runs/search", {
    experiment_ids: [found.experiment.experiment_id],
    filter: "params.lr = '0.1' and attributes.run_name = 'first'",
  });
  const { runs } = (await search.json()) as any;
  expect(runs[0].data).toMatchObject({
    params: [{ key: "lr", value: "0.1" }],
    metrics: [{ key: "loss", value: "NaN", step: 1 }],
  });
  const { body: own } = await get(`/api/runs?experiment=shared`);
  expect(own).toMatchObject([{ externalId: "abc", name: "first", params: { lr: 0.1 } }]);
  expect((await get(`/api/runs/${own[0].id}/series`)).body.loss.map(([, value]: unknown[]) => value)).toEqual([
    1.5,
    "NaN",
  ]);
});

test("a trace by OTLP is a run for LangSmith's clients and a trace for MLflow's", async () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const span = {
    traceId,
    spanId: "b7ad6b7169203331",
    name: "call",
    startTimeUnixNano: "1700000000000000000",
    endTimeUnixNano: "1700000001000000000",
    attributes: [{ key: "openinference.span.kind", value: { stringValue: "LLM" } }],
  };
  const answer = await post(
    "/v1/traces",
    gzipSync(
      JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: [{ key: "service.name", value: { stringValue: "svc" } }] },
            scopeSpans: [{ spans: [span] }],
          },
        ],
      }),
    ),
    { "content-encoding": "gzip" },
  );
  expect(await answer.json()).toEqual({});
  const uuid = "0af76519-16cd-43dd-8448-eb211c80319c";
  expect((await get(`/api/traces/${uuid}`)).body).toMatchObject({ id: traceId, tree: [{ name: "call", kind: "llm" }] });
  const { runs } = (await (await post("/runs/query", { trace: uuid })).json()) as any;
  expect(runs).toMatchObject([{ name: "call", run_type: "llm", status: "success", trace_id: uuid }]);
  expect((await get(`/api/3.0/mlflow/traces/get?trace_id=tr-${traceId}`)).body.trace.spans).toHaveLength(1);
});

test("LangSmith's update before its run, packed by zstd, and attachments", async () => {
  const id = crypto.randomUUID();
  const send = (parts: [string, string, Uint8Array | string][], pack = false) => {
    const boundary = "x".repeat(20);
    const body = Buffer.concat([
      ...parts.flatMap(([name, type, value]) => [
        Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\ncontent-type: ${type}\r\n\r\n`),
        Buffer.from(value),
        Buffer.from("\r\n"),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]);
    return post("/api/v1/runs/multipart", pack ? zstdCompressSync(body) : body, {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      ...(pack ? { "content-encoding": "zstd" } : {}),
    });
  };
  const patch = await send(
    [
      [`patch.${id}`, "application/json", JSON.stringify({ id, trace_id: id, end_time: 1_700_000_002_000 })],
      [`patch.${id}.outputs`, "application/json", '{"a":1}'],
    ],
    true,
  );
  expect(patch.status).toBe(202);
  const png = new Uint8Array([137, 80, 78, 71, 0, 255, 13, 10]);
  await send([
    [
      `post.${id}`,
      "application/json; length=9",
      JSON.stringify({
        id,
        trace_id: id,
        name: "late",
        run_type: "chain",
        start_time: "2023-11-14T22:13:21.000001Z",
        end_time: null,
      }),
    ],
    [`attachment.${id}.img`, "image/png", png],
  ]);
  const { body: run } = await get(`/runs/${id}`);
  expect(run).toMatchObject({
    name: "late",
    outputs: { a: 1 },
    status: "success",
    start_time: "2023-11-14T22:13:21.000001+00:00",
  });
  const file = await fetch(run.s3_urls["attachment.img"].presigned_url);
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(png);
});

describe("what cannot be is refused in the client's own words, and costs nothing else", () => {
  test.each([
    ["OTLP: no JSON", "/v1/traces", "{", {}, 400, "message"],
    ["OTLP: another type", "/v1/traces", "x", { "content-type": "text/plain" }, 415, "message"],
    ["OTLP: cut gzip", "/v1/traces", gzipSync("{}").subarray(0, 12), { "content-encoding": "gzip" }, 400, "message"],
    [
      "OTLP: a bomb",
      "/v1/traces",
      gzipSync(Buffer.alloc(80 * 1024 ** 2, 32)),
      { "content-encoding": "gzip" },
      413,
      "message",
    ],
    ["OTLP: an unknown packing", "/v1/traces", "{}", { "content-encoding": "rot13" }, 415, "message"],
    ["LangSmith: no id", "/runs", { name: "x" }, {}, 422, "detail"],
    ["LangSmith: a bad time", "/runs", { id: crypto.randomUUID(), start_time: "yesterday" }, {}, 422, "detail"],
    ["LangSmith: a filter that is SQL", "/runs/query", { filter: "1=1; drop table spans" }, {}, 422, "detail"],
    ["MLflow: no JSON", "/api/2.0/mlflow/runs/create", "{", {}, 400, "error_code"],
    [
      "MLflow: an unknown run",
      "/api/2.0/mlflow/runs/log-metric",
      { run_id: "no", key: "a", value: 1 },
      {},
      404,
      "error_code",
    ],
    [
      "MLflow: a local source",
      "/api/2.0/mlflow/experiments/create",
      { name: "x", artifact_location: "file:///etc" },
      {},
      400,
      "error_code",
    ],
    ["W&B: no GraphQL", "/graphql", { query: "{" }, {}, 400, "errors"],
    ["W&B: a path", "/files/e/p/..%2fx/file_stream", { files: {} }, {}, 400, "errors"],
    ["Langfuse: a score without a name", "/api/public/scores", [{ value: 1 }], {}, 400, "message"],
  ])("%s", async (_, path, body, headers, status, field) => {
    const response = await post(path as string, body, headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(Object.keys((await response.json()) as object)).toContain(field);
  });

  test.each(["..%2f..%2fetc%2fpasswd", "%252e%252e%252fetc", "..%5c..%5cetc", "%2Fetc%2Fpasswd", "a%00b"])(
    "an artifact's path may not be %s",
    async (path) => {
      const url = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/${path}`;
      // No path has a NUL in it: that one is not found by any protocol.
      const refused = path.includes("%00") ? 404 : 400;
      expect((await fetch(url)).status).toBe(refused);
      expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(refused);
    },
  );

  test("runs that know their project by its id alone are in it, whether it is made before them or after", async () => {
    const send = async (run: string, session: string) =>
      await post("/runs", {
        ...{
          id: run,
          name: "x",
          run_type: "chain",
          start_time: "2026-01-01T00:00:00Z",
          inputs: {},
          session_id: session,
        },
      });
    const [before, after, first, second] = Array.from({ length: 4 }, () => crypto.randomUUID()) as string[];
    await post("/sessions", { id: before, name: "made before" });
    await send(first!, before!.toUpperCase());
    await send(second!, after!);
    expect((await get(`/runs/${first}`)).body.session_id).toBe(before);
    expect((await get(`/runs/${second}`)).body.session_id).toBe(after);
    expect((await post("/sessions", { id: after, name: "made after" })).status).toBe(200);
    expect((await get("/api/traces?project=made%20after")).body).toMatchObject([{ id: second!.replaceAll("-", "") }]);
  });

  test("who follows traces misses none that came while it was away", async () => {
    const send = async (project: string) => {
      const id = crypto.randomUUID();
      await post("/runs", {
        ...{ id, name: "followed", run_type: "chain", start_time: "2026-01-01T00:00:00Z", inputs: {} },
        ...{ end_time: "2026-01-01T00:00:01Z", session_name: project },
      });
      return id.replaceAll("-", "");
    };
    /** Reads events until all of these traces have come. @returns the id of the last event. */
    const follow = async (wanted: () => Promise<string[]>, lastEventId?: string) => {
      const stopped = new AbortController();
      const { body } = await fetch(`${server.url}/api/trace-events?project=followed`, {
        headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId },
        signal: stopped.signal,
      });
      const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = (await reader.read()).value ?? ""; // it listens
      const ids = await wanted();
      while (ids.some((id) => !text.includes(id))) text += (await reader.read()).value ?? "";
      stopped.abort();
      expect(text).not.toContain('"project":"elsewhere"');
      return { position: [...text.matchAll(/^id: (\d+)$/gm)].at(-1)![1]!, traces: text.split('"id":').length - 1 };
    };
    const first = await follow(async () => [await send("followed")]);
    const away = [await send("followed"), await send("elsewhere"), await send("followed")];
    const second = await follow(async () => [away[0]!, away[2]!], first.position);
    expect(Number(second.position)).toBeGreaterThan(Number(first.position));
    expect(second.traces).toBeLessThanOrEqual(3); // the first one may come again
  });

  test("a person who opens /runs is sent to the Studio, a program is not", async () => {
    const person = await rawRequest(`${server.url}/runs/x`, { headers: { "sec-fetch-mode": "navigate" } });
    const program = await fetch(`${server.url}/runs/x`);
    // This server has no Studio: the page is not found, and no id was looked at.
    expect([person.status, program.status]).toEqual([404, 422]);
  });
});

test("no planted secret reaches the store, by whatever road it comes", async () => {
  // A few kinds on each road, other ones on the next; `npm run plant-secrets` sends all of them.
  const all: [string, (typeof keptRoads)[string] | { take: Road; kept?: undefined }][] = [
    ...Object.entries(roads).map(([road, take]): [string, { take: Road }] => [road, { take }]),
    ...Object.entries(keptRoads),
  ];
  const planted = all.map(([road, { take, kept }], i) => {
    const secrets = plantSecrets(100 + i).filter((_, j) => j % all.length === i);
    return { road, take, kept, secrets };
  });
  for (const { road, take, secrets } of planted) {
    const statuses = await take(
      server.url,
      secrets.map(({ text }) => text),
    );
    expect([road, statuses.filter((status) => status >= 500)]).toEqual([road, []]);
    expect([road, statuses.some((status) => status < 300)]).toEqual([road, road !== "otlp: what is refused"]);
  }
  const leaks = new Set<string>();
  for await (const { table, row } of storedTexts(server.store))
    for (const { road, kept, secrets } of planted)
      for (const { kind, secret } of secrets)
        if (!kept?.test(table) && row.includes(partOf(secret))) leaks.add(`${road}: ${kind} in ${table}`);
  expect([...leaks]).toEqual([]);
});
