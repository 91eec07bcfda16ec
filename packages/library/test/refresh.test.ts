import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOpenAI } from "@ai-sdk/openai";
import { openUseLite } from "@loam/models";
import { type OpenAIServer, startOpenAIServer } from "@loam/providers/testing";
import { openStore, type Store } from "@loam/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LibraryModels, openLibrary, refreshOperation } from "../src/index.ts";

const paper = readFileSync(join(import.meta.dirname, "../../pdf/sample/loam-sample.pdf"));
const home = mkdtempSync(join(tmpdir(), "loam-refresh-"));
/** What the model claims to see in every picture: a word that the paper does not have. */
const reading = {
  kind: "bar chart",
  title: "Worms",
  axes: [],
  series: [],
  text: ["zanzibar"],
  trend: "Zanzibar beetles outnumber the worms.",
};

let says = "";
let store: Store;
let server: OpenAIServer;
const embed = await openUseLite();
beforeAll(async () => {
  store = await openStore({ home });
  server = await startOpenAIServer({ models: ["sees"], answer: () => says });
});
afterAll(async () => {
  await store?.close();
  await server?.close();
  await embed.close();
  rmSync(home, { recursive: true, force: true });
});

test("a vision model that is set after reading describes what was read before, and open indexes notice", async () => {
  const models: LibraryModels = { embed };
  const library = await openLibrary({ store, models });
  const elsewhere = await openLibrary({ store, models: { embed } }); // as another process has it
  const { id } = await library.add({ name: "paper.pdf", bytes: paper });
  const finds = async (one: typeof library) =>
    (await one.search("zanzibar beetles", { k: 5 })).some(({ chunk }) => chunk.text.includes("Zanzibar"));
  expect([await finds(library), await finds(elsewhere)]).toEqual([false, false]);

  const before = await library.refreshable();
  expect(before.documents).toBe(1);
  expect(before.figures).toBeGreaterThan(1);
  await expect(library.refresh()).rejects.toThrow(/no model plays this role.*loam models shelf/);
  await expect(library.refresh({ document: "doc_none" })).rejects.toMatchObject({ code: "not_found" });

  // A model that does not do it is said to be away, and every figure keeps its words.
  const kept = await library.figures(id);
  says = "I cannot help with pictures.";
  const openai = createOpenAI({ apiKey: "test", baseURL: server.url });
  models.vision = openai.chat("sees");
  await expect(library.refresh()).rejects.toMatchObject({ code: "unavailable" });
  expect(await library.figures(id)).toEqual(kept);

  says = JSON.stringify(reading);
  models.vision = openai.chat("sees"); // as the settings do it, while the library is open
  const events: number[] = [];
  const progress = ({ done, total }: { done: number; total?: number }) => events.push(done / total!);
  const done = await refreshOperation.call(library, {}, { progress });
  expect(done).toEqual({ described: before.figures, failed: 0, documents: 1 });
  expect([events[0], events.at(-1)]).toEqual([0, 1]);
  expect(await library.refreshable()).toEqual({ figures: 0, documents: 0 });
  const described = (await library.figures(id)).filter(({ description }) => description?.source === "vision");
  expect(described).toHaveLength(before.figures);
  expect([await finds(library), await finds(elsewhere)]).toEqual([true, true]);
  const passages = await library.passages(id);
  expect(new Set(passages.map(({ chunk }) => chunk.id)).size).toBe(passages.length);

  // Nothing is left to do, so nothing is asked.
  const asked = server.requests.length;
  expect(await library.refresh()).toEqual({ described: 0, failed: 0, documents: 0 });
  expect(server.requests.length).toBe(asked);
});
