import { asc, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  chunks,
  conversations,
  documents,
  figures,
  messages,
  newId,
  openStore,
  pages,
  type Store,
  spans,
} from "../src/index.ts";
import { type StartedEngine, storeEngines } from "../src/testing/index.ts";

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(engine.name, () => {
    let started: StartedEngine;
    let store: Store;
    beforeAll(async () => {
      started = await engine.start();
      store = await openStore(await started.newStore());
    });
    afterAll(async () => {
      await store?.close();
      await started?.stop();
    });

    const addDocument = async () => {
      const id = newId("doc");
      const row = { id, name: "paper.pdf", contentHash: id, sizeBytes: 3e9, blobKey: `documents/${id}/original.pdf` };
      await store.db.insert(documents).values(row);
      return id;
    };

    test("a document is accepted with nothing done yet, and the same bytes only once", async () => {
      const id = await addDocument();
      const [row] = await store.db.select().from(documents).where(eq(documents.id, id));
      expect(row).toMatchObject({ status: "queued", pagesDone: 0, pageCount: 0, sizeBytes: 3e9, error: null });
      expect(Math.abs(row!.createdAt.getTime() - Date.now())).toBeLessThan(60_000);
      const again = { id: newId("doc"), name: "copy.pdf", contentHash: id, sizeBytes: 1, blobKey: "x" };
      await expect(store.db.insert(documents).values(again)).rejects.toMatchObject({ cause: { code: "23505" } });
    });

    test("a removed document takes its pages, figures and chunks along", async () => {
      const id = await addDocument();
      const figure = newId("fig");
      await store.db
        .insert(pages)
        .values({ documentId: id, number: 1, status: "text", widthPt: 612, heightPt: 792, content: { blocks: [] } });
      await store.db
        .insert(figures)
        .values({ id: figure, documentId: id, page: 1, kind: "drawing", box: [1, 2, 3, 4.5], content: {} });
      await store.db.insert(chunks).values({
        id: newId("chk"),
        documentId: id,
        ordinal: 0,
        kind: "figure",
        text: "a chart",
        headings: [],
        regions: [{ page: 1, box: [1, 2, 3, 4.5] }],
        figureId: figure,
        tokens: 2,
      });
      await store.db.delete(documents).where(eq(documents.id, id));
      const count = async (table: typeof pages | typeof figures | typeof chunks) =>
        await store.db.$count(table, eq(table.documentId, id));
      expect([await count(pages), await count(figures), await count(chunks)]).toEqual([0, 0, 0]);
    });

    test("a vector comes back bit for bit, as a plain Uint8Array", async () => {
      const id = await addDocument();
      const vector = Float32Array.from({ length: 512 }, (_, i) => Math.fround(Math.sin(i) / 3));
      const embedding = new Uint8Array(vector.buffer);
      const row = {
        id: newId("chk"),
        documentId: id,
        ordinal: 0,
        kind: "text",
        text: "t",
        headings: ["1"],
        regions: [],
      } as const;
      await store.db
        .insert(chunks)
        .values({ ...row, headings: ["1 Method"], regions: [], tokens: 1, embedder: "local:x", embedding });
      const [found] = await store.db.select().from(chunks).where(eq(chunks.documentId, id));
      expect(found!.embedding!.constructor).toBe(Uint8Array);
      expect(new Float32Array(found!.embedding!.slice().buffer)).toEqual(vector);
      expect(found!.headings).toEqual(["1 Method"]);
    });

    test("text that Postgres refuses is stored with U+FFFD in its place, in columns and in json", async () => {
      const id = newId("con");
      const messageId = newId("msg");
      await store.db.insert(conversations).values({ id, title: "nul \0 and half \ud83d" });
      const content = { deep: ["\0", "\udc00 tail", "\\u0000 is text", "图 3"] };
      await store.db
        .insert(messages)
        .values({ id: messageId, conversationId: id, ordinal: 0, role: "user", text: "\0", content });
      const [row] = await store.db.select().from(conversations).where(eq(conversations.id, id));
      expect(row!.title).toBe("nul \ufffd and half \ufffd");
      const [message] = await store.db.select().from(messages).where(eq(messages.id, messageId));
      expect(message!.content).toEqual({ deep: ["\ufffd", "\ufffd tail", "\\u0000 is text", "图 3"] });
    });

    test('json keeps the kind of every value: the string "12" is no number', async () => {
      const base = {
        traceId: newId("t"),
        name: "s",
        kind: "llm",
        startUs: 1_795_461_559_638_291,
        attributes: {},
        events: [],
      };
      const inputs = ["12", 12, "null", true, { a: [1.5, null] }, '"quoted"', []];
      await store.db.insert(spans).values(inputs.map((input, i) => ({ ...base, spanId: String(i), input })));
      const found = await store.db
        .select()
        .from(spans)
        .where(eq(spans.traceId, base.traceId))
        .orderBy(asc(spans.spanId));
      expect(found.map(({ input }) => input)).toEqual(inputs);
      expect(found[0]!.startUs).toBe(1_795_461_559_638_291);
    });

    test("a transaction that throws leaves nothing behind", async () => {
      const id = newId("con");
      const failing = store.db.transaction(async (tx) => {
        await tx.insert(conversations).values({ id });
        throw new Error("changed my mind");
      });
      await expect(failing).rejects.toThrow("changed my mind");
      expect(await store.db.$count(conversations, eq(conversations.id, id))).toBe(0);
    });

    test("relational queries and raw statements answer alike", async () => {
      const id = await addDocument();
      expect(await store.db.query.documents.findFirst({ where: eq(documents.id, id) })).toMatchObject({ id });
      const { rows } = await store.db.execute<{ n: number }>(sql`select 1 + 1 as n`);
      expect(rows).toEqual([{ n: 2 }]);
    });

    test.skipIf(engine.name === "embedded")(
      "a statement that gets no answer ends in time, and takes no other with it",
      async () => {
        const hasty = await openStore({ ...(await started.newStore()), databaseTimeoutSeconds: 0.5, poolSize: 2 });
        const away = { cause: { code: "unavailable", details: { service: "database" } } };
        const asleep = () => hasty.db.execute(sql`select pg_sleep(30)`);
        await expect(asleep()).rejects.toMatchObject(away);
        await expect(hasty.db.transaction((tx) => tx.execute(sql`select pg_sleep(30)`))).rejects.toMatchObject(away);
        const answers = await Promise.all([1, 2, 3, 4].map((n) => hasty.db.execute(sql`select ${n}::int as n`)));
        expect(answers.map(({ rows }) => rows[0])).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
        await hasty.close();
      },
    );

    test("closed and opened again, everything is there and nothing is migrated twice", async () => {
      const options = await started.newStore();
      const first = await openStore(options);
      const id = newId("con");
      await first.db.insert(conversations).values({ id });
      await first.close();
      await first.close();
      const second = await openStore(options);
      expect(await second.db.$count(conversations, eq(conversations.id, id))).toBe(1);
      await second.close();
    });
  });
}
