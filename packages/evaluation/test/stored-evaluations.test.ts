import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { evaluationCells, evaluationRuns, openStore, type Store, workEvents, work as workTable } from "@loam/store";
import { type StartedEngine, storeEngines } from "@loam/store/testing";
import { cancelWork, getWork, resumeWork, runWorker, settledWork, workHere, workKind } from "@loam/work";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adoptFolders,
  columnSystem,
  deleteEvaluation,
  type EvaluationContext,
  type EvaluationSpec,
  evaluateOperation,
  getEvaluation,
  listEvaluations,
  makeDataset,
  readEvaluation,
  renewEvaluation,
  runEvaluation,
  startEvaluation,
  startEvaluationOperation,
} from "../src/index.ts";

const rows = ["red", "green", "blue", "white"].map((word) => ({
  id: word,
  source: `the ${word} boat`,
  reference: `a ${word} boat`,
}));
const spec = (more: object = {}): EvaluationSpec => ({
  name: "boats",
  dataset: { rows },
  systems: [{ name: "copy", column: "source" }],
  metrics: ["rouge1"],
  ...more,
});

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(`evaluations in the store: ${engine.name}`, () => {
    let started: StartedEngine;
    let store: Store;
    /** Questions that were asked, and what the next ones wait for. */
    let asked: string[] = [];
    /** Rows that were made. */
    const made: string[] = [];
    let gate: Promise<void> = Promise.resolve();
    const context = (isHere = false): EvaluationContext => ({
      store,
      isHere,
      open: async () => ({
        languageModel: async () => ({}) as never, // a judge that no metric asks
        openAsk: async () => ({
          version: "1",
          ask: async (question, { signal }) => {
            await Promise.race([gate, once(signal!, "abort")]);
            signal!.throwIfAborted();
            asked.push(question);
            return { prediction: question.replace("?", "") };
          },
        }),
        openRows: async ({ library }) => {
          made.push(library!.rows);
          return { name: library!.rows, rows: [{ id: library!.rows, source: "a boat", reference: "a boat" }] };
        },
        close: async () => {},
      }),
    });
    const kind = (isHere?: boolean) => workKind(evaluateOperation, context(isHere), { maxAttempts: 3 });
    const quick = { pollMs: 30, leaseSeconds: 2, retryDelaySeconds: 0 };
    const asking = (more: object = {}) =>
      spec({ systems: [{ name: "asks", ask: { question: "{{source}}?" } }], concurrency: 1, ...more });

    beforeAll(async () => {
      started = await engine.start();
      store = await openStore(await started.newStore());
    });
    afterAll(async () => {
      await store?.close();
      await started?.stop();
    });

    test("one is accepted, run by a worker, listed, read and forgotten", async () => {
      const models: string[] = [];
      const { run, work } = await startEvaluationOperation.call(
        { store, requireModel: async (name) => models.push(name) },
        { ...spec({ judge: "mini" }), failUnder: { rouge1: 0.9 } },
      );
      expect(models).toEqual(["mini"]);
      expect(run).toMatch(/^boats-\d{8}-\d{6}/);
      expect(await getEvaluation(store, run)).toMatchObject({ state: "queued", work, dataset: { rows: 4 } });
      await expect(readEvaluation(store, run)).rejects.toMatchObject({ code: "not_finished" });
      const worker = runWorker(store, [kind()], quick);
      const settled = await settledWork(store, work);
      await worker.stop();
      expect(settled).toMatchObject({
        status: "finished",
        result: { run, evaluated: true, gate: [{ metric: "rouge1", limit: 0.9 }] },
      });
      expect(await getEvaluation(store, run)).toMatchObject({
        state: "finished",
        cells: 4,
        cellsDone: 4,
        systems: [{ system: "copy", failures: 0, metrics: [{ metric: "rouge1", value: expect.closeTo(2 / 3, 9) }] }],
      });
      const { systems, dataset } = await readEvaluation(store, run);
      expect(dataset).toMatchObject({ hash: makeDataset(rows).hash, rows: rows.map(({ id }) => ({ id })) });
      expect(systems[0]!.outputs.map(({ prediction }) => prediction)).toEqual(rows.map(({ source }) => source));
      await deleteEvaluation(store, run);
      await expect(getEvaluation(store, run)).rejects.toMatchObject({ code: "not_found" });
    });

    test("cancelled half-way it keeps what it has, and resumed it makes the rest", async () => {
      asked = [];
      const { run, work } = await startEvaluation(store, asking({ name: "half" }));
      const worker = runWorker(store, [kind()], quick);
      await expect.poll(() => asked.length).toBeGreaterThan(1);
      gate = new Promise(() => {});
      await cancelWork(store, work);
      expect((await settledWork(store, work)).status).toMatch(/cancelled|finished/);
      const { state, cellsDone } = await getEvaluation(store, run);
      const before = asked.length;
      gate = Promise.resolve();
      if (state !== "finished") await resumeWork(store, work);
      await settledWork(store, work);
      await worker.stop();
      const { resumedCells } = await readEvaluation(store, run);
      if (state !== "finished") expect(resumedCells).toBe(cellsDone);
      expect(asked.length - before).toBe(state === "finished" ? 0 : 4 - cellsDone);
      expect(await getEvaluation(store, run)).toMatchObject({ state: "finished", cellsDone: 4 });
    });

    test("what names programs and files runs where it was started, and waits elsewhere", async () => {
      const bound = spec({ name: "bound", systems: [{ name: "shout", command: "cat > /dev/null; echo a boat" }] });
      const { run, work } = await startEvaluation(store, bound);
      const worker = runWorker(store, [kind()], quick);
      await expect.poll(async () => (await getWork(store, work)).status).toBe("waiting");
      await worker.stop();
      expect(await getEvaluation(store, run)).toMatchObject({ state: "stopped", cellsDone: 0 });
      expect(await workHere(store, kind(true), work)).toMatchObject({ evaluated: true });
      expect((await readEvaluation(store, run)).systems[0]!.outputs[0]!.prediction).toBe("a boat");
    });

    test("a command's run is cancelled from outside; put aside by its signal, it goes on with what the spec then says", async () => {
      const first = await startEvaluation(store, asking({ name: "here" }), { aside: true });
      gate = new Promise(() => {});
      const ended = expect(workHere(store, kind(true), first.work)).rejects.toMatchObject({ code: "cancelled" });
      await expect.poll(async () => (await getWork(store, first.work)).status).toBe("running");
      await expect(workHere(store, kind(true), first.work)).rejects.toThrow('another process works on "here"');
      await cancelWork(store, first.work);
      await ended;
      const stopping = new AbortController();
      const aside = expect(workHere(store, kind(true), first.work, { signal: stopping.signal })).rejects.toThrow();
      await expect.poll(async () => (await getWork(store, first.work)).status).toBe("running");
      stopping.abort();
      await aside;
      gate = Promise.resolve();
      expect(await getWork(store, first.work)).toMatchObject({ status: "waiting" });
      const renewed = await renewEvaluation(store, first.run, { spec: asking({ name: "here", metrics: ["rougeL"] }) });
      expect(renewed).toEqual(first);
      await workHere(store, kind(true), first.work);
      expect((await getEvaluation(store, first.run)).metrics).toEqual(["rougeL"]);
    });

    test("no secret of rows, outputs and errors is kept, and what is scored is what was said", async () => {
      const secret = "sk-proj-Zq8Lw3Nv7Rt2Yb6Kd9Mf4Hs1";
      asked = [];
      const order = asking({
        name: `leaks ${secret}`,
        dataset: { rows: [{ id: "1", source: `the key ${secret}`, reference: `the key ${secret}` }] },
        metrics: ["rouge1"],
      });
      const { run, work } = await startEvaluation(store, order, { aside: true });
      await workHere(store, kind(true), work);
      expect(asked).toEqual([`the key ${secret}?`]); // the system was asked what the row says
      const { systems, dataset } = await readEvaluation(store, run);
      expect(systems[0]).toMatchObject({
        outputs: [{ prediction: "the key [redacted]", redacted: true }],
        metrics: [{ metric: "rouge1", value: 1, signature: expect.stringContaining("rouge1|tok:") }],
      });
      expect(dataset.rows).toEqual([
        { id: "1", fields: { id: "1", source: "the key [redacted]", reference: "the key [redacted]" } },
      ]);
      for (const table of [evaluationRuns, evaluationCells, workTable, workEvents])
        expect(JSON.stringify(await store.db.select().from(table))).not.toContain("Zq8Lw3Nv");
      // Another one over the same row asks for what is not kept whole, and scores that.
      const again = await startEvaluation(store, order, { aside: true });
      await workHere(store, kind(true), again.work);
      expect(asked).toHaveLength(2);
    });

    test("rows that were made stay for every attempt, until others are asked for", async () => {
      const from = (rows: "questions" | "abstracts") => spec({ name: "made", dataset: { library: { rows } } });
      const { run, work } = await startEvaluation(store, from("questions"), { aside: true });
      for (const rows of ["questions", "questions", "abstracts", "abstracts"] as const) {
        await renewEvaluation(store, run, { spec: from(rows) });
        await workHere(store, kind(true), work);
        expect((await readEvaluation(store, run)).dataset.rows.map(({ id }) => id)).toEqual([rows]);
      }
      expect(made.splice(0)).toEqual(["questions", "abstracts"]);
    });

    test("a run that an earlier version kept in a folder is taken in once, and stays forgotten", async () => {
      const folder = join(store.home, "evaluations", "old-1");
      await mkdir(folder, { recursive: true });
      const dataset = makeDataset(rows);
      const kept = await runEvaluation({
        ...{ name: "old", dataset, metrics: ["rouge1"], folder },
        systems: [columnSystem("copy", "source")],
      });
      expect(await adoptFolders(store)).toBe(1);
      expect(await readEvaluation(store, "old-1")).toEqual(JSON.parse(JSON.stringify(kept)));
      expect(await listEvaluations(store, { name: "old" })).toMatchObject([{ state: "finished", work: null }]);
      await deleteEvaluation(store, "old-1");
      expect(await adoptFolders(store)).toBe(0);
      await rm(folder, { recursive: true });
    });
  });
}

test("what does not fit is said with its field", async () => {
  const start = (more: object) =>
    startEvaluationOperation.call({ store: {} as Store, requireModel: async () => {} }, spec(more) as never);
  await expect(start({ metrics: [] })).rejects.toThrow("`metrics` is []; expected a list of texts, at least 1 item.");
  await expect(start({ systems: [{ name: "a", command: "ls" }] })).rejects.toThrow("`systems[0].command`");
  await expect(start({ dataset: { path: "/etc/passwd" } })).rejects.toThrow("`dataset.path`");
  await expect(start({ metrics: ["rougue1"] })).rejects.toThrow("rouge1");
  await expect(start({ dataset: {} })).rejects.toThrow("give one of path, rows, library, trace, examples");
});
