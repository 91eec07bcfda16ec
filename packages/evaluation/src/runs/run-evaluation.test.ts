import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { type OpenAIServer, startOpenAIServer } from "@loam/providers/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compareSystems } from "./compare.ts";
import { makeDataset } from "./dataset.ts";
import { readRun } from "./evaluation-run.ts";
import { checkGate, withoutScores } from "./gate.ts";
import { runToHtml } from "./html-report.ts";
import { readCells } from "./kept/cell-log.ts";
import { comparisonToMarkdown, runToCsv, runToMarkdown } from "./report.ts";
import { runEvaluation } from "./run-evaluation.ts";
import { runEvaluationSpec } from "./run-spec.ts";
import { parseEvaluationSpec, readEvaluationSpec } from "./spec.ts";
import { columnSystem, functionSystem, promptSystem } from "./system.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loam-run-"));
});
afterEach(() => rm(folder, { recursive: true }));

const words = ["red", "green", "blue", "white", "black", "brown", "grey", "pink"];
const dataset = makeDataset(
  words.map((word, i) => ({
    id: `w${i}`,
    source: `the ${word} boat`,
    reference: `a ${word} boat`,
    copy: `${word} boat`,
  })),
  { name: "boats" },
);
const base = { name: "boats", dataset, metrics: ["rouge1", "ter"] };

describe("a run", () => {
  test("of which no row could be scored has not passed, and says why", async () => {
    const broken = functionSystem("broken", () => {
      throw new Error("no paint left");
    });
    const run = await runEvaluation({ ...base, folder, systems: [broken, columnSystem("copy", "copy")] });
    expect(withoutScores(run)).toEqual(
      ["rouge1", "ter"].map(
        (metric) =>
          `${metric} of broken has no value: 8 rows failed, the first because the system failed: no paint left`,
      ),
    );
  });

  test("a template whose field no row has is refused before anything is called", async () => {
    await expect(runEvaluation({ ...base, folder, systems: [columnSystem("copy", "copies")] })).rejects.toThrow(
      'The dataset of copy has no field "copies". Its fields are id, source, reference, copy.',
    );
  });

  test("makes each output once, scores it, and is read back", async () => {
    let calls = 0;
    const whole = functionSystem("whole", ({ source }) => {
      calls++;
      return source!;
    });
    const run = await runEvaluation({ ...base, folder, systems: [whole, columnSystem("copy", "copy")] });
    expect(calls).toBe(8);
    expect(run.systems.map(({ system, failures, costUsd }) => [system, failures, costUsd])).toEqual([
      ["whole", 0, 0],
      ["copy", 0, 0],
    ]);
    expect(run.systems[0]!.metrics[0]).toMatchObject({ metric: "rouge1", value: expect.closeTo(2 / 3, 12) });
    expect(run.systems[1]!.metrics[0]).toMatchObject({ value: expect.closeTo(0.8, 12) });
    expect(run.systems[0]!.outputs[2]).toMatchObject({ row: "w2", prediction: "the blue boat" });
    expect(await readRun(folder)).toEqual(JSON.parse(JSON.stringify(run)));
  });

  test("started again, calls nothing that it has; a changed system is asked anew", async () => {
    let calls = 0;
    const version = (name: string) => functionSystem("s", () => `${++calls}`, { version: name });
    await runEvaluation({ ...base, folder, systems: [version("1")] });
    const again = await runEvaluation({ ...base, folder, systems: [version("1")] });
    expect([calls, again.resumedCells]).toEqual([8, 8]);
    await runEvaluation({ ...base, folder, systems: [version("2")] });
    expect(calls).toBe(16);
  });

  test("rows on which a system fails are kept with the error, not scored, and tried again next time", async () => {
    let healthy = false;
    const flaky = functionSystem("flaky", ({ id, source }) => {
      if (id === "w3" && !healthy) throw new Error("the service was away");
      return source!;
    });
    const run = await runEvaluation({ ...base, folder, systems: [flaky] });
    const [rouge] = run.systems[0]!.metrics;
    expect(run.systems[0]!.failures).toBe(1);
    expect(rouge!.values[3]).toBeNull();
    expect(rouge!.values[4]).toBeCloseTo(2 / 3, 12);
    expect(rouge!.failures).toEqual([{ row: 3, reason: "the system failed: the service was away" }]);
    expect(runToMarkdown(run)).toContain("rouge1 of flaky: 1 rows not scored, the first because the system failed");
    healthy = true;
    const second = await runEvaluation({ ...base, folder, systems: [flaky] });
    expect([second.systems[0]!.failures, second.resumedCells]).toEqual([0, 7]);
  });

  test("a system that always fails has no value, and does not meet the gate", async () => {
    const broken = functionSystem("broken", () => {
      throw new Error("no");
    });
    const run = await runEvaluation({ ...base, folder, systems: [broken] });
    expect(run.systems[0]!.metrics[0]!.value).toBeNull();
    expect(checkGate(run, { rouge1: 0 })[0]!.message).toBe("rouge1 of broken has no value: every row failed");
  });

  test("cells of one run serve another through a cache", async () => {
    let calls = 0;
    const system = functionSystem("s", () => `${++calls}`);
    const cache = join(folder, "cache");
    await runEvaluation({ ...base, folder: join(folder, "a"), cache, systems: [system] });
    const second = await runEvaluation({ ...base, folder: join(folder, "b"), cache, systems: [system] });
    expect([calls, second.cachedCells]).toEqual([8, 8]);
  });

  test("a line that was being written when the process died is cut off and made again", async () => {
    let calls = 0;
    const system = functionSystem("s", () => `${++calls}`);
    await runEvaluation({ ...base, folder, systems: [system] });
    const log = join(folder, "cells.jsonl");
    const lines = (await readFile(log, "utf8")).split("\n");
    await writeFile(log, `${lines.slice(0, 5).join("\n")}\n${lines[5]!.slice(0, 40)}`);
    const again = await runEvaluation({ ...base, folder, systems: [system] });
    expect([calls, again.resumedCells]).toEqual([11, 5]);
    expect((await readCells(log)).length).toBe(8);
    await appendFile(log, "not a cell\n");
    await expect(runEvaluation({ ...base, folder, systems: [system] })).rejects.toThrow("line 9: not a cell of a run");
  });

  test("cancelled, it keeps what it has and says so", async () => {
    const controller = new AbortController();
    let calls = 0;
    const system = functionSystem("s", () => {
      if (++calls === 4) controller.abort();
      return "x";
    });
    const options = { ...base, folder, systems: [system], concurrency: 1 };
    await expect(runEvaluation({ ...options, signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
    expect((await runEvaluation(options)).resumedCells).toBe(4);
  });

  test("wrong arguments are refused before anything runs", async () => {
    const system = functionSystem("s", () => "x");
    await expect(runEvaluation({ ...base, folder, systems: [system, system] })).rejects.toThrow('Two are called "s"');
    await expect(runEvaluation({ ...base, folder, systems: [system], metrics: ["rogue1"] })).rejects.toThrow(
      'Did you mean "rouge1"?',
    );
    await expect(runEvaluation({ ...base, folder, systems: [system], metrics: ["fluency"] })).rejects.toThrow("judge");
    expect(() => makeDataset([{ id: 1 }, { id: "1" }])).toThrow('rows: rows 1 and 2 have the same id "1".');
  });
});

/** A run of forty slow outputs in a process of its own, which prints each row it works on. */
const slowRun = `
import { functionSystem, makeDataset, runEvaluation } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../index.ts")).href)};
const rows = Array.from({ length: 40 }, (_, i) => ({ source: "text number " + i, reference: "number " + i }));
const system = functionSystem("slow", async ({ id, source }) => {
  console.log("row " + id);
  await new Promise((resolve) => setTimeout(resolve, 25));
  return source.slice(5);
});
const run = await runEvaluation({
  name: "slow", dataset: makeDataset(rows), systems: [system], metrics: ["rouge1", "exactMatch"], folder: process.argv[1], concurrency: 2,
});
console.log(JSON.stringify({ resumed: run.resumedCells, rouge1: run.systems[0].metrics[0].value }));
`;

test("killed half-way, a run goes on where it stopped", async () => {
  const start = () =>
    spawn(process.execPath, ["--input-type=module", "-e", slowRun, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const first = start();
  let seen = 0;
  first.stdout.on("data", (chunk: Buffer) => {
    seen += chunk.toString().split("\n").length - 1;
    if (seen >= 15) first.kill("SIGKILL");
  });
  const [, signal] = await new Promise<[number | null, string | null]>((done) =>
    first.on("exit", (...how) => done(how)),
  );
  expect(signal).toBe("SIGKILL");
  const kept = (await readCells(join(folder, "cells.jsonl"))).length;
  expect(kept).toBeGreaterThanOrEqual(10);
  expect(kept).toBeLessThan(40);

  const second = start();
  let output = "";
  second.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise((done) => second.on("close", done));
  const lines = output.trim().split("\n");
  expect(JSON.parse(lines.pop()!)).toEqual({ resumed: kept, rouge1: 1 });
  expect(lines.length).toBe(40 - kept);
});

describe("comparing and reporting", () => {
  const runOf = (name: string) =>
    runEvaluation({
      ...base,
      folder: join(folder, name),
      systems: [
        functionSystem("good", ({ references, id }) => (id === "w0" ? "nothing" : references[0]!)),
        functionSystem("poor", ({ source, id, references }) => (id === "w0" ? references[0]! : source!)),
      ],
    });

  test("wins and losses by row, lower being better for TER", async () => {
    const run = await runOf("a");
    const [rouge, ter] = compareSystems({ run, system: "good" }, { run, system: "poor" });
    expect(rouge).toMatchObject({ wins: 7, losses: 1, ties: 0, rows: 8, sameSignature: true });
    expect(ter).toMatchObject({ metric: "ter", wins: 7, losses: 1, ties: 0 });
    expect(ter!.difference).toBeLessThan(0.5);
    expect(rouge!.interval.low).toBeLessThan(rouge!.difference);
    expect(rouge!.byRow[0]).toMatchObject({ row: "w0", left: 0, right: 1, outcome: "loss" });
    expect(comparisonToMarkdown([rouge!], ["good", "poor"])).toMatch(
      /\| rouge1 \| 0\.8750 \| 0\.7083 \| \+0\.1667 \[.*\] \| .* \| 7 \| 1 \| 0 \|/,
    );
    expect(() => compareSystems({ run, system: "god" }, { run, system: "poor" })).toThrow('Did you mean "good"?');
  });

  test("the gate takes limits in the metric's own direction", async () => {
    const run = await runOf("a");
    expect(checkGate(run, { rouge1: 0.8, ter: 30 }).map(({ message }) => message)).toEqual([
      "rouge1 of poor is 0.7083, below 0.8",
    ]);
    expect(checkGate(run, { ter: 5 }).map(({ system }) => system)).toEqual(["good", "poor"]);
    expect(() => checkGate(run, { rouge2: 0.1 })).toThrow('Did you mean "rouge1"?');
  });

  test("CSV keeps every row, and no cell starts a formula", async () => {
    const odd = functionSystem("odd", ({ id }) => (id === "w0" ? '=1+1, "so"' : "a\nb"));
    const lines = runToCsv(await runEvaluation({ ...base, folder, systems: [odd] })).split("\r\n");
    expect(lines[0]).toBe("system,row,prediction,error,ms,costUsd,trace,rouge1,ter");
    expect(lines[1]).toMatch(/^odd,w0,"'=1\+1, ""so""",,\d+,0,,0,/);
    expect(lines.length).toBe(1 + 8 + 1);
  });

  test("HTML shows outputs as text", async () => {
    const sly = functionSystem("sly", () => "<script>alert(1)</script>");
    const html = runToHtml(await runEvaluation({ ...base, folder, systems: [sly] }));
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).not.toContain("<script>");
    expect(html.match(/<tr>/g)!.length).toBe(2 + 1 + 8);
  });
});

describe("with a model", () => {
  let server: OpenAIServer;
  beforeAll(async () => {
    server = await startOpenAIServer({
      models: ["gpt-4o-mini"],
      answer: ({ text, schema }) =>
        schema ? JSON.stringify({ reason: "fine", points: text.includes("blue") ? 1 : 5 }) : text.replace("Say: ", ""),
    });
  });
  afterAll(() => server.close());
  const model = () =>
    createOpenAICompatible({ name: "openai", baseURL: server.url, supportsStructuredOutputs: true })("gpt-4o-mini");

  test("prompts are filled, cost is counted, judgements are kept", async () => {
    const options = {
      ...base,
      metrics: ["rouge1", "rubric"],
      folder,
      systems: [promptSystem("echo", { model: model(), prompt: "Say: {{source}}" })],
      judge: model(),
      rubric: "kind",
    };
    const run = await runEvaluation(options);
    const [system] = run.systems;
    expect(system!.outputs[0]).toMatchObject({
      prediction: "the red boat",
      usage: { inputTokens: expect.any(Number) },
    });
    expect(system!.costUsd).toBeGreaterThan(0);
    expect(system!.judgeCostUsd).toBeGreaterThan(system!.costUsd!);
    expect(system!.metrics[1]).toMatchObject({ value: 7 / 8, details: { length: 8 } });
    const requests = server.requests.length;
    const again = await runEvaluation(options);
    expect([server.requests.length, again.resumedCells]).toEqual([requests, 16]);
  });

  test("a spec file: dataset, systems, metrics and limits", async () => {
    await writeFile(
      join(folder, "data.csv"),
      "text,gold,mine\nthe red boat,a red boat,red boat\nthe blue boat,a blue boat,blue boat\n",
    );
    await writeFile(
      join(folder, "eval.yaml"),
      `name: boats
dataset: { path: data.csv, columns: { references: gold, source: text } }
systems:
  - { name: mine, column: mine }
  - { name: echo, model: "openai:gpt-4o-mini", prompt: "Say: {{text}}" }
metrics: [rouge1, novel1, bertscore]
failUnder: { rouge1: 0.7 }
`,
    );
    const spec = await readEvaluationSpec(join(folder, "eval.yaml"));
    const { run, gate } = await runEvaluationSpec(spec, { folder: join(folder, "run"), languageModel: model });
    expect(run.systems.map(({ metrics }) => metrics[0]!.value)).toEqual([
      expect.closeTo(0.8, 9),
      expect.closeTo(2 / 3, 9),
    ]);
    expect(run.systems[0]!.metrics[2]!.signature).toContain("local:use-lite_L2");
    expect(gate.map(({ message }) => message)).toEqual(["rouge1 of echo is 0.6667, below 0.7"]);
  });
});

test("a wrong spec is told field by field, with the nearest name", () => {
  const rest = "dataset: { path: a.jsonl }\nsystems: [{ name: a, column: b }]\n";
  expect(() => parseEvaluationSpec(`name: x\n${rest}metrics: [rougeL]\nfailUnderr: {}\n`)).toThrow(
    "failUnderr is no field. Did you mean `failUnder`?",
  );
  expect(() => parseEvaluationSpec(`name: x\n${rest}metrics: [rogueL]\n`)).toThrow('Did you mean "rougeL"?');
  expect(() => parseEvaluationSpec(`${rest}metrics: []\n`, "eval.yaml")).toThrow(/^eval\.yaml: name: .*; metrics: /);
  expect(() =>
    parseEvaluationSpec(
      "name: x\ndataset: { path: a, colums: {} }\nsystems: [{name: a, column: b}]\nmetrics: [bleu]\n",
    ),
  ).toThrow("dataset.colums is no field. Did you mean `columns`?");
  expect(() => parseEvaluationSpec("name: [")).toThrow("the evaluation is not valid YAML");
  expect(() =>
    parseEvaluationSpec("name: x\ndataset: { path: a }\nsystems: [{ name: a, model: 'x:y' }]\nmetrics: [bleu]\n"),
  ).toThrow("a model needs a `prompt`");
});
