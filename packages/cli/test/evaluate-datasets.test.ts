import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenAIServer, startOpenAIServer } from "@loam/providers/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { makePdf } from "./make-pdf.ts";
import { type RunOptions, runLoam } from "./run-loam.ts";

// Each command is a process of its own.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let home: string;
let server: OpenAIServer;
const loam = (args: string[], options: Partial<RunOptions> = {}) => runLoam(args, { home, ...options });
const file = async (name: string, text: string) => {
  await writeFile(join(home, name), text);
  return join(home, name);
};
const rowsIn = async (name: string) =>
  (await readFile(join(home, name), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const report = async (id: string) => (await loam(["evaluate", "report", id, "--json"])).json();
const withModel = () => ({
  OPENAI_BASE_URL: server.url,
  OPENAI_API_KEY: "sk-test-abcdefghijklmnop",
  LOAM_CHAT_MODEL: "openai:gpt-4o-mini",
});

const tides =
  "We watched the sea for a year from the end of the pier. The highest tide of the year reached 4.82 metres on the twelfth of March. A seiche is a standing wave in an enclosed body of water that outlasts the wind.";
const walls =
  "The town keeps its old records in the cellar of the church. The harbour wall was raised by 650 millimetres after the flood. Nobody remembers the name of the mason who did it.";

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "loam-datasets-"));
  await writeFile(join(home, "tides.pdf"), await makePdf("Tides", [tides]));
  await writeFile(join(home, "walls.pdf"), await makePdf("Walls", [walls]));
  expect((await loam(["ingest", "tides.pdf", "walls.pdf"])).exitCode).toBe(0);
  server = await startOpenAIServer({
    models: ["gpt-4o-mini"],
    apiKey: "sk-test-abcdefghijklmnop",
    answer: ({ text, schema }) => {
      const fields = Object.keys((schema?.properties ?? {}) as object);
      const ofTides = text.includes("4.82 metres");
      if (fields.includes("usable"))
        return JSON.stringify({
          usable: true,
          question: ofTides ? "How high was the highest tide?" : "By how much was the harbour wall raised?",
          answer: ofTides ? "4.82 metres" : "650 millimetres",
          quote: ofTides ? "reached 4.82 metres" : "raised by 650 millimetres",
        });
      // Asked back: it knows the wall without any passage, and so that question goes.
      if (fields.includes("known")) {
        const known = text.includes("<passage") || text.includes("wall");
        const answer = text.includes("wall raised") ? "650 millimetres" : "4.82 metres";
        return JSON.stringify({ known, answer: known ? answer : "" });
      }
      return `You said ${text}`;
    },
  });
});
afterAll(async () => {
  await server.close();
  await rm(home, { recursive: true, force: true });
});

test("questions made by rules name page and box, say how they were made, and measure what a search finds", async () => {
  const made = await loam(["evaluate", "questions", "-n", "10", "-o", "questions.jsonl", "--json"]);
  expect(made.exitCode).toBe(0);
  const rows = await rowsIn("questions.jsonl");
  expect(made.json().questions).toEqual(rows);
  const tide = rows.find(({ question }) => question.includes("highest tide"));
  expect(tide).toMatchObject({
    question: "Fill in the blank: “The highest tide of the year reached ____ on the twelfth of March.”",
    reference: "4.82 metres",
    goldPlaces: [{ document: "tides.pdf", hash: expect.stringMatching(/^[0-9a-f]{64}$/), page: 1 }],
    kind: "text",
    generator: "extractive:cloze",
  });
  const [x0, y0, x1, y1] = tide.goldPlaces[0].box;
  expect([x0 >= 70, y0 > 85, x1 < 530, y1 < 160]).toEqual([true, true, true, true]);
  expect(rows).toContainEqual(
    expect.objectContaining({ question: "What is a seiche?", generator: "extractive:definition" }),
  );
  const again = await loam(["evaluate", "questions", "-n", "10", "--json"]);
  expect(again.json().questions).toEqual(rows);

  await file(
    "rag.yaml",
    `name: rag
dataset: { path: questions.jsonl }
systems: [{ name: rag, ask: { k: 4 } }]
metrics: [pageHit1, pageHit5, pageMrr, boxHit5, citedPage, citedBox, answerF1]
failUnder: { pageHit5: 1 }
`,
  );
  const { exitCode, json } = await loam(["evaluate", "rag.yaml", "--json"]);
  expect(exitCode).toBe(0);
  const { systems, id } = json();
  const values = Object.fromEntries(systems[0].metrics.map(({ metric, value }: never) => [metric, value]));
  expect(values).toMatchObject({ pageHit5: 1, boxHit5: 1 });
  expect(values.citedPage).toBeGreaterThan(0.5);
  const [output] = (await report(id)).systems[0].outputs;
  expect(output.places).toHaveLength(output.contexts.length);
  expect(output.citations[0]).toMatchObject({ document: "tides.pdf", page: expect.any(Number) });
});

test("a model writes questions and is asked back: what it knows without the passage is left out and counted", async () => {
  const made = await loam(["evaluate", "questions", "-n", "2", "--json"], { env: withModel() });
  expect(made.exitCode).toBe(0);
  const { questions, rejected, failed, usage } = made.json();
  expect(questions).toMatchObject([
    {
      question: "How high was the highest tide?",
      reference: "4.82 metres",
      goldPlaces: [{ document: "tides.pdf", page: 1 }],
      generator: "model:openai:gpt-4o-mini",
    },
  ]);
  expect(rejected).toEqual({ "it can be answered without the passage": 1 });
  expect(failed).toEqual({});
  expect(usage.inputTokens).toBeGreaterThan(0);
  expect((await loam(["evaluate", "questions", "--by", "model"])).stderr).toContain("--by rules");
});

test("rows from recorded calls: the last ones of a model, with what came out as the prediction", async () => {
  for (const text of ["first", "second"]) {
    await file("say.jsonl", JSON.stringify({ text, reference: text }));
    await file(
      "say.yaml",
      'name: say\ndataset: { path: say.jsonl }\nsystems: [{ name: m, model: "openai:gpt-4o-mini", prompt: "{{text}}", systemPrompt: Repeat. }]\nmetrics: [rouge1]\n',
    );
    expect((await loam(["evaluate", "say.yaml"], { env: withModel() })).exitCode).toBe(0);
  }
  await file(
    "traced.yaml",
    `name: traced
dataset: { trace: { name: "chat *", model: gpt-4o-mini, last: 1 } }
systems: [{ name: as recorded, column: prediction }, { name: asked, column: input }, { name: told, column: system }]
metrics: [length]
`,
  );
  const { exitCode, json, stderr } = await loam(["evaluate", "traced.yaml", "--json"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  const { systems } = await report(json().id);
  expect(
    systems.map((one: { outputs: { prediction: string }[] }) => one.outputs.map(({ prediction }) => prediction)),
  ).toEqual([["You said second"], ["second"], ["Repeat."]]);
  await file(
    "none.yaml",
    "name: none\ndataset: { trace: { name: nothing } }\nsystems: [{ name: a, column: x }]\nmetrics: [length]\n",
  );
  const none = await loam(["evaluate", "none.yaml"]);
  expect([none.exitCode, none.stderr.includes("loam trace ls")]).toEqual([3, true]);
});

test("rows from the library: questions at once, and papers against their abstracts where they have one", async () => {
  const spec = (library: string) =>
    `name: lib\ndataset: { library: ${library} }\nsystems: [{ name: s, column: reference }]\nmetrics: [rouge1]\n`;
  await file("now.yaml", spec("{ rows: questions, count: 2, documents: [tides.pdf] }"));
  const now = await loam(["evaluate", "now.yaml", "--json"]);
  expect(now.json()).toMatchObject({
    dataset: { name: "library:questions", rows: 2 },
    systems: [{ metrics: [{ value: 1 }] }],
  });
  await file("abstracts.yaml", spec("{ rows: abstracts }"));
  expect((await loam(["evaluate", "abstracts.yaml"])).stderr).toContain("No document of the library has an abstract");
  expect((await loam(["ingest", join(import.meta.dirname, "../../pdf/sample/loam-sample.pdf")])).exitCode).toBe(0);
  expect((await loam(["evaluate", "abstracts.yaml", "--json"])).json()).toMatchObject({
    dataset: { name: "library:abstracts", rows: 1 },
    systems: [{ metrics: [{ value: 1 }] }],
  });
  expect((await loam(["evaluate", "abstracts.yaml"])).stderr).toContain(
    "2 documents have no abstract and are left out",
  );
  await file("two.yaml", spec("{ rows: abstracts }, path: x.jsonl"));
  expect((await loam(["evaluate", "two.yaml"])).stderr).toContain(
    "dataset: give one of path, rows, library, trace, examples, not path and library",
  );
});

test("a promptfoo configuration runs, and what it loses is said", async () => {
  await file(
    "promptfooconfig.yaml",
    `prompts: ["Say {{word}}"]
providers: [openai:gpt-4o-mini]
tests:
  - { vars: { word: moss }, assert: [{ type: contains, value: "{{word}}" }, { type: javascript, value: "true" }] }
  - { vars: { word: fern }, assert: [{ type: equals, value: fern }] }
`,
  );
  const imported = await loam(["evaluate", "import", "promptfooconfig.yaml", "-o", "foo.yaml"]);
  expect(imported.exitCode).toBe(0);
  expect(imported.stdout).toContain("foo.yaml: 1 systems, 2 rows, metrics assertions");
  expect(imported.stdout).toContain("Not imported: tests.0.assert.1 (javascript): it runs code");
  const { exitCode, json } = await loam(["evaluate", "foo.yaml", "--json"], { env: withModel() });
  expect(exitCode).toBe(0);
  expect(json().systems[0].metrics[0]).toMatchObject({ metric: "assertions", value: 0.5 });
});
