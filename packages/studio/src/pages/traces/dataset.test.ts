import type { SpanJson } from "@loam/server";
import { expect, test } from "vitest";
import { toDataset } from "./dataset.ts";

const call = (question: string, answer: string | null) =>
  ({
    model: "tiny",
    attributes: {},
    input: [{ role: "user", content: question }],
    output: answer,
  }) as unknown as SpanJson;

test("each trace gives its last answered call, and the same conversation is kept once", () => {
  const traces = [
    { tree: [call("a", "early"), call("b", "late"), call("c", null)] },
    { tree: [call("b", "late")] },
    { tree: [{ ...call("d", "x"), model: null } as SpanJson] },
  ];
  const messages = [
    { role: "user", content: "b" },
    { role: "assistant", content: "late" },
  ];
  expect(toDataset(traces)).toBe(`${JSON.stringify({ messages })}\n`);
});
