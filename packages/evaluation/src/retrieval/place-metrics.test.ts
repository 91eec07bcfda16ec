import { expect, test } from "vitest";
import { scoreCorpus } from "../corpus/score-corpus.ts";
import { hitsBox, type Place, readPlaces, samePage } from "./place.ts";

const gold: Place = { document: "a.pdf", hash: "1", page: 2, box: [0, 0, 100, 10] };
const at = (page: number, box: Place["box"] = [0, 0, 200, 100], more: Partial<Place> = {}): Place => ({
  document: "a.pdf",
  hash: "1",
  page,
  ...(box && { box }),
  ...more,
});

test("a box hits when it holds half of the gold one or overlaps it by half; a hash tells documents before names do", () => {
  expect(hitsBox(at(2), gold)).toBe(true);
  expect(hitsBox(at(2, [0, 0, 49, 10]), gold)).toBe(false);
  expect(hitsBox(at(2, [0, 5, 100, 10]), gold)).toBe(true);
  expect(hitsBox(at(2, [0, 50, 100, 60]), gold)).toBe(false);
  expect(hitsBox(at(3), gold)).toBe(false);
  expect(samePage(at(2, undefined, { hash: "2" }), gold)).toBe(false);
  expect(samePage({ document: "renamed.pdf", hash: "1", page: 2 }, gold)).toBe(true);
  expect(samePage({ document: "b.pdf", page: 2 }, gold)).toBe(false);
  expect(samePage({ document: "a.pdf", page: 2 }, gold)).toBe(true);
});

test("hits, reciprocal ranks and citations; a system that names no places fails, and is no zero", async () => {
  const row = { prediction: "x", references: [], goldPlaces: [gold] };
  const metrics = ["pageHit1", "pageHit5", "pageMrr", "boxHit1", "boxHit3", "boxMrr", "citedPage", "citedBox"];
  const results = await scoreCorpus(
    [
      { ...row, places: [[at(1)], [at(2, [0, 50, 100, 60])], [at(1), at(2)]], citations: [at(2, [0, 50, 100, 60])] },
      { ...row, places: [], citations: [] },
      row,
    ],
    { metrics },
  );
  expect(Object.fromEntries(results.map(({ metric, values }) => [metric, values]))).toEqual({
    pageHit1: [0, 0, null],
    pageHit5: [1, 0, null],
    pageMrr: [0.5, 0, null],
    boxHit1: [0, 0, null],
    boxHit3: [1, 0, null],
    boxMrr: [1 / 3, 0, null],
    citedPage: [1, 0, null],
    citedBox: [0, 0, null],
  });
  expect(results[0]!.failures).toEqual([{ row: 2, reason: "the system did not say where its passages stand" }]);
});

test("places are read from one, a list or JSON, and what is none is said", () => {
  expect(readPlaces('{"page": 3}', "x")).toEqual([{ page: 3 }]);
  expect(readPlaces([{ page: 1, document: "a" }], "x")).toHaveLength(1);
  expect(() => readPlaces({ page: 0 }, "rows.csv, line 4")).toThrow(
    "rows.csv, line 4: not a place in a document: 0.page",
  );
});
