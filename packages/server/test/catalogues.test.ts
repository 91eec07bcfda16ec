import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CatalogueJson, RecommendationJson, StoredSummaryJson } from "../src/index.ts";
import { startTestServer, type TestServer } from "./running.ts";

const sample = join(import.meta.dirname, "../../recommend/sample");

describe("catalogues and summaries over HTTP", () => {
  let server: TestServer;
  let catalogue: CatalogueJson;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server?.end());

  const post = (path: string, body: unknown) =>
    fetch(`${server.url}/api${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const recommend = async (body: unknown): Promise<RecommendationJson[]> => {
    const response = await post(`/catalogues/${catalogue.id}/recommend`, body);
    expect(response.status).toBe(200);
    return ((await response.json()) as { recommendations: RecommendationJson[] }).recommendations;
  };

  async function upload(name: string, bytes: Uint8Array): Promise<Response> {
    const form = new FormData();
    form.append("file", new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
    return await fetch(`${server.url}/api/catalogues`, { method: "POST", body: form });
  }

  test("a table is imported; one without titles is refused with its columns", async () => {
    const response = await upload("books.csv", await readFile(join(sample, "books.csv")));
    expect(response.status).toBe(201);
    catalogue = (await response.json()) as CatalogueJson;
    expect(catalogue).toMatchObject({ name: "books", items: 30, embedded: 0 });
    const refused = await upload("odd.csv", new TextEncoder().encode("heading,by\nSolaris,Lem\n"));
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { code: "no_title_column", message: expect.stringContaining('"heading", "by"') },
    });
    expect(await (await fetch(`${server.url}/api/catalogues`)).json()).toHaveLength(1);
  });

  test("recommends by text and by book, with matches, within filters", async () => {
    const [first] = await recommend({ query: "robots and loneliness", n: 3 });
    expect(first).toMatchObject({ book: { title: "The Lamp Keeper's Machine" }, basis: "words" });
    expect(first!.matches).toContainEqual({ field: "tag", text: "robots" });
    const found = await recommend({ similarTo: "9", filters: { years: [1990, 2000] } });
    for (const { book } of found) expect(book.year).toBeGreaterThanOrEqual(1990);
    const facets = await (await fetch(`${server.url}/api/catalogues/${catalogue.id}/facets`)).json();
    expect(facets).toMatchObject({
      years: [1987, 2020],
      languages: expect.arrayContaining([{ name: "en", items: 22 }]),
    });
  });

  test("feedback counts with the next request", async () => {
    const before = await recommend({ query: "kings and magic" });
    const disliked = before[0]!.book.id;
    expect((await post(`/catalogues/${catalogue.id}/feedback`, { item: disliked, kind: "dislike" })).status).toBe(200);
    expect((await recommend({ query: "kings and magic" })).map(({ book }) => book.id)).not.toContain(disliked);
    const said = await (await fetch(`${server.url}/api/catalogues/${catalogue.id}/feedback`)).json();
    expect(said).toMatchObject([{ book: { id: disliked }, kind: "dislike" }]);
    expect((await post(`/catalogues/${catalogue.id}/feedback`, { item: "none", kind: "like" })).status).toBe(404);
  });

  test("a removed catalogue is gone", async () => {
    const gone = await fetch(`${server.url}/api/catalogues/${catalogue.id}`, { method: "DELETE" });
    expect(gone.status).toBe(200);
    expect((await post(`/catalogues/${catalogue.id}/recommend`, { query: "sea" })).status).toBe(404);
  });

  test("a summary streams in, is scored against the abstract and kept until it is deleted", {
    timeout: 90_000,
  }, async () => {
    const { id } = await server.library.add(join(import.meta.dirname, "../../pdf/sample/loam-sample.pdf"));
    const response = await post(`/documents/${id}/summaries`, { words: 80 });
    const events = (await response.text())
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice(6)) as { type: string; summary?: StoredSummaryJson });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(["sentence", "scoring", "done"]));
    const { summary } = events.at(-1)!;
    expect(summary).toMatchObject({ mode: "extractive", document: id, asked: { words: 80 } });
    expect(summary!.scores!.scores.rouge1.f).toBeGreaterThan(0.1);
    expect(summary!.scores!.scores.bertScore.f).toBeGreaterThan(0.2);
    const kept = (await (await fetch(`${server.url}/api/summaries`)).json()) as StoredSummaryJson[];
    expect(kept).toEqual([summary]);
    await fetch(`${server.url}/api/summaries/${summary!.id}`, { method: "DELETE" });
    expect(await (await fetch(`${server.url}/api/summaries`)).json()).toEqual([]);

    // Whoever asked has gone: it is made all the same.
    const leaving = new AbortController();
    await fetch(`${server.url}/api/documents/${id}/summaries`, {
      ...{ method: "POST", headers: { "content-type": "application/json" }, body: "{}", signal: leaving.signal },
    });
    leaving.abort();
    const list = async () => (await (await fetch(`${server.url}/api/summaries`)).json()) as StoredSummaryJson[];
    await expect.poll(async () => (await list()).length, { timeout: 60_000 }).toBe(1);
  });
});
