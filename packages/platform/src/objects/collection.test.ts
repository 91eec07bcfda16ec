import { openStore, type Store } from "@loam/store";
import { type StartedEngine, storeEngines } from "@loam/store/testing";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Collection } from "./collection.ts";

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(`a collection on ${engine.name}`, () => {
    let started: StartedEngine;
    let store: Store;
    let things: Collection<{ text: string }>;
    beforeAll(async () => {
      started = await engine.start();
      store = await openStore(await started.newStore());
      things = new Collection(store.db, "assistant");
    });
    afterAll(async () => {
      await store?.close();
      await started?.stop();
    });
    const fill = async (project: string, count: number) =>
      await things.insertMany(Array.from({ length: count }, (_, i) => ({ project, body: { text: `${i}` } })));
    const texts = (page: { data: { body: { text: string } }[] }) => page.data.map((row) => row.body.text).join("");

    test("pages follow the order of making in both directions", async () => {
      const rows = await fill("order", 5);
      const page = (query: object) => things.page("order", { limit: 2, order: "desc", ...query });
      expect(texts(await page({}))).toBe("43");
      expect(texts(await page({ after: rows[3]!.id }))).toBe("21");
      expect(await page({ after: rows[1]!.id })).toMatchObject({ hasMore: false });
      expect(texts(await page({ order: "asc", after: rows[0]!.id }))).toBe("12");
      expect(texts(await page({ order: "asc", before: rows[3]!.id }))).toBe("12");
      expect(texts(await page({ before: rows[1]!.id }))).toBe("32");
      expect(texts(await page({ before: rows[0]!.id, after: rows[4]!.id, limit: 9 }))).toBe("321");
    });

    test("a page goes on behind an object that is gone, and what came meanwhile moves nothing", async () => {
      const rows = await fill("moving", 6);
      const first = await things.page("moving", { limit: 2, order: "desc" });
      expect(texts(first)).toBe("54");
      await fill("moving", 3);
      await things.remove("moving", first.data[1]!.id);
      const second = await things.page("moving", { limit: 9, order: "desc", after: rows[4]!.id });
      expect(texts(second)).toBe("3210");
    });

    test("an unknown place is named, and so is one of another project", async () => {
      const [foreign] = await fill("theirs", 1);
      for (const after of ["asst_nope", foreign!.id]) {
        await expect(things.page("mine", { limit: 2, order: "asc", after })).rejects.toThrow(after);
      }
    });

    test("what belongs to another project is not there", async () => {
      const [row] = await fill("a", 1);
      await expect(things.get("b", row!.id)).rejects.toMatchObject({ status: 404 });
      await expect(things.remove("b", row!.id)).rejects.toMatchObject({ status: 404 });
      await expect(things.update("b", row!.id, { status: "x" })).rejects.toMatchObject({ status: 404 });
      expect((await things.get("a", row!.id)).body.text).toBe("0");
    });

    test("what is added under a condition is as anything else", async () => {
      const object = { project: "if", metadata: { a: "b" }, status: "open", body: { text: "\0\u{1F30A}" } };
      const row = await things.insertWhere(object, sql`true`);
      expect(await things.get("if", row!.id)).toEqual({ ...row, body: { text: "\uFFFD\u{1F30A}" } });
      expect(await things.insertWhere(object, sql`false`)).toBeUndefined();
    });

    test("a thing goes with all that belongs to it", async () => {
      const [parent] = await fill("tree", 1);
      const child = await things.insert({ project: "tree", parentId: parent!.id, body: { text: "child" } });
      const grandchild = await things.insert({ project: "tree", parentId: child.id, body: { text: "grandchild" } });
      await things.remove("tree", parent!.id);
      for (const { id } of [parent!, child, grandchild]) expect(await things.find("tree", id)).toBeUndefined();
    });

    test("a key stands for one object, until that is removed", async () => {
      const make = () => things.insertOnce({ project: "keys", key: "k", body: { text: "one" } });
      const [first, second] = [await make(), await make()];
      expect([first.isNew, second.isNew, second.row.id]).toEqual([true, false, first.row.id]);
      await things.remove("keys", first.row.id);
      expect((await make()).isNew).toBe(true);
    });

    test("changes of one object come one after another, and none is lost", async () => {
      const row = await things.insert({ project: "race", body: { text: "" } });
      const add = () => things.update("race", row.id, ({ body }) => ({ body: { text: `${body.text}x` } }));
      await Promise.all(Array.from({ length: 20 }, add));
      expect(await things.get("race", row.id)).toMatchObject({ body: { text: "x".repeat(20) }, version: 21 });
    });

    test("lists narrow by state, pairs and fields", async () => {
      await things.insert({ project: "match", status: "open", metadata: { tag: "a" }, body: { text: "one" } });
      await things.insert({ project: "match", status: "shut", metadata: { tag: "b" }, body: { text: "two" } });
      const list = async (match: object) => texts(await things.page("match", { limit: 9, order: "asc" }, match));
      expect(await list({ status: "open" })).toBe("one");
      expect(await list({ status: ["open", "shut"] })).toBe("onetwo");
      expect(await list({ metadata: { tag: "b" } })).toBe("two");
      expect(await list({ body: { text: "two" } })).toBe("two");
      expect(await things.countByStatus("match")).toEqual(
        new Map([
          ["open", 1],
          ["shut", 1],
        ]),
      );
    });
  });
}
