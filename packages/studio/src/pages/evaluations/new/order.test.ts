import { expect, test } from "vitest";
import { canBeScored, fieldsOf, lacksOf, newSystem, type OrderDraft, orderOf } from "./order.ts";

const draft: OrderDraft = {
  ...{ name: " notices ", source: "table", rows: [{ source: "a", reference: "b" }], columns: ["source", "reference"] },
  ...{ count: 20, examples: "", spanName: "", limit: 5, metrics: ["rouge1"] },
  systems: [{ ...newSystem("model", 1, ["source", "reference"]), model: "smollm2", name: "small" }],
};

test("a form becomes what `loam evaluate` reads from a file", () => {
  expect(orderOf(draft)).toEqual({
    name: "notices",
    dataset: { rows: [{ source: "a", reference: "b" }], limit: 5 },
    systems: [{ name: "small", model: "smollm2", prompt: "{{source}}" }],
    metrics: ["rouge1"],
  });
  expect(orderOf({ ...draft, source: "questions" }).dataset).toEqual({
    library: { rows: "questions", count: 20 },
    limit: 5,
  });
  expect(orderOf({ ...draft, source: "spans", spanName: "chat *", limit: undefined }).dataset).toEqual({
    trace: { last: 20, name: "chat *" },
  });
  const ask = newSystem("ask", 2, fieldsOf({ source: "questions", columns: [] }));
  expect(orderOf({ ...draft, systems: [ask] }).systems).toEqual([
    { name: "documents", ask: { question: "{{question}}" } },
  ]);
});

test("what is missing is told by its field", () => {
  expect(lacksOf(draft)).toEqual([]);
  expect(lacksOf({ ...draft, name: " ", rows: [], systems: [], metrics: [] })).toEqual([
    "name",
    "rows",
    "systems",
    "metrics",
  ]);
  const [system] = draft.systems;
  expect(lacksOf({ ...draft, systems: [system!, system!] })).toEqual(["names"]);
  expect(lacksOf({ ...draft, systems: [{ ...system!, model: "" }] })).toEqual(["systems"]);
});

test("metrics that lack what they need are known before anything runs", () => {
  expect(canBeScored(["reference"], draft)).toBe(true);
  expect(canBeScored(["goldPlaces"], draft)).toBe(false);
  expect(canBeScored(["goldPlaces"], { ...draft, source: "questions" })).toBe(true);
  expect(canBeScored(["contexts"], draft)).toBe(false);
});
