import { expect, test } from "vitest";
import { Slots } from "./slots.ts";

test("who waits goes on as slots come back, each owner in turn", async () => {
  const slots = new Slots({ count: 1, queueLimit: 10 });
  const order: string[] = [];
  const first = await slots.take({ owner: "ada" });
  const take = async (owner: string, name: string) => {
    const free = await slots.take({ owner });
    order.push(name);
    free();
  };
  const all = [take("ada", "ada 1"), take("ada", "ada 2"), take("bob", "bob 1"), take("bob", "bob 2")];
  first();
  await Promise.all(all);
  expect(order).toEqual(["bob 1", "ada 1", "bob 2", "ada 2"]);
});

test("a full queue refuses with 429 and says when to try again", async () => {
  const slots = new Slots({ count: 1, queueLimit: 1 });
  const free = await slots.take();
  const waiting = slots.take();
  await expect(slots.take()).rejects.toMatchObject({ status: 429, details: { retryAfterSeconds: 5 } });
  free();
  (await waiting)();
  (await slots.take())();
});

test("who is cancelled while waiting leaves the queue, and a slot given back twice counts once", async () => {
  const slots = new Slots({ count: 1, queueLimit: 1 });
  const free = await slots.take();
  const stop = new AbortController();
  const waiting = slots.take({ signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  free();
  free();
  const again = await slots.take();
  const next = slots.take();
  again();
  (await next)();
});
