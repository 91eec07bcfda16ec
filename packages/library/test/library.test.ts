import { openUseLite } from "@loam/models";
import { openDocument } from "@loam/pdf";
import { chunks, figures, openStore, pages, type Store, type StoreOptions } from "@loam/store";
import { type StartedEngine, storeEngines } from "@loam/store/testing";
import { listWork, runWorker } from "@loam/work";
import { count } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { writePdf } from "../../pdf/test/write-pdf.ts";
import { type Answer, type AnswerEvent, ingestKind, openLibrary } from "../src/index.ts";
import { StoredLibrary } from "../src/library/library.ts";

const lighthouse = await writePdf(
  [
    [
      "# The Lighthouse of Vestra",
      "The lighthouse of Vestra was built in 1874 by the engineer Ida Morell. It stands on a granite cliff at the northern end of the island.",
      "Its lamp can be seen from 42 kilometres away in clear weather. The keeper cleaned the lens every morning.",
    ],
    [
      "# Automation",
      "In 1987 the last keeper left and the lamp was automated. A solar battery of 18 kilowatt hours has powered it since.",
      "Visitors reach the tower by a path of 312 steps. The museum at its foot shows the old clockwork.",
    ],
  ],
  { title: "The Lighthouse of Vestra" },
);
const bees = await writePdf([
  ["# Wild Bees", "Mason bees nest in hollow stems. A female collects pollen from up to 90 flowers on one flight."],
]);

const embed = await openUseLite();
afterAll(() => embed.close());

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(`library on ${engine.name}`, () => {
    let started: StartedEngine;
    let options: StoreOptions;
    let store: Store;
    const open: { close(): Promise<void> }[] = [];
    beforeAll(async () => {
      started = await engine.start();
      options = await started.newStore();
      store = await openStore(options);
    });
    afterAll(async () => {
      await store?.close();
      await started?.stop();
    });
    afterEach(async () => {
      const library = await newLibrary();
      for (const { id } of await library.documents()) await library.remove(id);
      for (const item of open.splice(0).reverse()) await item.close();
    });

    async function newLibrary(on: Store = store) {
      const library = await openLibrary({ store: on, models: { embed } });
      open.push(library);
      return library;
    }

    test("a document is read, found and asked, and the answer is boxed by the lines that say it", async () => {
      const library = await newLibrary();
      const events: number[] = [];
      const added = await library.add(
        { name: "lighthouse.pdf", bytes: lighthouse },
        { onProgress: ({ done, total }) => events.push(done / total!) },
      );
      expect(added).toMatchObject({
        title: "The Lighthouse of Vestra",
        status: "ready",
        pageCount: 2,
        pagesDone: 2,
        pageStatuses: { text: 2, ocr: 0, empty: 0, failed: 0 },
        failedPages: [],
      });
      expect(events).toEqual([0, 0.5, 1]);

      const [hit] = await library.search("How is the lamp powered?", { k: 3 });
      expect(hit).toMatchObject({ document: added.id, chunk: { kind: "text", headings: ["Automation"] } });
      expect(hit!.chunk.regions[0]!.page).toBe(2);

      const answer = await library.ask("How many steps lead to the tower?").result;
      expect(answer).toMatchObject({ mode: "extractive", model: "local:extractive", removedCitations: 0 });
      const [sentence] = answer.sentences;
      expect(sentence!.text).toBe("Visitors reach the tower by a path of 312 steps.");
      const [citation] = sentence!.citations;
      expect(citation).toMatchObject({ document: added.id, page: 2, kind: "text", quote: sentence!.text });
      const page = await library.page(added.id, 2);
      const line = page.blocks.flatMap((block) => block.lines).find(({ text }) => text.includes("312 steps"))!;
      expect(citation!.box).toEqual(line.box);
    });

    test("what the documents do not say is refused, in the language of the question", async () => {
      const library = await newLibrary();
      await library.add({ name: "lighthouse.pdf", bytes: lighthouse });
      const english = await library.ask("What is the boiling point of mercury?").result;
      expect(english).toMatchObject({ mode: "refused", refusal: { missing: ["boiling", "mercury"] } });
      expect(english.answer).toBe("The documents do not answer this question. Not found: boiling, mercury.");
      expect(english.sentences[0]!.citations).toEqual([]);
      const chinese = await library.ask("汞的沸点是多少？").result;
      expect(chinese).toMatchObject({ mode: "refused", refusal: { missing: [] } });
      expect(chinese.answer).toBe("文档中没有找到这个问题的答案。");
    });

    test("events come in order and tell the whole answer", async () => {
      const library = await newLibrary();
      await library.add({ name: "lighthouse.pdf", bytes: lighthouse });
      const stream = library.ask("Who built the lighthouse?");
      const events: AnswerEvent[] = [];
      for await (const event of stream) events.push(event);
      expect(events[0]!.type).toBe("evidence");
      const answer: Answer = await stream.result;
      expect(events.at(-1)).toEqual({ type: "done", answer });
      expect(events.flatMap((e) => (e.type === "delta" ? [e.text] : [])).join("")).toBe(answer.answer);
      expect(events.flatMap((e) => (e.type === "sentence" ? [e.sentence] : []))).toEqual(answer.sentences);
      expect(answer.answer).toContain("Ida Morell");
    });

    test("a follow-up is understood from the conversation, which is kept", async () => {
      const library = await newLibrary();
      await library.add({ name: "lighthouse.pdf", bytes: lighthouse });
      const first = await library.ask("When was the lighthouse of Vestra built?").result;
      const second = await library.ask("And who built it?", { conversation: first.conversation }).result;
      expect(second.conversation).toBe(first.conversation);
      expect(second.answer).toContain("Ida Morell");
      const messages = await (await newLibrary()).conversation(first.conversation!);
      expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
      expect(messages[1]!.answer).toEqual(JSON.parse(JSON.stringify(first)));
      await expect(library.ask("And?", { conversation: "conv_none" }).result).rejects.toThrow(
        'conversation "conv_none" does not exist.',
      );
    });

    test("the same bytes are one document, under whatever name and however often at once", async () => {
      const library = await newLibrary();
      const records = await Promise.all(
        ["a.pdf", "b.pdf", "c.pdf"].map((name) => library.add({ name, bytes: lighthouse })),
      );
      expect(new Set(records.map(({ id }) => id)).size).toBe(1);
      expect(await library.documents()).toHaveLength(1);
    });

    test("filters choose before the best are taken", async () => {
      const library = await newLibrary();
      const a = await library.add({ name: "lighthouse.pdf", bytes: lighthouse });
      const b = await library.add({ name: "bees.pdf", bytes: bees });
      const query = "lighthouse lamp keeper";
      for (const mode of ["hybrid", "vector", "keyword"] as const) {
        const hits = await library.search(query, { mode, documents: [a.id], pages: [2, 2] });
        expect(hits.length).toBeGreaterThan(0);
        expect(hits.every((h) => h.document === a.id && h.chunk.regions.some(({ page }) => page === 2))).toBe(true);
      }
      expect(
        (await library.search(query, { mode: "vector", documents: [b.id] })).every((h) => h.document === b.id),
      ).toBe(true);
      expect(await library.search(query, { kinds: ["figure"] })).toEqual([]);
    });

    test("a removed document leaves nothing behind: rows, bytes and hits", async () => {
      const library = await newLibrary();
      const { id } = await library.add({ name: "lighthouse.pdf", bytes: lighthouse });
      const kept = await library.add({ name: "bees.pdf", bytes: bees });
      await library.remove(id);
      await expect(library.document(id)).rejects.toThrow(`document "${id}" does not exist.`);
      expect(await library.search("lighthouse of Vestra", { mode: "keyword" })).toEqual([]);
      for (const table of [pages, chunks, figures]) {
        const rows = await store.db.select({ document: table.documentId }).from(table);
        expect(rows.every(({ document }) => document === kept.id)).toBe(true);
      }
      const keys = [];
      for await (const key of store.blobs.list("documents/")) keys.push(key);
      expect(keys).toEqual([`documents/${kept.id}/original.pdf`]);
      const again = await library.add({ name: "lighthouse.pdf", bytes: lighthouse });
      expect(again.status).toBe("ready");
    });

    test("another library on the same store sees what is added and what is removed", async () => {
      const [one, two] = [await newLibrary(), await newLibrary()];
      expect(await two.search("mason bees")).toEqual([]);
      const { id } = await one.add({ name: "bees.pdf", bytes: bees });
      expect((await two.search("mason bees"))[0]!.document).toBe(id);
      await one.remove(id);
      expect(await two.search("mason bees")).toEqual([]);
    });

    test("a file that is no PDF fails with its reason on record, and the others go on", async () => {
      const library = await newLibrary();
      const outcomes = await Promise.allSettled([
        library.add({ name: "notes.pdf", bytes: new TextEncoder().encode("these are just notes ".repeat(50)) }),
        library.add({ name: "bees.pdf", bytes: bees }),
        library.add({ name: "nothing.pdf", bytes: new Uint8Array() }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected"]);
      const record = (await library.documents()).find(({ name }) => name === "notes.pdf")!;
      expect(record).toMatchObject({ status: "failed", error: { code: "not_a_pdf" } });
      expect(record.error!.message).toContain("notes.pdf");
    });

    test("reading that is broken off goes on at the page it had reached", async () => {
      const long = await writePdf(
        Array.from({ length: 9 }, (_, i) => [`# Part ${i + 1}`, `This page speaks of item number ${i + 1}.`]),
      );
      const read: number[] = [];
      const library = new StoredLibrary({
        store,
        models: { embed },
        openDocument: async (...args) => {
          const pdf = await openDocument(...args);
          return {
            info: pdf.info,
            renderPage: pdf.renderPage.bind(pdf),
            kind: pdf.kind,
            close: () => pdf.close(),
            readPage: (number, options) => {
              read.push(number);
              return pdf.readPage(number, options);
            },
          };
        },
      });
      open.push(library);
      const stop = new AbortController();
      const added = library.add(
        { name: "long.pdf", bytes: long },
        { signal: stop.signal, onProgress: ({ done }) => done === 4 && stop.abort() },
      );
      await expect(added).rejects.toThrow("was cancelled");
      const [broken] = await library.documents();
      expect(broken).toMatchObject({ status: "reading", pagesDone: 4 });
      expect(await library.pages(broken!.id)).toHaveLength(4);
      expect(await library.search("item number")).toEqual([]);

      read.length = 0;
      const done = await library.add({ name: "long.pdf", bytes: long });
      expect(done).toMatchObject({ id: broken!.id, status: "ready", pagesDone: 9 });
      expect(read).toEqual([5, 6, 7, 8, 9]);
      const [stored] = await store.db.select({ rows: count() }).from(chunks);
      expect(stored!.rows).toBeGreaterThan(0);
    });

    test("workers share the queue: every document is read, each by one of them", async () => {
      const stores = [store];
      if (store.role === "server") {
        stores.push(await openStore(options));
        open.push(stores[1]!);
      }
      const libraries = await Promise.all(stores.map((on) => newLibrary(on)));
      const files = await Promise.all(
        Array.from({ length: 6 }, (_, i) => writePdf([[`Document ${i} is about subject ${i}.`]])),
      );
      for (const [i, bytes] of files.entries()) {
        const record = await libraries[0]!.enqueue({ name: `${i}.pdf`, bytes });
        expect(record.status).toBe("queued");
      }
      await libraries[0]!.enqueue({ name: "broken.pdf", bytes: new TextEncoder().encode("%PDF-1.7 and no more") });
      for (const [i, library] of libraries.entries()) {
        const worker = runWorker(stores[i]!, [ingestKind(library, { concurrency: 2 })]);
        open.push({ close: () => worker.stop() });
      }
      await expect
        .poll(async () => (await libraries[0]!.documents()).map(({ status }) => status).sort(), { timeout: 120_000 })
        .toEqual(["failed", ...Array(6).fill("ready")]);
      // The work is done a moment after its document.
      await expect
        .poll(async () => {
          const works = await listWork(store, { kinds: ["ingest"] });
          return works.map(({ status, attempts }) => `${status} ${attempts}`).sort();
        })
        .toEqual(["failed 1", ...Array(6).fill("finished 1")]);
      expect((await libraries.at(-1)!.search("subject 3", { mode: "keyword" }))[0]!.chunk.text).toContain("subject 3");
    });

    test("a worker takes up what somebody who is gone had half read", async () => {
      const stop = new AbortController();
      const reading = (await newLibrary()).add(
        { name: "lighthouse.pdf", bytes: lighthouse },
        { signal: stop.signal, onProgress: () => stop.abort() },
      );
      await expect(reading).rejects.toThrow("was cancelled");
      const library = await newLibrary();
      const status = async () => (await library.documents()).map(({ status }) => status);
      expect(await status()).toEqual(["reading"]);
      const worker = runWorker(store, [ingestKind(library)]);
      open.push({ close: () => worker.stop() });
      await expect.poll(status, { timeout: 60_000 }).toEqual(["ready"]);
    });

    test("a page or figure that is not there is said to be so", async () => {
      const library = await newLibrary();
      const { id } = await library.add({ name: "bees.pdf", bytes: bees });
      await expect(library.page(id, 7)).rejects.toThrow(
        'page "7" does not exist. 1 of 1 pages of bees.pdf have been read.',
      );
      await expect(library.figureImage(id, "p1-f9")).rejects.toThrow('figure "p1-f9" does not exist.');
      expect(Buffer.from(await library.pageImage(id, 1, { dpi: 50 })).toString("latin1", 1, 4)).toBe("PNG");
      expect(await library.original(id)).toEqual(bees);
      await expect(library.search("x", { k: 0 })).rejects.toThrow("`k` is 0; expected a whole number from 1 to 1000.");
    });
  });
}
