import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./running.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterAll(async () => await server.end());

const ask = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(server.url + path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
};
const get = (path: string) => ask("GET", path);
const post = (path: string, body: unknown = {}) => ask("POST", path, body);

/** Spans by OTLP: each an attempt of `[trace, name, milliseconds, failed?, cost?]`. */
async function sendTraces(project: string, traces: { id: string; ms: number; failed?: boolean; costUsd?: number }[]) {
  const spans = traces.map(({ id, ms, failed, costUsd }) => ({
    traceId: id.padStart(32, "0"),
    spanId: id.padStart(16, "0"),
    name: `trace ${id}`,
    startTimeUnixNano: `${1_700_000_000_000 + Number.parseInt(id, 16)}000000`,
    endTimeUnixNano: `${1_700_000_000_000 + Number.parseInt(id, 16) + ms}000000`,
    status: failed ? { code: 2, message: "broke" } : {},
    attributes: [
      { key: "openinference.span.kind", value: { stringValue: "LLM" } },
      { key: "llm.model_name", value: { stringValue: "some-model" } },
      { key: "llm.token_count.prompt", value: { intValue: "10" } },
      { key: "session.id", value: { stringValue: "talk" } },
      ...(costUsd === undefined ? [] : [{ key: "llm.cost.total", value: { doubleValue: costUsd } }]),
    ],
  }));
  const resource = { attributes: [{ key: "service.name", value: { stringValue: project } }] };
  return await post("/v1/traces", { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

async function makeRuns(experiment: string, losses: number[]): Promise<string[]> {
  const { body } = await post("/api/2.0/mlflow/experiments/create", { name: experiment });
  const ids: string[] = [];
  for (const [i, loss] of losses.entries()) {
    const made = await post("/api/2.0/mlflow/runs/create", {
      experiment_id: body.experiment_id,
      run_name: `run ${i}`,
      start_time: 1_700_000_000_000 + i,
    });
    const id = made.body.run.info.run_id as string;
    await post("/api/2.0/mlflow/runs/log-batch", {
      run_id: id,
      metrics: [0, 1, 2].map((step) => ({ key: "loss", value: loss - step, step, timestamp: 1000 + step })),
      params: [{ key: "lr", value: String(i) }],
    });
    ids.push(id);
  }
  return ids;
}

test("traces are found by cost, latency, status and session, and counted over time", async () => {
  await sendTraces("shop", [
    { id: "a1", ms: 10, costUsd: 0.5 },
    { id: "a2", ms: 900, costUsd: 0.01 },
    { id: "a3", ms: 20, failed: true },
  ]);
  const names = async (query: string) =>
    (await get(`/api/traces?project=shop&${query}`)).body.map((trace: { name: string }) => trace.name);
  expect(await names("minCostUsd=0.1")).toEqual(["trace a1"]);
  expect(await names("maxCostUsd=0.1")).toEqual(["trace a2"]);
  expect(await names("maxDurationMs=100&status=ok")).toEqual(["trace a1"]);
  expect(await names("session=talk&model=some-model")).toEqual(["trace a3", "trace a2", "trace a1"]);
  const until = new Date(1_700_000_001_000).toISOString();
  const since = new Date(1_700_000_000_000).toISOString();
  const stats = (await get(`/api/traces/stats?project=shop&since=${since}&until=${until}&buckets=10`)).body;
  expect(stats.totals).toMatchObject({
    traces: 3,
    errors: 1,
    p50Ms: 20,
    modelCalls: 3,
    inputTokens: 30,
    costUsd: 0.51,
  });
  expect(stats.buckets).toHaveLength(10);
  expect(stats.byModel).toMatchObject([{ model: "some-model", calls: 3, errors: 1 }]);
  expect((await get("/api/sessions?project=shop")).body).toMatchObject([{ id: "talk", traces: 3, errors: 1 }]);
  expect((await get(`/api/traces/stats?since=${until}&until=${since}`)).status).toBe(400);
});

test("a deleted trace lies in the bin, for every client, until it is restored; a held one cannot be deleted", async () => {
  await sendTraces("bin", [
    { id: "b1", ms: 1 },
    { id: "b2", ms: 1 },
  ]);
  const [b1, b2] = ["b1".padStart(32, "0"), "b2".padStart(32, "0")];
  expect((await ask("DELETE", `/api/traces/${b1}`)).status).toBe(200);
  expect((await get("/api/traces?project=bin")).body).toMatchObject([{ id: b2 }]);
  expect((await get("/api/traces?project=bin&deleted=only")).body).toMatchObject([{ id: b1 }]);
  expect((await post("/runs/query", { trace: b1 })).body.runs).toEqual([]);
  expect((await post("/api/traces/bulk", { ids: [b1], do: "restore" })).body).toEqual({ changed: 1, held: [] });
  await post("/api/traces/bulk", { ids: [b1], do: "hold" });
  const refused = await ask("DELETE", `/api/traces/${b1}?forever=true`);
  expect([refused.status, refused.body.error.code]).toEqual([409, "legal_hold"]);
  expect((await post("/api/traces/bulk", { ids: [b1, b2], do: "purge" })).body).toEqual({ changed: 1, held: [b1] });
  expect((await get("/api/traces?project=bin")).body).toMatchObject([{ id: b1 }]);
});

test("runs are paged, tagged, archived, binned and restored together", async () => {
  const ids = await makeRuns("bulk", [3, 2, 1]);
  const page = await get("/api/runs?experiment=bulk&order=metrics.loss&limit=2&page=2");
  expect(page.body.map((run: { id: string }) => run.id)).toEqual([ids[0]]);
  expect(page.headers.get("x-total-count")).toBe("3");
  const change = (what: unknown, where: Record<string, unknown> = { ids }) =>
    post("/api/runs/bulk", { ...where, change: what }).then(({ body }) => body.changed);
  const low = { experiment: "bulk", filter: "metrics.loss < 0.5" };
  expect(await change({ type: "tag", tags: { good: "yes" } }, low)).toBe(2);
  expect((await get("/api/runs?experiment=bulk&filter=tags.good = 'yes'")).body).toHaveLength(2);
  expect(await change({ type: "untag", keys: ["good", "none"] })).toBe(2);
  expect(await change({ type: "archive" }, { ids: [ids[0]] })).toBe(1);
  expect((await get("/api/runs?experiment=bulk")).body).toHaveLength(2);
  expect((await get("/api/runs?experiment=bulk&archived=only")).body).toMatchObject([{ id: ids[0], archived: true }]);
  expect(await change({ type: "purge" })).toBe(0); // nothing is in the bin
  expect(await change({ type: "delete" }, { ids: [ids[1], ids[1]] })).toBe(1);
  expect(await change({ type: "restore" })).toBe(1);
  const columns = (await get("/api/runs/columns?experiment=bulk")).body;
  expect(columns).toMatchObject({ params: [{ name: "lr", runs: 3 }], metrics: [{ name: "loss", runs: 3 }] });
  expect((await post("/api/runs/bulk", { change: { type: "delete" } })).status).toBe(400);
  expect((await post("/api/runs/bulk", { filter: "1; drop table runs", change: { type: "delete" } })).status).toBe(400);
});

test("curves of several runs come together, and a run goes out as Parquet and CSV", async () => {
  const ids = await makeRuns("curves", [5, 7]);
  const { body } = await get(`/api/runs/series?runs=${ids.join(",")}&keys=loss&from=1`);
  expect(body.map(({ run, points }: any) => [run, points.map((point: number[]) => point[1])]).sort()).toEqual(
    [
      [ids[0], [4, 3]],
      [ids[1], [6, 5]],
    ].sort(),
  );
  const bytes = await (await fetch(`${server.url}/api/runs/${ids[0]}/export?format=parquet`)).arrayBuffer();
  expect(await parquetReadObjects({ file: bytes })).toEqual([
    { key: "loss", step: 0n, time_ms: 1000n, value: 5 },
    { key: "loss", step: 1n, time_ms: 1001n, value: 4 },
    { key: "loss", step: 2n, time_ms: 1002n, value: 3 },
  ]);
  const csv = await (await fetch(`${server.url}/api/runs/${ids[0]}/export?format=csv`)).text();
  expect(csv.split("\n")[1]).toBe("loss,0,1000,5");
});

test("an experiment keeps its rules, goes into the bin and comes back", async () => {
  const made = (await post("/api/experiments", { name: "kept", tags: { team: "a" } })).body;
  expect((await post("/api/experiments", { name: "kept" })).status).toBe(400);
  const path = `/api/experiments/${made.id}`;
  const changed = (await ask("PATCH", path, { retention: { days: 30 }, legalHold: true })).body;
  expect(changed).toMatchObject({ retention: { days: 30, keepFeedback: true, binDays: 7 }, legalHold: true });
  expect((await ask("DELETE", path)).status).toBe(409);
  await ask("PATCH", path, { legalHold: false });
  expect((await ask("DELETE", path)).status).toBe(200);
  expect((await get("/api/experiments?query=kept")).body).toEqual([]);
  expect((await post(`${path}/restore`)).body).toMatchObject({ name: "kept", deleted: false, runs: 0, lastAt: null });
});

test("a version is promoted, approved and followed back to its run", async () => {
  const [run] = await makeRuns("registry", [1]);
  await post("/api/registry", { name: "team/judge", kind: "model", description: "# Card" });
  const name = encodeURIComponent("team/judge");
  for (const source of ["local:a", "local:b"]) await post(`/api/registry/${name}/versions`, { source, runId: run });
  const promoted = await post(`/api/registry/${name}/promote`, {
    ...{ version: 2, alias: "prod", stage: "Production", comment: "better", author: "kim" },
  });
  expect(promoted.body).toMatchObject({ aliases: { prod: 2 }, latestVersion: 2 });
  expect(promoted.body.versions[0]).toMatchObject({ version: 2, stage: "Production", source: "local:b" });
  await post(`/api/registry/${name}/promote`, { version: 1, stage: "Production", archive: true });
  await post(`/api/registry/${name}/versions/1/notes`, { action: "approved", author: "lee" });
  const { body: events } = await get(`/api/registry/${name}/events`);
  expect(events.map(({ action, value }: any) => [action, value])).toEqual(
    expect.arrayContaining([
      ["approved", null],
      ["stage", "Production"],
      ["promoted", "prod"],
    ]),
  );
  const { body: lineage } = await get(`/api/registry/${name}/lineage`);
  expect(lineage.edges).toContainEqual({ from: `run:${run}`, to: "version:team/judge/1" });
  expect(lineage.edges).toContainEqual({ from: "version:team/judge/2", to: "alias:team/judge@prod" });
  expect((await post(`/api/registry/${name}/promote`, { version: 9, alias: "prod" })).status).toBe(404);
  expect((await post(`/api/registry/${name}/promote`, { version: 1 })).status).toBe(400);
});

test("a report has versions and comments; a rule hides its secret", async () => {
  const { body: report } = await post("/api/reports", { title: "Week 1", markdown: "# One" });
  const path = `/api/reports/${report.id}`;
  expect((await ask("PATCH", path, { markdown: "# Two" })).body).toMatchObject({ version: 2, title: "Week 1" });
  expect((await ask("PATCH", path, { markdown: "# Two" })).body.version).toBe(2);
  expect((await get(`${path}?version=1`)).body.markdown).toBe("# One");
  expect((await get(`${path}?version=7`)).status).toBe(404);
  await post(`${path}/comments`, { text: "Good" });
  expect((await get(`${path}/comments`)).body).toMatchObject([{ text: "Good", author: null }]);

  const condition = { metric: "error_rate", windowMinutes: 15, above: 0.1, clearAt: 0.05 };
  const hook = { type: "webhook", url: "http://127.0.0.1:9/x", secret: "whsec-123456" };
  const { body: rule } = await post("/api/alerts/rules", { name: "errors", condition, channels: [hook] });
  expect(rule).toMatchObject({ channels: [{ type: "webhook", signed: true }], state: null });
  expect(JSON.stringify(rule)).not.toContain("whsec");
  const upside = { ...condition, clearAt: 0.5 };
  expect((await ask("PATCH", `/api/alerts/rules/${rule.id}`, { condition: upside })).body.error.param).toBe(
    "condition.clearAt",
  );
  expect((await ask("DELETE", `/api/alerts/rules/${rule.id}`)).status).toBe(200);
  expect((await get(`/api/alerts/rules/${rule.id}`)).status).toBe(404);
});

test("a report goes out as one file that runs nothing and fetches nothing", async () => {
  const [run] = await makeRuns("reported", [3]);
  const fence = (name: string, text: string) => `\`\`\`${name}\n${text}\n\`\`\`\n`;
  const markdown = [
    '# Loss <script>alert(1)</script>\n[x](javascript:alert(1)) <img src="http://127.0.0.1/x.png">\n',
    fence("loam-chart", "experiment: reported\nkeys: loss"),
    fence("loam-runs", "experiment: reported\ncolumns: [params.lr, metrics.loss]"),
    fence("loam-metric", `run: ${run}\nkey: loss\nlabel: "<b>end</b>"`),
    fence("loam-sql", "sql: select key, max(value) as top from metrics where experiment = 'reported' group by key"),
    fence("loam-sql", "sql: drop table runs"),
    fence("loam-chart", "experiment: reported\nkey: loss"),
    fence("js", "const x = 1;"),
  ].join("\n");
  const { body: report } = await post("/api/reports", { title: "Wo & wie", markdown });
  const response = await fetch(`${server.url}/api/reports/${report.id}/export?format=html`);
  expect(response.headers.get("content-disposition")).toContain("attachment");
  const html = await response.text();
  expect(html).toContain("<polyline points=");
  expect(html).toContain("<td>run 0</td><td>running</td><td>0</td><td>1</td>");
  expect(html).toContain("<b>1</b> &#60;b&#62;end&#60;/b&#62;");
  expect(html).toContain("<td>loss</td><td>3</td>");
  expect(html.match(/class="failed"/g)).toHaveLength(2);
  expect(html).not.toMatch(/<script|href="javascript|src="http|<img/);
  expect((await post("/api/reports/blocks", { name: "loam-metric", text: "run: none\nkey: x" })).status).toBe(404);
});

test("a sweep is paused, started and stopped", async () => {
  const config = { method: "grid", metric: { name: "acc", goal: "maximize" }, parameters: { x: { values: [1, 2] } } };
  const { body: sweep } = await post("/api/sweeps", { project: "grid", config });
  expect((await post(`/api/sweeps/${sweep.id}/pause`)).body.state).toBe("paused");
  expect((await post(`/api/sweeps/${sweep.id}/next`, { worker: "w" })).body.trial).toBeNull();
  expect((await post(`/api/sweeps/${sweep.id}/start`)).body.state).toBe("running");
  expect((await post(`/api/sweeps/${sweep.id}/next`, { worker: "w" })).body.params).toEqual({ x: 1 });
  expect((await post(`/api/sweeps/${sweep.id}/stop`)).body.state).toBe("stopped");
});

test("a program logs a run by `startRun`: numbers, media, files, a model that it registers and uses", async () => {
  const { mkdtemp, writeFile } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const { startRun } = await import("@loam/observe");
  const run = await startRun({
    ...{ url: server.url, experiment: "sdk", name: "first", tags: { team: "a" }, systemMetricsEveryMs: 20 },
    params: { lr: 0.1, sizes: [1, 2] },
  });
  for (let i = 0; i < 2500; i++) run.log({ loss: 1 / (i + 1) });
  run.log({ "acc/top 1": Number.NaN }, { step: 7 });
  await run.logText("answer/1", "It is 42.", { step: 3 });
  await run.logTable("rows", [{ a: 1 }, { b: "x" }], { step: 4 });
  await run.logImage("plot", new Uint8Array([137, 80, 78, 71]), { step: 5 });
  const file = join(await mkdtemp(join(tmpdir(), "loam-run-")), "weights.bin");
  await writeFile(file, "weights");
  await run.logFile(file, { as: "data/weights.bin" });
  await run.logModel(file, { register: "sdk-model" });
  expect(await run.useArtifact("sdk-model")).toMatchObject({ name: "sdk-model", version: 1 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await run.finish();
  const found = (await get(`/api/runs/${run.id}`)).body;
  expect(found).toMatchObject({ status: "finished", name: "first", params: { lr: "0.1" }, tags: { team: "a" } });
  expect(found.metrics).toMatchObject({
    loss: { step: 2499, min: 1 / 2500, max: 1 },
    "acc/top 1": { value: "NaN", step: 7 },
  });
  expect(Object.keys(found.metrics)).toContain("system/cpu_percent");
  const media = (await get(`/api/runs/${run.id}/media`)).body.map(({ type, tag, step }: any) => [type, tag, step]);
  expect(media.sort()).toEqual([
    ["image", "plot", 5],
    ["table", "rows", 4],
    ["text", "answer/1", 3],
  ]);
  const files = (await get(`/api/runs/${run.id}/files`)).body.map(({ path }: { path: string }) => path);
  expect(files).toEqual(expect.arrayContaining(["data/weights.bin", "model/weights.bin"]));
});

test("a step is judged, and waits in a queue until somebody has judged it", async () => {
  const [traceId, spanId] = ["fb".repeat(16), "fb".repeat(8)];
  const at = `${Date.now()}000000`;
  const span = { traceId, spanId, name: "answer", startTimeUnixNano: at, endTimeUnixNano: at };
  await post("/v1/traces", { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const judged = await post("/api/feedback", { span: spanId, key: "user_score", score: 1, comment: "right" });
  expect([judged.status, judged.body]).toMatchObject([
    201,
    { trace: traceId, span: spanId, key: "user_score", score: 1, comment: "right", by: "app" },
  ]);
  expect((await get(`/api/feedback?trace=${traceId}`)).body).toHaveLength(1);
  expect((await get("/api/traces?feedback=user_score&feedbackMin=1")).body.map(({ id }: { id: string }) => id)).toEqual(
    [traceId],
  );
  expect((await post("/api/feedback", { span: "nowhere", key: "x" })).status).toBe(404);
  const { body: queue } = await post("/api/queues", { name: "answers", description: "Is it right?" });
  expect((await post(`/api/queues/${queue.id}/items`, { spans: ["nowhere"] })).status).toBe(400);
  expect((await post(`/api/queues/${queue.id}/items`, { spans: [spanId] })).body).toMatchObject({
    waiting: 1,
    done: 0,
  });
  expect((await get(`/api/queues/${queue.id}/items`)).body).toMatchObject([{ trace: traceId, name: "answer" }]);
  const done = await ask("PATCH", `/api/queues/${queue.id}/items/${spanId}`, { is: "done" });
  expect(done.body).toMatchObject({ waiting: 0, done: 1 });
  expect((await get(`/annotation-queues?name=answers`)).body).toMatchObject([{ id: queue.id }]);
  expect((await ask("DELETE", `/api/feedback/${judged.body.id}`)).status).toBe(200);
  expect((await get(`/api/feedback?trace=${traceId}`)).body).toEqual([]);
});
