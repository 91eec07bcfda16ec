import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listEvaluations, readEvaluation } from "@loam/evaluation";
import { type OpenAIServer, startOpenAIServer } from "@loam/providers/testing";
import { openStore, type Store } from "@loam/store";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makePdf } from "./make-pdf.ts";
import { bin, loamEnvironment, type RunOptions, runLoam } from "./run-loam.ts";

// Each command is a process of its own.
vi.setConfig({ testTimeout: 180_000 });

let home: string;
let store: Store;
let server: OpenAIServer;
const loam = (args: string[], options: Partial<RunOptions> = {}) => runLoam(args, { home, ...options });
const file = async (name: string, text: string) => {
  await writeFile(join(home, name), text);
  return join(home, name);
};
const jsonl = (rows: object[]) => `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;

const colours = ["red", "green", "blue", "white"];
const boats = colours.map((colour) => ({
  id: colour,
  source: `the ${colour} boat`,
  reference: `a ${colour} boat`,
  question: `Which boat is ${colour}?`,
}));

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "loam-evaluate-"));
  store = await openStore({ home });
  await file("boats.jsonl", jsonl(boats));
  // By id and in another order; one is missing.
  await file("old.csv", "id,prediction\nwhite,a white boat\nred,red\ngreen,a green boat\n");
  await file(
    "shout.mjs",
    `let text = "";
for await (const piece of process.stdin) text += piece;
const row = JSON.parse(text);
if (row.id === "blue") { console.error("no blue paint"); process.exit(3); }
console.log(JSON.stringify({ prediction: row.reference, contexts: [row.source] }));
`,
  );
  server = await startOpenAIServer({
    models: ["gpt-4o-mini"],
    apiKey: "sk-test-abcdefghijklmnop",
    answer: ({ text, schema }) =>
      schema
        ? JSON.stringify({
            reason: "kind enough",
            ...(JSON.stringify(schema).includes('"winner"') ? { winner: "first" } : { points: 4 }),
          })
        : text.replace("Say: ", ""),
  });
});
afterAll(async () => {
  await server.close();
  await store.close();
  await rm(home, { recursive: true, force: true });
});

describe("loam evaluate", () => {
  test("files, commands and models side by side: scores, costs, failures, traces, a page, and a gate that fails", async () => {
    const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "sk-test-abcdefghijklmnop" };
    await file(
      "boats.yaml",
      `name: Boats
dataset: { path: boats.jsonl }
systems:
  - { name: old, predictions: old.csv }
  - { name: shout, command: [${JSON.stringify(process.execPath)}, shout.mjs] }
  - { name: echo, model: "openai:gpt-4o-mini", prompt: "Say: {{source}}" }
metrics: [rouge1, rubric]
rubric: kind
`,
    );
    const page = join(home, "report.html");
    const args = ["evaluate", join(home, "boats.yaml"), "--fail-under", "rouge1=0.7", "--html", page, "--json"];
    const { exitCode, json } = await loam(args, { env });
    expect(exitCode).toBe(1);
    const result = json();
    expect(
      result.systems.map(({ system, failures }: { system: string; failures: number }) => [system, failures]),
    ).toEqual([
      ["old", 1],
      ["shout", 1],
      ["echo", 0],
    ]);
    const [old, shout, echo] = result.systems;
    expect(old.metrics[0]).toMatchObject({ metric: "rouge1", value: expect.closeTo((1 + 1 + 0.5) / 3, 9) });
    expect(shout.metrics[0]).toMatchObject({
      value: 1,
      failures: [{ row: 2, reason: expect.stringContaining("no blue paint") }],
    });
    expect(echo.metrics[1]).toMatchObject({ metric: "rubric", value: 0.75 });
    // What a call that failed has cost is not known.
    expect([old.judgeCostUsd > 0, shout.costUsd, echo.costUsd > 0, echo.judgeCostUsd > echo.costUsd]).toEqual([
      true,
      null,
      true,
      true,
    ]);
    expect(result.gate.map(({ message }: { message: string }) => message)).toEqual([
      "rouge1 of echo is 0.6667, below 0.7",
    ]);
    expect(readFileSync(page, "utf8")).toContain("<h1>Boats</h1>");

    const trace = (await readEvaluation(store, result.id)).systems[2]!.outputs[1]!.trace!;
    const shown = (await loam(["trace", "show", trace, "--json"])).json();
    expect(shown).toMatchObject({ name: "evaluate echo", modelCalls: 1, costUsd: expect.any(Number) });

    // Again: a new run that pays for nothing, and a comparison of the two and of two systems.
    const asked = () => server.requests.filter(({ path }) => path.endsWith("/chat/completions")).length;
    const before = asked();
    const again = await loam(["evaluate", join(home, "boats.yaml"), "--json"], { env });
    expect(again.exitCode).toBe(0);
    expect(again.json().id).not.toBe(result.id);
    expect(again.json().cachedCells).toBeGreaterThanOrEqual(4);
    expect(asked()).toBe(before);
    const runs = (await loam(["evaluate", "ls", "--json"])).json();
    expect(runs.map(({ state, cells }: { state: string; cells: number }) => [state, cells])).toEqual([
      ["finished", 24],
      ["finished", 24],
    ]);
    const compared = await loam(["evaluate", "compare", runs[0].id, "--system", "shout", "--system", "echo", "--rows"]);
    expect(compared.stdout).toMatch(/rouge1 +1\.0000 +0\.6667 +\+0\.3333 .* 3 +0 +0/);
    expect(compared.stdout).toMatch(/green +1\.0000 +0\.6667 +win/);
    const both = (await loam(["evaluate", "compare", runs[0].id, runs[1].id, "--json"])).json();
    expect(both.systems).toHaveLength(3);
    expect(both.systems[0].metrics[0]).toMatchObject({
      metric: "rouge1",
      wins: 0,
      losses: 0,
      ties: 3,
      difference: 0,
      pValue: 1,
    });
    expect((await loam(["evaluate", "report", runs[0].id, "--format", "csv"])).stdout).toMatch(
      /^system,row,prediction/,
    );
    expect((await loam(["evaluate", "compare", "bots", runs[0].id])).exitCode).toBe(4);
  });

  test("questions asked of documents: answers, and the passages they rest on", async () => {
    await writeFile(
      join(home, "tides.pdf"),
      await makePdf("Tides", ["The highest tide of the year reached 4.82 metres on the twelfth of March."]),
    );
    await file("tides.jsonl", jsonl([{ question: "How high was the highest tide?", answer: "4.82 metres" }]));
    await file(
      "tides.yaml",
      `name: Tides
dataset: { path: tides.jsonl }
systems: [{ name: rag, ask: { documents: tides.pdf, k: 2 } }]
metrics: [answerF1]
`,
    );
    const { exitCode, json, stderr } = await loam(["evaluate", join(home, "tides.yaml"), "--json"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const { systems } = await readEvaluation(store, json().id);
    expect(systems[0]!.outputs[0]).toMatchObject({
      prediction: expect.stringContaining("4.82 metres"),
      contexts: [expect.stringContaining("highest tide")],
      costUsd: 0,
    });
  });

  test("what is wrong is said before anything runs", async () => {
    const spec = (systems: string) =>
      `name: x\ndataset: { path: boats.jsonl }\nsystems: [${systems}]\nmetrics: [rougeL]\n`;
    await file("good.yaml", spec("{ name: a, column: source }"));
    await file("two.yaml", spec("{ name: a, column: source, url: 'http://127.0.0.1:9' }"));
    const results = await Promise.all([
      loam(["evaluate", "good.yaml", "--fail-under", "rougL=0.3"]),
      loam(["evaluate", "good.yaml", "--fail-under", "rougeL"]),
      loam(["evaluate", "two.yaml"]),
      loam(["evaluate", "absent.yaml"]),
      loam(["evaluate", "good.yaml", "--resume"]),
    ]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([2, 2, 3, 4, 4]);
    expect(results[0]!.stderr).toContain('Did you mean "rougeL"?');
    expect(results[2]!.stderr).toContain(
      "give one of column, predictions, model, ask, command, url, not column and url",
    );
  });
});

describe("gate, arena, watch", () => {
  test("ci records answers; a fork without a key is judged from them, in the job's summary and as JUnit", async () => {
    const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "sk-test-abcdefghijklmnop" };
    await file(
      "eval.yaml",
      'name: Gate\ndataset: { path: boats.jsonl }\nsystems: [{ name: mini, model: "openai:gpt-4o-mini", prompt: "Say: {{source}}" }]\nmetrics: [rouge1]\n',
    );
    const kept = await loam(["ci", "--update", "--json"], { env });
    expect(kept.json()).toMatchObject({ passed: true, made: 4, recorded: 0, updated: true });

    const asked = server.requests.length;
    const event = { pull_request: { head: { repo: { full_name: "they/x" } }, base: { repo: { full_name: "we/x" } } } };
    const github = {
      GITHUB_EVENT_NAME: "pull_request",
      GITHUB_EVENT_PATH: await file("event.json", JSON.stringify(event)),
      GITHUB_STEP_SUMMARY: join(home, "summary.md"),
    };
    const fork = await loam(["ci", "--junit", "gate.xml", "--json"], { env: github });
    expect(fork.json()).toMatchObject({ passed: true, made: 0, recorded: 4, rows: { same: 4, changed: 0 } });
    expect(readFileSync(github.GITHUB_STEP_SUMMARY, "utf8")).toContain("## ✅ Gate: passed");
    expect(readFileSync(join(home, "gate.xml"), "utf8")).toContain('<testsuite name="mini" tests="2" failures="0"');

    await file("eval.yaml", readFileSync(join(home, "eval.yaml"), "utf8").replace("Say: ", "Say it: "));
    const changed = await loam(["ci"], { env: github });
    expect(changed.exitCode).toBe(1);
    expect(changed.stderr).toContain("Failed: mini failed on 4 of 4 rows");
    expect(server.requests.length).toBe(asked);
  });

  test("arena rates by a metric and by people, and finds a judge that takes what stands in front", async () => {
    await file("rivals.csv", "id,prediction\nred,no\ngreen,no\nblue,a blue boat\nwhite,no\n");
    await file(
      "rivals.yaml",
      "name: rivals\ndataset: { path: boats.jsonl }\nsystems: [{ name: own, column: reference }, { name: rival, predictions: rivals.csv }]\nmetrics: [rouge1]\n",
    );
    await loam(["evaluate", "rivals.yaml", "--out", "rivals"]);
    const byMetric = (await loam(["arena", "rivals", "--metric", "rouge1", "--json"])).json();
    expect(byMetric.ratings).toMatchObject([
      { system: "own", wins: 3, losses: 0, ties: 1 },
      { system: "rival", wins: 0, losses: 3, ties: 1 },
    ]);

    await loam(["arena", "rivals", "--pairs", "pairs.csv"]);
    const [head, ...lines] = readFileSync(join(home, "pairs.csv"), "utf8").trim().split("\r\n");
    expect(head).toBe("pair,question,first,second,winner");
    const winners = lines.map((line) =>
      line.includes(",no,") ? (/,no,a [a-z]+ boat,/.test(line) ? "second" : "first") : "tie",
    );
    await file("pairs.csv", `${[head, ...lines.map((line, i) => line + winners[i])].join("\r\n")}\r\n`);
    const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "sk-test-abcdefghijklmnop" };
    const people = ["arena", "rivals", "--people", "pairs.csv"];
    const judged = (await loam([...people, "--judge", "openai:gpt-4o-mini", "--json"], { env })).json();
    expect(judged.calibration).toMatchObject({ pairs: 4, inconsistent: { mean: 1 }, frontShare: { mean: 1, of: 8 } });
    expect(judged.calibration.agreement.mean).toBe(0.25); // the tie
    expect(judged.ratings[0].rating).toBeCloseTo(1000, 6);
    expect((await loam([...people, "--json"])).json().ratings[0]).toMatchObject({ system: "own", wins: 3 });
  });

  test("--watch runs again when the rows change, and shows what that changed", async () => {
    const rows = await file("watched.jsonl", jsonl(boats.map((row) => ({ ...row, source: "no boat" }))));
    await file(
      "watched.yaml",
      "name: watched\ndataset: { path: watched.jsonl }\nsystems: [{ name: s, column: source }]\nmetrics: [exactMatch]\n",
    );
    const child = spawn(process.execPath, [bin, "evaluate", "watched.yaml", "--watch"], {
      cwd: home,
      env: loamEnvironment(home),
    });
    let said = "";
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => (said += text));
    const ended = new Promise((resolve) => child.on("exit", resolve));
    try {
      await expect.poll(() => said, { timeout: 60_000 }).toContain("Watching 2 files");
      await writeFile(rows, jsonl(boats));
      await expect.poll(() => said, { timeout: 60_000 }).toMatch(/exactMatch +1\.0000 +0\.0000 +\+1\.0000/);
    } finally {
      child.kill("SIGINT");
    }
    expect(await ended).toBe(0);
  });
});

describe("a run that is stopped", () => {
  const slowRun = async () => (await listEvaluations(store, { name: "slow" }))[0];

  test("killed half-way it keeps the run to itself, and goes on without making anything twice", async () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({ source: `number ${i}`, reference: `number ${i}` }));
    await file("slow.jsonl", jsonl(rows));
    // Each call leaves a mark, so that calls can be counted; after eight the next ones wait.
    await file(
      "slow.sh",
      `cat > /dev/null
if [ -e "$CALLS" ] && [ "$(wc -l < "$CALLS")" -ge 8 ]; then while [ ! -e "$GO" ]; do sleep 0.1; done; fi
echo call >> "$CALLS"; echo "number 1"
`,
    );
    await file(
      "slow.yaml",
      "name: slow\ndataset: { path: slow.jsonl }\nsystems: [{ name: s, command: sh slow.sh }]\nmetrics: [rouge1]\nconcurrency: 2\n",
    );
    const calls = join(home, "calls.txt");
    const go = join(home, "go.txt");
    const env = { CALLS: calls, GO: go };
    const args = ["evaluate", join(home, "slow.yaml"), "--json"];
    const first = spawn(process.execPath, [bin, ...args], { cwd: home, env: { ...loamEnvironment(home), ...env } });
    const ended = new Promise((resolve) => first.on("exit", (_, signal) => resolve(signal)));
    let run = await slowRun();
    while (run === undefined || run.cellsDone < 8) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      run = await slowRun();
    }
    const { id } = run;
    const second = await loam(args, { env });
    expect(second.exitCode).toBe(5);
    expect(second.json().error.message).toContain('another process works on "slow"');
    first.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    await file("go.txt", "");
    await new Promise((resolve) => setTimeout(resolve, 1000)); // its commands end by themselves
    const stopped = (await loam(["evaluate", "ls", "--json"])).json().find((one: { id: string }) => one.id === id);
    expect(stopped).toMatchObject({ state: "stopped", cells: 24 });
    const kept = stopped.cellsDone;

    await rm(calls, { force: true });
    const third = await loam(args, { env });
    expect(third.json()).toMatchObject({ id, resumedCells: kept });
    expect(readFileSync(calls, "utf8").trim().split("\n").length).toBe(24 - kept);
    const resumed = await loam([...args, "--resume"], { env });
    expect(resumed.json()).toMatchObject({ id, resumedCells: 24 });
    expect((await loam([...args, "--fresh"], { env })).json()).toMatchObject({ resumedCells: 0, cachedCells: 0 });
  });

  test("Ctrl-C ends in good order and says where the rest goes on", async () => {
    await file(
      "long.yaml",
      'name: long\ndataset: { path: boats.jsonl }\nsystems: [{ name: s, command: "sleep 2; echo x" }]\nmetrics: [rouge1]\nconcurrency: 1\n',
    );
    const stopped = await loam(["evaluate", join(home, "long.yaml")], { interruptAt: "long: cell" });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toMatch(/What was made is kept as long-\d{8}-\d{6}; the same command goes on from there\./);
  });
});
