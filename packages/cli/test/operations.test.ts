import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FieldSchema, fieldSchemas, type LoamError } from "@loam/core";
import { offeredOperations } from "@loam/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventsOf, type Found, FrontEnds } from "./front-ends.ts";

type Input = Record<string, unknown>;

interface Suited {
  /** An input that is right. */
  right: (found: Found) => Input;
  /** Where it is a route; what stands in the path, or is not asked there, is not in the body. */
  route?: { path: (found: Found) => string; without?: string[] };
  /** A command line for a field, and the fields that are its options. */
  command?: { argv: (option: string[], found: Found, folder: string) => string[]; options: Record<string, string> };
  /** What names something that is not there. */
  unknown?: Input;
  /** Whether it stops when it is told to. */
  stops?: boolean;
}

const question = "How many earthworms were counted under clover?";
const extracted = { type: "object", properties: { clover: { type: "number" } } };
const recipe = ({ dataset }: Pick<Found, "dataset">) => ({
  model: "home/tiny",
  method: { peft_type: "LORA", r: 2, target_modules: "all-linear" },
  data: { path: dataset, template: "plain", max_tokens: 64, eval_share: 0.25 },
  output: "elsewhere",
});

/** What the clauses below need to know of each operation; one without an entry fails the first test. */
const suited: Record<string, Suited> = {
  ask: {
    right: () => ({ question }),
    route: { path: () => "/api/ask" },
    command: { argv: (option) => ["ask", question, ...option], options: { k: "--k" } },
    unknown: { documents: ["doc_none"] },
    stops: true,
  },
  search: {
    right: () => ({ query: "clover", k: 2 }),
    route: { path: () => "/api/search" },
    command: { argv: (option) => ["search", "clover", ...option], options: { k: "--k", mode: "--mode" } },
    unknown: { documents: ["doc_none"] },
  },
  extract: {
    right: ({ document }) => ({ schema: extracted, documents: [document] }),
    route: { path: () => "/api/extract" },
    unknown: { documents: ["doc_none"] },
    stops: true,
  },
  summarize: {
    right: ({ document }) => ({ document, words: 30 }),
    route: {
      path: ({ document }) => `/api/documents/${document}/summaries`,
      without: ["document", "reference"],
    },
    command: {
      argv: (option, { document }) => ["summarize", document, ...option],
      options: { words: "--words", language: "--language", style: "--style", contextTokens: "--context" },
    },
    unknown: { document: "doc_none" },
    stops: true,
  },
  documents: { right: () => ({}) },
  read_page: { right: ({ document }) => ({ document, page: 1 }), unknown: { document: "doc_none" } },
  recommend: {
    right: ({ catalogue }) => ({ catalogue, query: "a robot", n: 2 }),
    route: {
      path: ({ catalogue }) => `/api/catalogues/${catalogue}/recommend`,
      without: ["catalogue", "user"],
    },
    command: {
      argv: (option) => ["recommend", "a robot", "--mode", "keyword", "--catalogue", "Sample books", ...option],
      options: { n: "--count", diversity: "--diversity", perAuthor: "--per-author" },
    },
    unknown: { catalogue: "none" },
  },
  score: {
    right: () => ({ candidate: "a b", references: ["a b c"], metrics: ["rouge1"] }),
    route: { path: () => "/api/metrics/score" },
  },
  embed: { right: () => ({ texts: ["soil"] }) },
  "catalogue.import": {
    right: ({ file }) => ({ file, name: "shelf" }),
    route: { path: () => "/api/catalogues" },
    command: {
      argv: (option, _, folder) => ["catalogue", "add", join(folder, "s.pdf"), ...option],
      options: { name: "--name" },
    },
    stops: true,
  },
  merge: {
    right: () => ({ base: "home/tiny", adapters: ["small"], output: "m.gguf" }),
    route: { path: () => "/api/tune/merge" },
    command: {
      argv: (option) => ["merge", "base", "adapter", "-o", "out", ...option],
      options: { to: "--to", dtype: "--dtype" },
    },
    unknown: { adapters: ["none"] },
  },
  "adapter.export": {
    right: () => ({ adapter: "small", output: "a.gguf" }),
    route: { path: () => "/api/tune/adapter-export" },
    command: {
      argv: (option) => ["adapters", "export", "adapter", "-o", "a.gguf", ...option],
      options: { to: "--to", rank: "--rank", type: "--type" },
    },
    unknown: { adapter: "none" },
  },
  "recipe.export": {
    right: (found) => ({ recipe: recipe(found), output: "r" }),
    route: { path: () => "/api/tune/recipe-export" },
    unknown: { recipe: recipe({ dataset: "none" }) },
  },
  work: { right: () => ({ work: "" }), unknown: { work: "work_none" } },
};

/** Only for their declarations: nothing is called. */
const operations = offeredOperations({} as never).map(({ operation }) => operation);
let ends: FrontEnds;
let right: Record<string, Input>;

beforeAll(async () => {
  ends = await FrontEnds.open();
  right = Object.fromEntries(Object.entries(suited).map(([name, { right }]) => [name, right(ends.found)]));
  const merged = await ends.offered.get("merge")!.call({ ...right.merge, output: "first.gguf" });
  right.work = { work: (merged as { work: string }).work };
});
afterAll(() => ends?.close());

const bodyOf = (name: string, input: Input): Input =>
  Object.fromEntries(Object.entries(input).filter(([field]) => !suited[name]!.route?.without?.includes(field)));
const pathOf = (name: string, found: Found = ends.found) => suited[name]!.route!.path(found);

/** Values that a field does not take: of another kind, and beyond each limit that it states. */
function wrongValues(field: FieldSchema): unknown[] {
  const { type, minimum, maximum, minLength, maxItems } = field as FieldSchema & Record<string, number>;
  return [
    type === "string" || type === "object" ? 7 : type === "array" ? "one" : { odd: true },
    ...(minimum !== undefined ? [minimum - 1] : []),
    ...(maximum !== undefined && maximum < 1e9 ? [maximum + 1] : []),
    ...(minLength ? [""] : []),
    ...(maxItems !== undefined && maxItems < 100 ? [Array(maxItems + 1).fill("x")] : []),
    ...(field.enum ? ["no such choice"] : []),
  ];
}

function said(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as LoamError).message;
  }
  throw new Error("nothing was refused");
}

/** The refusal of a route, of a stream as its last event. */
async function refusalOf(response: Response): Promise<{ status: number; message: string }> {
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  const { error } = isStream ? (await eventsOf(response)).at(-1)!.data : await response.json();
  return { status: isStream ? 404 : response.status, message: (error as { message: string }).message };
}

test("every operation that is offered is in this suite", () => {
  expect(operations.map(({ name }) => name).sort()).toEqual(Object.keys(suited).sort());
});

describe.each(operations.map((operation) => [operation.name, operation] as const))("%s", (name, operation) => {
  const { route, command, unknown, stops } = suited[name] ?? {};

  test("is a tool with the operation's own schema, and answers what fits as data and as text", async () => {
    const { tools } = await ends.mcp.listTools();
    const tool = tools.find((known) => known.name === name.replaceAll(".", "_"))!;
    expect(tool.inputSchema).toEqual(JSON.parse(JSON.stringify(fieldSchemas(operation.input))));
    expect(tool.annotations?.readOnlyHint).toBe(!ends.offered.get(name)!.changes);
    const result = await ends.tool(name, right[name]!);
    expect(result.isError, result.text).toBeFalsy();
    expect(JSON.parse(result.text)).toEqual(result.structuredContent);
  });

  test("every field that does not fit is refused in the same words everywhere", async () => {
    const { properties = {} } = fieldSchemas(operation.input);
    const cases = Object.entries(properties).flatMap(([field, schema]) =>
      wrongValues(schema).map((value) => ({ field, value, input: { ...right[name], [field]: value } })),
    );
    cases.push({ field: "wrod", value: 1, input: { ...right[name], wrod: 1 } });
    for (const { field, value, input } of cases) {
      const own = said(() => operation.parse(input));
      expect(own, `${field} ${JSON.stringify(input)}`).toContain(`\`${field}`);
      const tool = await ends.tool(name, input);
      expect([tool.isError, tool.text]).toEqual([true, own]);
      const option = command?.options[field];
      if (option !== undefined && typeof value !== "object" && !(value === 7 && properties[field]!.type === "string")) {
        const { argv } = command!;
        expect(await ends.command(argv([option, String(value)], ends.found, ends.folder))).toEqual({ refusal: own });
      }
      if (!route || route.without?.includes(field) || (route.without && field === "wrod")) continue;
      const response = await ends.post(pathOf(name), bodyOf(name, input));
      expect(await refusalOf(response)).toEqual({ status: 400, message: own });
    }
  });

  test.runIf(route)(
    "its route asks for a token, takes no body beyond its limit, and stands in the description",
    async () => {
      const closed = await fetch(ends.server.url + pathOf(name), { method: "POST", body: "{}" });
      expect(closed.status).toBe(401);
      const large = await ends.fetch(pathOf(name), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: " ".repeat(4 * 1024 ** 2 + 1),
      });
      // What takes files has a limit of its own; then it is no JSON.
      expect((await refusalOf(large)).status).toBe(name === "catalogue.import" ? 400 : 413);
      const { paths } = await (await ends.fetch("/api/openapi.json")).json();
      const described = pathOf(name, { ...ends.found, document: "{id}", catalogue: "{id}" }).replace("/api", "");
      expect(Object.keys(paths)).toContain(described);
      expect(Object.keys(paths[described].post.responses)).toContain("400");
    },
  );

  test.runIf(unknown)("what is not there is said in the same words everywhere", async () => {
    const input = { ...right[name], ...unknown };
    const own = await ends.offered
      .get(name)!
      .call(input)
      .then(
        () => undefined,
        (error: LoamError) => error,
      );
    expect(own).toMatchObject({ code: "not_found", status: 404 });
    const tool = await ends.tool(name, input);
    expect([tool.isError, tool.text]).toEqual([true, own!.message]);
    if (!route) return;
    const path = pathOf(name, { ...ends.found, ...(unknown as Partial<Found>) });
    expect(await refusalOf(await ends.post(path, bodyOf(name, input)))).toEqual({ status: 404, message: own!.message });
  });

  test.runIf(stops)("it stops when it is told to, and the server goes on", async () => {
    await expect(ends.offered.get(name)!.call(right[name], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    const stop = new AbortController();
    const asked = ends.mcp.callTool({ name: name.replaceAll(".", "_"), arguments: right[name] }, undefined, {
      signal: stop.signal,
    });
    stop.abort();
    await expect(asked).rejects.toThrow();
    const leaving = new AbortController();
    const left = ends.post(pathOf(name), bodyOf(name, right[name]!), { signal: leaving.signal });
    leaving.abort();
    await expect(left).rejects.toThrow();
    expect((await ends.fetch("/api/health")).status).toBe(200);
  });
});

describe("through every front end", () => {
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
  const program = async (name: string, input = right[name]!) => plain(await ends.offered.get(name)!.call(input));
  const tool = async (name: string, input = right[name]!) => (await ends.tool(name, input)).structuredContent as Input;
  const route = async (name: string, input = right[name]!) =>
    (await ends.post(pathOf(name), bodyOf(name, input))).json();

  test("a search, a score, a recommendation and vectors are the same", async () => {
    const texts = (hits: { chunk?: { text: string }; text?: string }[]) =>
      hits.map(({ chunk, text }) => chunk?.text ?? text);
    const hits = texts(await program("search"));
    expect(hits).toHaveLength(2);
    expect(texts((await tool("search")).items as [])).toEqual(hits);
    expect(texts((await route("search")).hits)).toEqual(hits);
    expect(texts((await ends.command(["search", "clover", "--k", "2"])).result as [])).toEqual(hits);

    const [scored] = await program("score");
    expect((await tool("score")).items).toEqual([scored]);
    expect((await route("score")).scores[0]).toMatchObject({ metric: "rouge1", value: scored.value });

    const ids = (list: { item?: { id: string }; book?: { id: string }; id?: string }[]) =>
      list.map(({ item, book, id }) => item?.id ?? book?.id ?? id);
    const recommended = ids((await program("recommend")).recommendations);
    expect(ids((await tool("recommend")).recommendations as [])).toEqual(recommended);
    expect(ids((await route("recommend")).recommendations)).toEqual(recommended);

    const { vectors } = await program("embed");
    expect((await tool("embed")).vectors).toEqual(vectors);
    expect((await ends.command(["embed", "soil"])).result).toMatchObject({ vectors });
    expect(await tool("documents")).toEqual({ items: await program("documents") });
    expect(await tool("read_page")).toEqual(await program("read_page"));
  });

  test("the events of a stream come in one order, the last with what the program is given", async () => {
    for (const name of ["ask", "extract"]) {
      const emitted: { type: string }[] = [];
      const result = await ends.offered
        .get(name)!
        .call(right[name], { emit: (event: unknown) => emitted.push(event as { type: string }) });
      const sent = await eventsOf(await ends.post(pathOf(name), right[name]));
      expect(sent.map(({ event }) => event)).toEqual(sent.map(({ data }) => data.type));
      expect(sent.map(({ event }) => event)).toEqual(emitted.map(({ type }) => type));
      expect(sent.at(-1)!.event).toBe("done");
      const { structuredContent } = await ends.tool(name, right[name]!);
      const facts = ({ answer, rows }: Input) => ({ answer, rows });
      expect(facts(structuredContent as Input)).toEqual(facts(plain(result)));
    }
    const summarised = await eventsOf(await ends.post(pathOf("summarize"), bodyOf("summarize", right.summarize!)));
    expect([...new Set(summarised.map(({ event }) => event))]).toEqual(
      expect.arrayContaining(["started", "begun", "sentence", "done"]),
    );
    expect(summarised[0]!.event).toBe("started");
    const { summary } = (await program("summarize")) as { summary: string };
    expect((summarised.at(-1)!.data.summary as Input).summary).toBe(summary);
    expect((await tool("summarize")).summary).toBe(summary);
    const { result } = await ends.command(["summarize", ends.found.document, "--words", "30"]);
    expect((result as Input).summary).toBe(summary);
  });

  test("a catalogue is imported from an uploaded file, a file of the form and a path", async () => {
    const facts = ({ items, columns, skipped }: Input) => ({ items, columns, skipped });
    const own = facts(await program("catalogue.import"));
    expect(own.items).toBe(3);
    expect(facts(await tool("catalogue.import", { ...right["catalogue.import"], name: "tool" }))).toEqual(own);
    expect(facts(await route("catalogue.import", { ...right["catalogue.import"], name: "route" }))).toEqual(own);
    const form = new FormData();
    form.append("file", new Blob(["title,authors\nSolaris,Lem\nEden,Lem\nUbik,Dick\n"]), "shelf.csv");
    const sent = await ends.fetch("/api/catalogues?name=form", { method: "POST", body: form });
    expect([sent.status, facts(await sent.json())]).toEqual([201, own]);
    const none = await ends.post("/api/catalogues", { file: "file-none" });
    expect([none.status, (await none.json()).error.message]).toEqual([
      400,
      expect.stringContaining('no file "file-none"'),
    ]);
  });

  test("what is work is accepted, told in order, and comes to the same", async () => {
    const facts = ({ format, sizeBytes, layers, ranks, relativeError, files, rows }: Input) =>
      plain({ format, sizeBytes, layers, ranks, relativeError, files, rows });
    const { home } = ends.server.store;
    const [base, adapter, folder] = ["models/tiny", "adapters/small", "datasets/" + ends.found.dataset].map((path) =>
      join(home, path),
    );
    const data = join(folder!, readdirSync(folder!).find((name) => name.startsWith("rows"))!);
    const written = (name: string) => join(ends.folder, name);
    writeFileSync(
      written("recipe.yaml"),
      JSON.stringify({ ...recipe({ dataset: data }), model: base, output: written("elsewhere") }),
    );
    const ways = [
      { name: "merge", accept: route, argv: ["merge", base, adapter, "-o", written("m.gguf")] },
      { name: "adapter.export", accept: tool, argv: ["adapters", "export", adapter, "-o", written("a.gguf")] },
      { name: "recipe.export", accept: program, argv: ["tune", "export", written("recipe.yaml"), "-o", written("r")] },
    ];
    for (const { name, accept, argv } of ways) {
      const { work } = (await accept(name, { ...right[name], output: `2${right[name]!.output}` })) as { work: string };
      const settled = await ends.settled(work);
      expect(settled, JSON.stringify(settled.error)).toMatchObject({ status: "finished" });
      const { result, refusal } = await ends.command(argv as string[]);
      expect(refusal).toBeUndefined();
      expect(facts(settled.result)).toEqual(facts(result as Input));
      expect(await tool("work", { work })).toMatchObject({ status: "finished", result: settled.result });
      const events = await eventsOf(await ends.fetch(`/api/work/${work}/events`));
      const numbers = events.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(events.filter(({ event }) => event === "status").map(({ data }) => data.status)).toEqual([
        "queued",
        "running",
        "finished",
      ]);
    }
  });

  test("work that is cancelled leaves nothing behind, and goes on when it is resumed", async () => {
    const input = { ...right.merge, output: "later.gguf" };
    const { work } = await route("merge", input);
    await ends.post(`/api/work/${work}/cancel`, {});
    const { status } = await ends.settled(work);
    const exports = () => readdirSync(join(ends.server.store.home, "exports"));
    if (status === "cancelled") {
      await expect.poll(() => exports().filter((name) => name.includes("later"))).toEqual([]);
      await ends.post(`/api/work/${work}/resume`, {});
    }
    expect((await ends.settled(work)).status).toBe("finished");
    expect(exports()).toContain("later.gguf");
  });
});

describe("the MCP endpoint", () => {
  test("an unknown tool, a wrong method and a body that is too large are refused", async () => {
    await expect(ends.mcp.callTool({ name: "rm", arguments: {} })).rejects.toThrow(/No tool is called "rm"/);
    expect((await fetch(`${ends.server.url}/mcp`)).status).toBe(401);
    expect((await ends.fetch("/mcp")).status).toBe(405);
    const large = await ends.post("/mcp", { jsonrpc: "2.0", id: 1, method: "x".repeat(5_000_000) });
    expect([large.status, (await large.json()).jsonrpc]).toEqual([413, "2.0"]);
  });
});
