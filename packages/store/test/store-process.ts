import { createInterface } from "node:readline";
import { LoamError } from "@loam/core";
import { conversations, newId, openStore } from "../src/index.ts";

/** A process beside the tests: `store-process.ts MODE HOME`. Prints one JSON line per event. */
const [mode, home] = process.argv.slice(2);
const print = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const store = await openStore({ home, databaseUrl: "", blobUrl: "" });
const titles = (await store.db.select().from(conversations)).map(({ title }) => title);

if (mode === "insert") {
  print({ role: store.role, titles });
  const title = store.role === "owner" ? "from an owner" : "from the other";
  await store.db.insert(conversations).values({ id: newId("con"), title });
  print({ inserted: title });
  // An owner stays for the others until it is killed.
  if (store.role === "owner") setInterval(() => {}, 1000);
  else await store.close();
} else if (mode === "hold") {
  print({ role: store.role });
  for await (const _word of createInterface({ input: process.stdin })) {
    const error = await store.db
      .select()
      .from(conversations)
      .then(
        () => undefined,
        (caught) => (caught.cause instanceof LoamError ? caught.cause.code : String(caught)),
      );
    print({ error });
  }
} else if (mode === "begin") {
  print({ role: store.role });
  await store.db.transaction(async (tx) => {
    await tx.insert(conversations).values({ id: newId("con") });
    print({ begun: true });
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
} else if (mode === "write") {
  // Each id is printed once its row is acknowledged.
  for (let n = 0; ; n++) {
    const id = newId("con");
    if (n % 3 === 0) await store.db.transaction(async (tx) => await tx.insert(conversations).values({ id }));
    else await store.db.insert(conversations).values({ id, title: "x".repeat(n % 5000) });
    await store.blobs.put(`rows/${id}`, Buffer.from(id.repeat(100)));
    print({ id });
  }
} else if (mode === "fill") {
  for (;;) {
    const id = newId("con");
    // Random letters: what repeats is compressed away.
    const title = Array.from({ length: 4000 }, () => newId("x")).join("");
    try {
      await store.db.insert(conversations).values({ id, title });
    } catch (error) {
      print({ failed: String((error as Error).cause ?? error) });
      process.exit(0);
    }
    print({ id });
  }
} else if (mode === "blob") {
  await store.blobs.put("big/blob", new Uint8Array(4_000_000)).catch(async (error) => {
    const left: string[] = [];
    for await (const key of store.blobs.list()) left.push(key);
    print({ code: error.code, message: error.message, left });
  });
  await store.close();
}
