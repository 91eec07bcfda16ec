import { expect, test } from "vitest";
import { withinBudget } from "../src/index.ts";

const module = new URL("./budget-tasks.ts", import.meta.url);
const run = (name: string, input?: unknown, budget = {}) =>
  withinBudget({ module, name, what: `The task ${name}` }, input, { seconds: 20, memoryMiB: 256, ...budget });

test("a task within its budget answers", async () => {
  expect(await run("double", 21)).toBe(42);
});

test("what a task refuses is refused in its own words", async () => {
  await expect(run("refuse")).rejects.toMatchObject({ code: "bad_text", message: "The text is bad.", status: 400 });
});

test.each([
  ["spin", undefined],
  ["backtrack", `${"a".repeat(60)}!`],
])("%s ends when its seconds are used up, and the event loop goes on meanwhile", async (name, input) => {
  let turns = 0;
  const counting = setInterval(() => turns++, 10);
  await expect(run(name, input, { seconds: 1 })).rejects.toMatchObject({
    code: "budget_exceeded",
    status: 422,
    message: expect.stringContaining(`The task ${name} took more than 1 s, and was stopped.`),
  });
  clearInterval(counting);
  expect(turns).toBeGreaterThan(20);
});

test.each(["hoard", "hoardBuffers"])("%s ends when its memory is used up", async (name) => {
  await expect(run(name, undefined, { memoryMiB: 64 })).rejects.toMatchObject({
    code: "budget_exceeded",
    details: { used: "64 MiB of memory" },
  });
});

test("a task ends with the one who asked for it", async () => {
  await expect(run("spin", undefined, { signal: AbortSignal.timeout(300) })).rejects.toMatchObject({
    code: "cancelled",
  });
});
