import { join } from "node:path";
import { functionSystem, makeDataset, runEvaluation } from "@loam/evaluation";
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
