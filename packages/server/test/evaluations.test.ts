import { join } from "node:path";
import { functionSystem, makeDataset, runEvaluation } from "@loam/evaluation";
import { evaluationRuns } from "@loam/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./running.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const folder = (name: string) => join(server.store.home, "evaluations", name);
  const colours = ["red", "green", "blue", "white", "black"];
  const dataset = makeDataset(
    colours.map((colour) => ({ id: `boat/${colour}`, text: `the ${colour} boat`, gold: `a ${colour} boat` })),
    { name: "boats", columns: { source: "text", references: "gold" } },
  );
  const copy = functionSystem("copy", ({ source }) => source!);
  const gold = functionSystem("gold", ({ references, id }) => {
    if (id === "boat/blue") throw new Error("no paint");
    return { prediction: references[0]!, contexts: ["a passage"], costUsd: 0.01 };
  });
  await runEvaluation({
    name: "boats",
    dataset,
    systems: [copy, gold],
    metrics: ["rouge1", "ter"],
    folder: folder("boats-1"),
  });
  await runEvaluation({ name: "boats", dataset, systems: [gold], metrics: ["rouge1"], folder: folder("boats-2") });
  const stopping = new AbortController();
  const stops = functionSystem("stops", () => {
    stopping.abort();
    return "x";
  });
  await runEvaluation({
    name: "stopped",
    dataset,
    systems: [stops],
    metrics: ["rouge1"],
    folder: folder("stopped-1"),
    concurrency: 1,
    signal: stopping.signal,
  }).catch(() => {});
});
afterAll(() => server.end());

// biome-ignore lint/suspicious/noExplicitAny: bodies are what the tests below assert
async function get<T = any>(path: string): Promise<T> {
  return (await (await fetch(server.url + path)).json()) as T;
}
// biome-ignore lint/suspicious/noExplicitAny: bodies are what the tests below assert
async function post(path: string, body: unknown): Promise<{ status: number; body: any }> {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

// biome-ignore lint/suspicious/noExplicitAny: bodies are what the tests below assert
async function put(path: string, body: unknown): Promise<{ status: number; body: any }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(server.url + path, { method: "PUT", headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

describe("a pair of texts", () => {
  test("is scored by all metrics, with what the numbers depend on", async () => {
    const { body } = await post("/api/metrics/score", {
      candidate: "The cat sat on the mat.",
      references: ["A cat was on the mat.", "The cat sat."],
    });
    const byName = Object.fromEntries(body.scores.map((score: { metric: string }) => [score.metric, score]));
    expect(byName.rouge1).toMatchObject({
      value: expect.closeTo(2 / 3, 9),
      precision: expect.closeTo(4 / 6, 9),
      recall: expect.closeTo(4 / 6, 9),
      signature: "rouge1|tok:rouge_score|refs:max",
      range: [0, 1],
    });
    expect(byName.ter.range).toEqual([0, null]);
    expect(body.facts).toMatchObject({
      tokenizer: "rouge_score",
      detected: true,
      candidateTokens: 6,
      referenceTokens: [6, 3],
    });
    const chosen = await post("/api/metrics/score", {
      candidate: "猫坐在垫子上",
      references: ["猫在垫子上"],
      metrics: ["rouge1", "bertscore", "embeddingCosine"],
      tokenizer: "characters",
    });
    expect(chosen.body.scores.map(({ signature }: { signature: string }) => signature)).toEqual([
      "rouge1|tok:characters|refs:max",
      expect.stringContaining("local:use-lite_L2"),
      expect.stringContaining("embeddingCosine|"),
    ]);
    expect(chosen.body.scores[0].value).toBeCloseTo(10 / 11, 9);
  });

  test("is aligned, with places in both texts", async () => {
    const { body } = await post("/api/metrics/align", {
      metric: "rouge2",
      candidate: "the cat sat",
      reference: "a cat sat",
    });
    expect(body).toMatchObject({
      candidate: [{ start: 0, end: 3 }, { start: 4, end: 7 }, { token: "sat" }],
      matches: [{ candidate: [1, 2], reference: [1, 2] }],
      parts: { overlap: 1, candidateTotal: 2, referenceTotal: 2 },
    });
    const soft = await post("/api/metrics/align", {
      metric: "bertscore",
      candidate: "a cat",
      reference: "the cat sat",
    });
    expect(soft.body.cosines.map((row: number[]) => row.length)).toEqual([3, 3]);
    const bleu = await post("/api/metrics/align", { metric: "bleu", candidate: "a b c", reference: "a b d", order: 1 });
    expect(bleu.body).toMatchObject({ order: 1, orders: [{ order: 1, match: 2, candidate: 3 }, {}, {}, {}] });
  });

  test("an unknown metric is told the nearest; a judge that is not there, how to set one", async () => {
    const wrong = await post("/api/metrics/score", { candidate: "a", references: ["b"], metrics: ["rougel"] });
    expect([wrong.status, wrong.body.error.message]).toEqual([400, expect.stringContaining('Did you mean "rougeL"?')]);
    const judged = await post("/api/metrics/score", { candidate: "a", references: ["b"], metrics: ["fluency"] });
    expect(judged.body.error.message).toContain("LOAM_JUDGE_MODEL");
    expect((await post("/api/metrics/align", { metric: "meteor", candidate: "a", reference: "b" })).status).toBe(400);
  });
});

describe("runs", () => {
  test("are listed with their scores and state", async () => {
    const runs = await get("/api/evaluations");
    expect(runs.map(({ id, state, cellsDone }: Record<string, unknown>) => [id, state, cellsDone])).toEqual([
      ["stopped-1", "stopped", 1],
      ["boats-2", "finished", 5],
      ["boats-1", "finished", 10],
    ]);
    expect(runs[2].systems[0].metrics[0]).toMatchObject({ metric: "rouge1", value: expect.closeTo(2 / 3, 9) });
  });

  test("show systems with intervals and spread, rows by page, sorted and searched", async () => {
    const run = await get("/api/evaluations/boats-1");
    expect(run.results[1]).toMatchObject({
      system: "gold",
      failures: 1,
      metrics: [{ value: 1, spread: { min: 1 } }, {}],
    });
    const page = await get("/api/evaluations/boats-1/rows?limit=2&offset=1&sort=rouge1");
    expect(page).toMatchObject({ total: 5, rows: [{ row: "boat/red", input: "the red boat" }, { row: "boat/green" }] });
    const found = await get("/api/evaluations/boats-1/rows?query=BLUE");
    expect(found).toMatchObject({
      total: 1,
      rows: [{ systems: [{ failed: false }, { failed: true, scores: [null, null] }] }],
    });
    expect((await get("/api/evaluations/stopped-1")).results).toEqual([]);
    expect((await get("/api/evaluations/stopped-1/rows")).error).toMatchObject({ code: "not_finished" });
    expect((await get("/api/evaluations/boats-3")).error.message).toContain("Did you mean");
    expect((await get(`/api/evaluations/${encodeURIComponent("../home")}`)).error.code).toBe("not_found");
  });

  test("a row has everything that each system was given and made", async () => {
    const row = await get(`/api/evaluations/boats-1/rows/${encodeURIComponent("boat/blue")}`);
    expect(row).toMatchObject({
      position: 2,
      previous: "boat/green",
      next: "boat/white",
      references: ["a blue boat"],
      source: "the blue boat",
      cells: [
        { system: "copy", prediction: "the blue boat", error: null },
        {
          system: "gold",
          prediction: null,
          error: "no paint",
          scores: [{ value: null, failure: expect.stringContaining("no paint") }, {}],
        },
      ],
    });
    expect((await get("/api/evaluations/boats-1/rows/nothing")).error.code).toBe("not_found");
  });

  test("are compared, within a run and across two", async () => {
    const within = await get("/api/evaluations/boats-1/compare?left=gold&right=copy");
    expect(within.metrics[0]).toMatchObject({
      metric: "rouge1",
      wins: 4,
      losses: 0,
      ties: 0,
      rows: 4,
      sameSignature: true,
    });
    expect(within.metrics[0].byRow[0]).toMatchObject({ left: 1, outcome: "win" });
    const across = await get("/api/evaluations/boats-1/compare?left=copy&right=gold&with=boats-2");
    expect(across).toMatchObject({ sameDataset: true, metrics: [{ metric: "rouge1", losses: 4 }] });
  });

  test("thumbs, notes and pins are kept, shown with rows and outputs, and taken back", async () => {
    const path = "/api/evaluations/boats-1/marks";
    const pinned = await put(path, { row: "boat/white", pinned: true });
    expect(pinned.body).toEqual({ row: "boat/white", system: "", thumb: null, note: null, pinned: true });
    await put(path, { row: "boat/red", system: "copy", thumb: -1, note: "not \u0000 a boat" });
    expect((await put(path, { row: "boat/red", system: "copy", note: " " })).body).toMatchObject({
      thumb: -1,
      note: null,
    });
    const rowsOf = async (query: string) =>
      (await get(`/api/evaluations/boats-1/rows?${query}`)).rows.map(({ row }: { row: string }) => row);
    expect(await rowsOf("limit=2")).toEqual(["boat/white", "boat/red"]);
    expect(await rowsOf("show=pinned")).toEqual(["boat/white"]);
    expect(await rowsOf("show=marked")).toEqual(["boat/red"]);
    expect(await rowsOf("show=failed")).toEqual(["boat/blue"]);
    const row = await get(`/api/evaluations/boats-1/rows/${encodeURIComponent("boat/red")}`);
    expect(row).toMatchObject({ pinned: false, cells: [{ system: "copy", thumb: -1 }, { thumb: null }] });
    await put(path, { row: "boat/red", system: "copy", thumb: null });
    await put(path, { row: "boat/white", pinned: false });
    expect(await rowsOf("show=marked")).toEqual([]);
    expect((await put(path, { row: "boat/grey", pinned: true })).body.error.message).toContain("Did you mean");
    expect((await put(path, { row: "boat/red", system: "copie", thumb: 1 })).body.error.message).toContain("copy");
    expect((await put(path, { row: "boat/red", thumb: 2 })).status).toBe(400);
  });

  test("rows that turned between two systems are found by a metric, lower being better where it is", async () => {
    const found = async (show: string, more = "") =>
      (await get(`/api/evaluations/boats-1/rows?show=${show}${more}`)).total;
    expect([await found("turned"), await found("better"), await found("worse")]).toEqual([4, 4, 0]);
    expect(await found("worse", "&left=gold&right=copy&metric=ter")).toBe(4);
    expect((await get("/api/evaluations/boats-1/rows?show=turned&metric=rouge9")).error.code).toBe("not_found");
  });

  test("5,000 rows by three metrics are compared from their scores, and others are answered meanwhile", async () => {
    const ids = Array.from({ length: 5000 }, (_, i) => `row-${i}`);
    const metric = (name: string, shift: number) => ({
      ...{
        metric: name,
        direction: "higher",
        signature: name,
        value: 0.5 + shift,
        range: [0, 1],
        notes: [],
        failures: [],
      },
      values: ids.map((_, i) => 0.5 + shift + 0.3 * Math.sin(i * (1 + shift))),
    });
    const system = (name: string, shift: number) => ({
      ...{ system: name, version: "1", failures: 0, meanMs: 1, costUsd: 0, judgeCostUsd: 0 },
      outputs: ids.map((row) => ({ kind: "output", system: name, row, key: row, ms: 1, costUsd: 0, prediction: "x" })),
      metrics: ["rouge1", "rouge2", "rougeL"].map((one, m) => metric(one, shift * (m - 1))),
    });
    const finishedAt = new Date();
    const run = {
      ...{ name: "large", startedAt: finishedAt.toISOString(), finishedAt: finishedAt.toISOString() },
      ...{ metrics: ["rouge1", "rouge2", "rougeL"], resumedCells: 0, cachedCells: 0 },
      dataset: { name: "large", hash: "h", rows: ids.map((id) => ({ id, fields: { id, source: "x" } })) },
      systems: [system("plain", 0), system("tuned", 0.05)],
    };
    const record = {
      ...{ name: "large", startedAt: run.startedAt, finishedAt: run.finishedAt, metrics: run.metrics, cells: 10_000 },
      ...{ dataset: { name: "large", hash: "h", rows: 5000 }, systems: [] },
    };
    await server.store.db
      .insert(evaluationRuns)
      .values({ id: "large-1", name: "large", spec: {}, record, results: JSON.stringify(run), finishedAt });
    const order: string[] = [];
    const done = <T>(name: string, answer: Promise<T>) => answer.finally(() => order.push(name));
    const comparing = done("compare", get("/api/evaluations/large-1/compare?left=tuned&right=plain"));
    const kept = server.store.db.select({ scores: evaluationRuns.scores }).from(evaluationRuns);
    await expect.poll(async () => (await kept).some(({ scores }) => scores !== null)).toBe(true);
    await done("health", get("/api/health"));
    const { metrics } = await comparing;
    expect(order).toEqual(["health", "compare"]);
    expect(metrics).toMatchObject([
      { metric: "rouge1", rows: 5000, difference: expect.closeTo(-0.05, 2) },
      { metric: "rouge2", ties: 5000, difference: 0, permutationP: 1 },
      { metric: "rougeL", wins: expect.any(Number), difference: expect.closeTo(0.05, 2) },
    ]);
    expect(metrics[2].bootstrapP).toBeLessThan(0.01);
    expect(metrics[2].permutationP).toBeLessThan(0.01);
    expect(metrics[2].byRow).toHaveLength(500);
  });

  test("are exported as files", async () => {
    const types: string[] = [];
    for (const format of ["csv", "json", "markdown", "html"]) {
      const response = await fetch(`${server.url}/api/evaluations/boats-1/report?format=${format}`);
      expect(response.headers.get("content-disposition")).toMatch(/attachment; filename\*=UTF-8''boats-1\./);
      types.push(`${response.headers.get("content-type")} ${(await response.text()).slice(0, 7)}`);
    }
    expect(types).toEqual([
      "text/csv; charset=utf-8 system,",
      expect.stringMatching(/^application\/json/),
      "text/markdown; charset=utf-8 # boats",
      expect.stringMatching(/^text\/html; charset=utf-8 <!doct/),
    ]);
    expect((await get("/api/evaluations/boats-1/report?format=pdf")).error.message).toContain("one of csv");
  });
});

describe("an evaluation that is started here", () => {
  const rows = ["red", "green"].map((word) => ({ id: word, source: `the ${word} boat`, reference: `a ${word} boat` }));
  const spec = {
    name: "started",
    dataset: { rows },
    systems: [{ name: "copy", column: "source" }],
    metrics: ["rouge1"],
  };

  test("is run by the server, seen as work, and deleted", async () => {
    const { status, body } = await post("/api/evaluations", spec);
    expect([status, body.run]).toEqual([200, expect.stringMatching(/^started-/)]);
    await expect.poll(async () => (await get(`/api/evaluations/${body.run}`)).state).toBe("finished");
    expect(await get(`/api/work/${body.work}`)).toMatchObject({ kind: "evaluate", status: "finished" });
    const again = await post(`/api/evaluations/${body.run}/again`, { row: "red", system: "copy" });
    expect(again).toMatchObject({ status: 200, body: { run: body.run } });
    await expect.poll(async () => (await get(`/api/work/${again.body.work}`)).status).toBe("finished");
    expect(await get(`/api/evaluations/${body.run}`)).toMatchObject({ state: "finished", resumedCells: 1 });
    const missing = await post(`/api/evaluations/${body.run}/again`, { row: "rad", system: "copy" });
    expect([missing.status, missing.body.error.message]).toEqual([404, expect.stringContaining('"red"')]);
    const { results } = await get(`/api/evaluations/${body.run}`);
    expect(results).toMatchObject([{ system: "copy", metrics: [{ value: expect.closeTo(2 / 3, 9) }] }]);
    const gone = await fetch(`${server.url}/api/evaluations/${body.run}`, { method: "DELETE" });
    expect(await gone.json()).toEqual({ id: body.run, deleted: true });
    expect((await get(`/api/evaluations/${body.run}`)).error.code).toBe("not_found");
  });

  test("names no file, program or address, and no model that is not served", async () => {
    const system = (more: object) => post("/api/evaluations", { ...spec, systems: [{ name: "x", ...more }] });
    for (const field of ["command", "url", "predictions", "adapter"])
      expect(await system({ [field]: "/etc/passwd" })).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringContaining(`systems[0].${field}`) } },
      });
    for (const model of ["local:/etc", "/etc/passwd", "nothing-of-that-name"])
      expect(await system({ model, prompt: "{{source}}" })).toMatchObject({
        status: 404,
        body: { error: { code: "model_not_found" } },
      });
    expect((await get<{ name: string }[]>("/api/evaluations")).some(({ name }) => name === "started")).toBe(false);
  });

  test("takes the rows of a table", async () => {
    const form = new FormData();
    form.set("file", new Blob(['id;source;reference\n1;"a; b";c\n']), "rows.csv");
    const read = await fetch(`${server.url}/api/evaluations/rows`, { method: "POST", body: form });
    expect(await read.json()).toEqual({
      columns: ["id", "source", "reference"],
      rows: [{ id: "1", source: "a; b", reference: "c" }],
      omitted: false,
    });
  });
});
