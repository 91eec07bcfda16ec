import type { CitationJson } from "@loam/server";
import { expect, test } from "vitest";
import { applyAnswerEvent, newTurn, numberSources, toTurns } from "./turn.ts";

const cite = (page: number, quote: string, y = 10): CitationJson => ({
  document: "doc_1",
  page,
  box: [0, y, 100, y + 10],
  kind: "text",
  quote,
});

test("text that streams in gives way to the sentence it becomes", () => {
  let turn = newTurn("How much rain?");
  turn = applyAnswerEvent(turn, { type: "evidence", hits: [] });
  turn = applyAnswerEvent(turn, { type: "delta", text: "About 640" });
  turn = applyAnswerEvent(turn, { type: "delta", text: " mm." });
  expect(turn).toMatchObject({ state: "writing", pending: "About 640 mm.", evidenceCount: 0 });
  turn = applyAnswerEvent(turn, { type: "sentence", sentence: { text: "About 640 mm.", citations: [] } });
  expect(turn.pending).toBe("");
  expect(turn.sentences.map(({ text }) => text)).toEqual(["About 640 mm."]);
});

test("sources are numbered by first use, and the same place keeps its number", () => {
  const { sources, bySentence } = numberSources([
    { text: "A.", citations: [cite(2, "a"), cite(1, "b")] },
    { text: "B.", citations: [cite(1, "b")] },
    { text: "C.", citations: [] },
  ]);
  expect(bySentence).toEqual([[1, 2], [2], []]);
  expect(sources.map(({ citations }) => citations[0]!.page)).toEqual([2, 1]);
});

test("a quote over a page break is one source in two places", () => {
  const { sources, bySentence } = numberSources([
    { text: "A.", citations: [cite(2, "long", 700), cite(3, "long", 60)] },
  ]);
  expect(bySentence).toEqual([[1]]);
  expect(sources[0]!.citations.map(({ page }) => page)).toEqual([2, 3]);
});

test("a stored conversation comes back as turns", () => {
  const createdAt = "2026-01-01T00:00:00.000Z";
  const turns = toTurns([
    { role: "user", text: "Q1", createdAt },
    { role: "assistant", text: "A1", createdAt },
    { role: "user", text: "Q2", createdAt },
  ]);
  expect(turns.map(({ question, state, sentences }) => [question, state, sentences.length])).toEqual([
    ["Q1", "done", 1],
    ["Q2", "stopped", 0],
  ]);
});
