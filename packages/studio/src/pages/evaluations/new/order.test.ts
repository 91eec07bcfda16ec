import { parseEvaluationSpec } from "@loam/evaluation";
import { expect, test } from "vitest";
import { canBeScored, fieldsOf, lacksOf, newSystem, type OrderDraft, orderOf, yamlOf } from "./order.ts";

const draft: OrderDraft = {
  ...{
    name: " notices ",
    source: "table",
    rows: [{ source: "a", reference: "b" }],
    table: "a b.csv",
    columns: ["source", "reference"],
  },
  ...{ count: 20, examples: "", spanName: "", limit: 5, metrics: ["rouge1"] },
  systems: [{ ...newSystem("model", 1, ["source", "reference"]), models: ["smollm2"], name: "small" }],
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

test("each model with each prompt is a system, and the YAML is what the command reads", () => {
  const [system] = draft.systems;
  const crossed = {
    ...draft,
    systems: [{ ...system!, models: ["a", "local:b"], prompts: ["{{source}}", "Say: {{source}}\n# twice"] }],
  };
  expect(orderOf(crossed).systems.map(({ name }) => name)).toEqual([
    "small · a · prompt 1",
    "small · a · prompt 2",
    "small · local:b · prompt 1",
    "small · local:b · prompt 2",
  ]);
  expect(lacksOf({ ...crossed, systems: [...crossed.systems, { ...system!, name: "small · a · prompt 1" }] })).toEqual([
    "names",
  ]);
  const { dataset, ...rest } = orderOf(crossed);
  expect(parseEvaluationSpec(yamlOf(crossed))).toMatchObject({ ...rest, dataset: { path: "a b.csv", limit: 5 } });
  const abstracts = { ...draft, source: "abstracts" as const };
  expect(parseEvaluationSpec(yamlOf(abstracts))).toMatchObject(orderOf(abstracts));
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
  expect(lacksOf({ ...draft, systems: [{ ...system!, models: [] }] })).toEqual(["systems"]);
});

test("metrics that lack what they need are known before anything runs", () => {
  expect(canBeScored(["reference"], draft)).toBe(true);
  expect(canBeScored(["goldPlaces"], draft)).toBe(false);
  expect(canBeScored(["goldPlaces"], { ...draft, source: "questions" })).toBe(true);
  expect(canBeScored(["contexts"], draft)).toBe(false);
});
