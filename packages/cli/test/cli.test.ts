import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenAIServer, startOpenAIServer } from "@loam/providers/testing";
import { openStore, type Store } from "@loam/store";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makePdf } from "./make-pdf.ts";
import { type RunOptions, runLoam } from "./run-loam.ts";

// Each command is a process of its own, and opens the database.
vi.setConfig({ testTimeout: 180_000 });

let home: string;
let tides: string;
let server: OpenAIServer;
/** Held open here, as by a running server: every command goes through its owner, and starts faster for it. */
let store: Store;
const loam = (args: string[], options: Partial<RunOptions> = {}) => runLoam(args, { home, ...options });

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "loam-cli-"));
  store = await openStore({ home });
  tides = join(home, "tides.pdf");
  await writeFile(
    tides,
    await makePdf("Tides of the harbour", [
      "This report describes how the water level of the harbour was measured during one year with three gauges.",
      "The highest tide of the year reached 4.82 metres on the twelfth of March. The lowest tide was 0.31 metres in September.",
      "The gauges were built by Ada Marsh and cost 1200 euros each. They report every ten minutes by radio.",
    ]),
  );
  await writeFile(join(home, "broken.pdf"), "%PDF-1.7\nthis is no PDF");
  await writeFile(join(home, "notes.exe"), Buffer.from([0x4d, 0x5a, 0, 3, 0, 0xff, 0xfe, 0]));
  server = await startOpenAIServer({
    models: ["writer"],
    apiKey: "sk-test-abcdefghijklmnop",
    answer: () => "The highest tide reached 4.82 metres [1].",
  });
});
afterAll(async () => {
  await server.close();
  await store.close();
  await rm(home, { recursive: true, force: true });
});

describe("loam ask", () => {
  test("answers from a file, with page, box and quote", async () => {
    const { exitCode, json, stderr } = await loam([
      "ask",
      tides,
      "How high was the highest tide of the year?",
      "--json",
      ...["--out", join(home, "answer.pdf"), "--style", "apa"],
    ]);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect((await readFile(join(home, "answer.pdf"))).subarray(0, 5).toString()).toBe("%PDF-");
    const answer = json();
    expect(Object.keys(answer).slice(0, 6)).toEqual(["answer", "mode", "sentences", "model", "trace", "ms"]);
    expect(answer).toMatchObject({
      mode: "extractive",
      trace: expect.stringMatching(/^[0-9a-f]{32}$/),
      ms: expect.any(Number),
    });
    expect(answer.answer).toContain("4.82 metres");
    const [citation] = answer.sentences[0].citations;
    expect(citation).toMatchObject({
      document: "tides.pdf",
      page: 2,
      kind: "text",
      quote: expect.stringContaining("4.82"),
    });
    const [x0, y0, x1, y1] = citation.box;
    expect(x0).toBeGreaterThan(60);
    expect(y0).toBeGreaterThan(100);
    expect(x1).toBeLessThan(540);
    expect(y1).toBeLessThan(170);
  });

  test("on a terminal's terms: sentences with numbers, the places below, progress nowhere", async () => {
    const { exitCode, stdout, stderr } = await loam(["ask", tides, "Who built the gauges?"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Ada Marsh.* \[1\]\n/);
    expect(stdout).toMatch(/\n\[1\] tides\.pdf, page 3: “.*Ada Marsh/);
    expect(stderr).toBe(
      "These are sentences of the documents. With a chat model answers are written: `loam models`.\n",
    );
  });

  test("reports bad files, answers from the rest and ends with 3", async () => {
    const { exitCode, json, stderr } = await loam([
      "ask",
      join(home, "broken.pdf"),
      tides,
      join(home, "absent.pdf"),
      join(home, "notes.exe"),
      "How high was the highest tide of the year?",
      "--json",
    ]);
    expect(exitCode).toBe(3);
    expect(json().answer).toContain("4.82");
    expect(
      json()
        .failed.map(({ file, error }: { file: string; error: Error }) => [file.split("/").at(-1), typeof error.message])
        .sort(),
    ).toEqual([
      ["absent.pdf", "string"],
      ["broken.pdf", "string"],
      ["notes.exe", "string"],
    ]);
    for (const name of ["absent.pdf", "broken.pdf", "notes.exe"]) expect(stderr).toContain(`${name}: `);
  });

  test("a single bad file: 3 when it cannot be read, 4 when it is not there", async () => {
    const broken = await loam(["ask", join(home, "broken.pdf"), "why?", "--json"]);
    expect(broken.exitCode).toBe(3);
    expect(broken.json().error).toMatchObject({
      code: expect.any(String),
      message: expect.stringContaining("broken.pdf"),
    });
    const absent = await loam(["ask", join(home, "absent.pdf"), "why?"]);
    expect(absent.exitCode).toBe(4);
    expect(absent.stdout).toBe("");
    expect(absent.stderr).toContain('absent.pdf" does not exist. Check the path.');
  });

  test("a chat model writes the answer; the trace has its tokens and no key", async () => {
    const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "sk-test-abcdefghijklmnop" };
    const asked = await loam(["ask", tides, "How high was the highest tide of the year?", "--json"], { env });
    expect(asked.json()).toMatchObject({
      mode: "generated",
      model: expect.stringContaining("writer"),
      answer: expect.stringContaining("4.82 metres"),
    });
    expect(asked.json().sentences[0].citations[0]).toMatchObject({ page: 2 });
    const shown = await loam(["trace", "show", asked.json().trace, "--json"]);
    const trace = shown.json();
    expect(trace).toMatchObject({ name: "ask", status: "ok", models: expect.arrayContaining(["writer"]) });
    expect(trace.inputTokens).toBeGreaterThan(20);
    expect(shown.stdout).not.toContain("sk-test-abc");
    const tree = await loam(["trace", "show", asked.json().trace.slice(0, 12)]);
    expect(tree.stdout).toMatch(/─ chat writer {2}llm · .* tokens · cost unknown/);
  });

  test("an unreachable model ends with 5 and says what to check", async () => {
    const env = { LOAM_CHAT_MODEL: "vllm:x", LOAM_HOME: home };
    await writeFile(
      join(home, "loam.config.json"),
      JSON.stringify({ providers: { vllm: { baseUrl: "http://127.0.0.1:9/v1" } } }),
    );
    const { exitCode, stderr } = await loam(["ask", tides, "How high was the highest tide?"], { env });
    await rm(join(home, "loam.config.json"));
    expect(exitCode).toBe(5);
    expect(stderr).toContain("vllm: http://127.0.0.1:9 cannot be reached");
  });

  test("a forgotten question is wrong usage", async () => {
    const { exitCode, stderr } = await loam(["ask", tides]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("expected a question after the files. Put it last, in quotes");
  });
});

describe("the library", () => {
  test("ingest, ls, search, show and rm", async () => {
    const other = join(home, "gulls.pdf");
    await writeFile(
      other,
      await makePdf("Gulls", ["Herring gulls nest on the roofs of the old town from April to July."]),
    );
    const ingested = await loam(["ingest", other, tides, "--json"]);
    expect(ingested.exitCode).toBe(0);
    expect(ingested.json().documents).toMatchObject([
      { name: "gulls.pdf", status: "ready", pageCount: 1 },
      { name: "tides.pdf", status: "ready", pageCount: 3 },
    ]);
    expect((await loam(["library", "ls"])).stdout).toMatch(/ready +1 page .*gulls\.pdf/);

    const hits = (await loam(["search", "birds on roofs", "--k", "2", "--document", "gulls.pdf", "--json"])).json();
    expect(hits).toMatchObject([
      { document: "gulls.pdf", kind: "text", regions: [{ page: 1 }], text: expect.stringContaining("Herring gulls") },
    ]);
    expect((await loam(["search", "tide", "--pages", "3-2"])).stderr).toContain(
      '`pages` is "3-2"; expected a page or a range of pages. Write 3 or 3-7.',
    );

    expect((await loam(["library", "show", "gulls.pdf"])).stdout).toMatch(
      /status {2}ready\npages {3}1 of 1 read \(1 text\)/,
    );
    expect((await loam(["library", "show", "guls.pdf"])).stderr).toBe(
      'Document "guls.pdf" does not exist. Did you mean "gulls.pdf"?\n',
    );
    expect((await loam(["library", "rm", "gulls.pdf"])).exitCode).toBe(2);
    expect((await loam(["library", "rm", "gulls.pdf", "--yes", "--json"])).json()).toMatchObject({
      removed: [{ name: "gulls.pdf" }],
    });
    expect((await loam(["library", "show", "gulls.pdf", "--json"])).exitCode).toBe(4);
  });

  test("Ctrl-C while reading ends in good order, and the next run goes on", async () => {
    const long = join(home, "long.pdf");
    const pages = Array.from({ length: 1500 }, (_, n) => `Page ${n + 1} speaks of matter ${n * 7919}. `.repeat(4));
    await writeFile(long, await makePdf("Long", pages));
    const stopped = await loam(["ingest", long], { interruptAt: "long.pdf: page" });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toContain("Stopping…");
    const again = await loam(["ingest", long, "--json"]);
    expect(again.exitCode).toBe(0);
    expect(again.json().documents[0]).toMatchObject({ status: "ready", pageCount: 1500, pagesDone: 1500 });
  });
});

describe("models and configuration", () => {
  test("the roles are shown with their reasons, keys are not", async () => {
    const env = { OPENAI_API_KEY: "sk-test-abcdefghijklmnop", LOAM_VISION_MODEL: "ollama:llava" };
    const { json } = await loam(["models", "--json"], { env });
    expect(json().roles).toEqual([
      { role: "chat", model: "openai:gpt-5-mini", reason: "OPENAI_API_KEY found" },
      { role: "vision", model: "ollama:llava", reason: "set by LOAM_VISION_MODEL" },
      { role: "embed", model: "local:use-lite", reason: "built in; set LOAM_EMBED_MODEL for another" },
      { role: "judge", model: "openai:gpt-5-mini", reason: "the chat model" },
      { role: "reranker", model: null, reason: "not set: passages stay in the order of the search" },
    ]);
    const config = await loam(["config"], { env });
    expect(config.stdout).toContain("environment (OPENAI_API_KEY)");
    expect(config.stdout).not.toContain("abcdefghijkl");
  });

  test("values are set in the user's own file, readable to nobody else, and taken out again", async () => {
    const set = await loam(["config", "set", "providers.openai.apiKey", "-"], { input: "sk-file-abcdefghijklmnop\n" });
    expect([set.exitCode, set.stdout.includes("sk-file")]).toEqual([0, false]);
    const file = join(home, ".config/loam/config.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
      providers: { openai: { apiKey: "sk-file-abcdefghijklmnop" } },
    });
    expect((await loam(["config", "set", "server.prt", "1"])).stderr).toMatch(/server\.port/);
    await loam(["config", "unset", "providers.openai.apiKey"]);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({});
  });
});

describe("the command line itself", () => {
  test("help and version need no store and go to the standard output", async () => {
    const elsewhere = { LOAM_HOME: "/proc/nowhere" };
    expect(await loam(["--help"], { env: elsewhere })).toMatchObject({
      exitCode: 0,
      stderr: "",
      stdout: expect.stringContaining("ask [options] <input...>"),
    });
    expect((await loam(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await loam(["trace", "ls", "--help"])).stdout).toContain("loam trace ls --status error");
  });

  test("wrong usage ends with 2 and names the nearest", async () => {
    expect(await loam(["serch", "x"])).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining("Did you mean search?"),
    });
    expect(await loam(["search", "x", "--k", "many"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("expected a whole number from 1 to 1000"),
    });
    expect(await loam([])).toMatchObject({ exitCode: 2 });
  });

  test("doctor tries everything for real", async () => {
    const { exitCode, json } = await loam(["doctor", "--json"]);
    expect(exitCode).toBe(0);
    const checks = json().checks as { check: string; status: string; detail: string }[];
    expect(checks.map(({ check, status }) => `${check} ${status}`)).toEqual(
      expect.arrayContaining([
        "node ok",
        "store ok",
        "embedding ok",
        "OCR ok",
        "models limited",
        "device ok",
        "tracing ok",
      ]),
    );
    expect(checks.find(({ check }) => check === "embedding")!.detail).toMatch(/^local:use-lite, 512 dimensions/);
  });
});
