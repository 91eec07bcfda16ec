import { expect, test } from "vitest";
import { applyEvent, type SideBySideTurn } from "./use-side-by-side.ts";

const turn: SideBySideTurn = {
  id: 0,
  question: "?",
  columns: [null, "a"],
  answers: [
    { text: "", state: "loading" },
    { text: "", state: "loading" },
  ],
};

test("each event changes its own column", () => {
  const events = [
    { type: "delta", column: 1, text: "re" },
    { type: "delta", column: 1, text: "d" },
    { type: "done", column: 1, tokens: 4, seconds: 2, finishReason: "length" },
    { type: "error", column: 0, error: { code: "not_found", message: "gone" } },
  ] as const;
  const { answers } = events.reduce(applyEvent, turn);
  expect(answers).toEqual([
    { text: "", state: "failed", error: { code: "not_found", message: "gone" } },
    { text: "red", state: "done", tokens: 4, tokensPerSecond: 2, isCut: true },
  ]);
});
