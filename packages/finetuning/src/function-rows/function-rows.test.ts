import { Rng } from "@loam/core";
import { describe, expect, test } from "vitest";
import { checkRow } from "../check/check-row.ts";
import { mismatches } from "../check/fits-schema.ts";
import { findContamination, requestKey } from "./contamination.ts";
import { firstCallRow } from "./from-sharegpt.ts";
import { rowsFromSpans } from "./from-spans.ts";
import { type FunctionRow, generateFunctionRows, refusal } from "./generate-rows.ts";
import { makeFunctionDataset } from "./make-dataset.ts";
import { namesIn, splitByFunction } from "./split-rows.ts";
import { heldOutTopics, topics } from "./topics/index.ts";
import { userFunction } from "./user-function.ts";

const callsOf = (row: FunctionRow) => {
  const last = row.messages.at(-1)!;
  return "tool_calls" in last ? last.tool_calls : [];
};

describe("made-up functions", () => {
  const rows = [...generateFunctionRows({ count: 600, seed: 3 })];

  test("every row is one that can be learned from, with calls that fit their schema", () => {
    for (const [i, row] of rows.entries()) expect(checkRow(row, i + 1)).toEqual([]);
  });

  test("the same seed gives the same rows, another one others", () => {
    expect([...generateFunctionRows({ count: 50, seed: 3 })]).toEqual(rows.slice(0, 50));
    expect([...generateFunctionRows({ count: 50, seed: 4 })]).not.toEqual(rows.slice(0, 50));
  });

  test("a quarter of the requests fits no function, some want two calls, and lists are read by several", () => {
    const share = (fits: (row: FunctionRow) => boolean) => rows.filter(fits).length / rows.length;
    expect(share((row) => callsOf(row).length === 0)).toBeGreaterThan(0.2);
    expect(share((row) => callsOf(row).length === 0)).toBeLessThan(0.34);
    expect(share((row) => callsOf(row).length === 2)).toBeGreaterThan(0.01);
    expect(new Set(rows.map((row) => JSON.stringify(row.tools))).size).toBe(100);
    for (const row of rows) if (callsOf(row).length === 0) expect(row.messages[1]!.content).toBe(refusal);
  });

  test("what is named in capitals or numbers stands in the request", () => {
    const copied = rows.flatMap((row) => {
      const request = String(row.messages[0]!.content).toLowerCase().replaceAll(",", "");
      return callsOf(row).flatMap(({ function: call }) =>
        Object.values(JSON.parse(call.arguments) as object).flatMap((value) =>
          typeof value === "number" && Number.isInteger(value) && value > 12
            ? [request.includes(String(value)) || request.includes("million") || request.includes("%")]
            : [],
        ),
      );
    });
    expect(copied.filter(Boolean).length / copied.length).toBeGreaterThan(0.98);
  });

  test("held-out functions share no name with those of training", () => {
    const words = (list: typeof topics) => new Set(list.map((topic) => topic.words.join(" ")));
    expect([...words(topics)].filter((one) => words(heldOutTopics).has(one))).toEqual([]);
    expect(topics.length).toBeGreaterThanOrEqual(56);
    expect(heldOutTopics.length).toBe(14);
    const heldOut = [...generateFunctionRows({ count: 100, seed: 3, split: "held-out", procedural: 0 })];
    const trained = new Set(rows.flatMap(namesIn));
    expect(heldOut.flatMap(namesIn).filter((name) => trained.has(name))).toEqual([]);
  });

  test("names of a benchmark do not occur", () => {
    const avoid = new Set(rows.slice(0, 100).flatMap(namesIn));
    const other = [...generateFunctionRows({ count: 100, seed: 3, avoid })];
    expect(other.flatMap(namesIn).filter((name) => avoid.has(name))).toEqual([]);
  });
});

describe("functions of one's own", () => {
  const letter = {
    name: "write_leave_letter",
    description: "Writes a letter that asks for leave",
    parameters: {
      type: "object",
      properties: {
        manager_name: { type: "string", description: "Name of the manager" },
        start_date: { type: "string", description: "First day", format: "date" },
        days: { type: "integer", minimum: 1, maximum: 30 },
        kind: { type: "string", enum: ["sick", "annual"] },
        address: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
      required: ["manager_name", "days"],
    },
  };

  test("requests have the values of their calls, and these fit the schema", () => {
    const made = userFunction(letter, { requests: ["Dear {manager_name}, I need {days} days off"] });
    const rng = new Rng(1);
    const drawn = Array.from({ length: 200 }, () => made.draw(rng));
    for (const { request, arguments: values } of drawn) {
      expect(mismatches(values, letter.parameters)).toEqual([]);
      expect(request).toContain(String(values.manager_name));
    }
    expect(drawn.some(({ request }) => request.includes("Dear "))).toBe(true);
    const { request, missing } = made.drawIncomplete!(rng)!;
    expect(["manager name", "days"]).toContain(missing);
    expect(request.length).toBeGreaterThan(5);
  });

  test("rows for them have refusals, distractors and questions for what is missing", () => {
    const other = {
      name: "book_room",
      description: "Books a meeting room",
      parameters: { type: "object", properties: { room: { type: "string" } }, required: ["room"] },
    };
    const { train, report } = makeFunctionDataset({
      count: 200,
      seed: 1,
      functions: [userFunction(letter), userFunction(other)],
      incomplete: 0.2,
    });
    expect(report.functions).toBe(2);
    expect(report.calls.none).toBeGreaterThan(50);
    expect(
      train.some(({ messages }) =>
        /^(What is|Please tell|Which) .*(manager name|days|room)/.test(String(messages[1]!.content)),
      ),
    ).toBe(true);
  });
});

describe("rows of other origin", () => {
  const tools = JSON.stringify([
    {
      name: "convert",
      parameters: { type: "object", properties: { to: { type: "string" }, amount: { type: "number" } } },
    },
  ]);
  const talk = (value: string, call: object) => ({
    conversations: [
      { from: "human", value },
      { from: "function_call", value: JSON.stringify(call) },
      { from: "observation", value: "{}" },
      { from: "gpt", value: "Done" },
    ],
    tools,
  });

  test("the first call of a conversation becomes a row, its arguments in the order of the schema", () => {
    const found = firstCallRow(
      talk("Convert 1,500 to EUR", { name: "convert", arguments: { amount: 1500, to: "EUR" } }),
    );
    expect("row" in found && callsOf(found.row)[0]!.function).toEqual({
      name: "convert",
      arguments: '{"to": "EUR", "amount": 1500}',
    });
    expect(firstCallRow(talk("Convert it", { name: "convert", arguments: { to: "EUR" } }))).toEqual({
      leftOut: "values that the request does not name",
    });
    expect(firstCallRow(talk("Convert to EUR", { name: "other", arguments: {} }))).toEqual({
      leftOut: "unknown function",
    });
    const legacy = {
      messages: [
        { role: "user", content: "to EUR" },
        { role: "assistant", content: null, function_call: { name: "convert", arguments: '{"to":"EUR"}' } },
      ],
      functions: JSON.parse(tools),
    };
    expect("row" in firstCallRow(legacy)).toBe(true);
  });

  test("recorded calls become rows, whatever form they were recorded in", () => {
    const span = (
      input: unknown,
      output: unknown,
      definitions: unknown = [{ type: "function", name: "add", parameters: {} }],
    ) => ({ attributes: { "gen_ai.tool.definitions": JSON.stringify(definitions) }, input, output }) as never;
    const parts = span(
      [{ role: "user", parts: [{ type: "text", content: "2+2" }] }],
      [{ role: "assistant", parts: [{ type: "tool_call", id: "c", name: "add", arguments: { a: 2 } }] }],
    );
    const plain = span([{ role: "user", content: "hi" }], [{ role: "assistant", content: "hello" }]);
    const { rows, leftOut } = rowsFromSpans([
      parts,
      plain,
      span([], []),
      span([{ role: "user", content: "x" }], [], []),
    ]);
    expect(leftOut).toBe(2);
    expect(rows[0]).toEqual({
      messages: [
        { role: "user", content: "2+2" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "add", arguments: '{"a":2}' } }],
        },
      ],
      tools: [{ type: "function", function: { name: "add", parameters: {} } }],
    });
    expect(rows[1]!.messages).toEqual([
      { role: "user", content: "hi" },
      { role: "assistant", content: "hello" },
    ]);
  });

  test("no function is on both sides of a split, and what a benchmark has is found", () => {
    const rows = [...generateFunctionRows({ count: 300, seed: 9 })];
    const { train, test: tested } = splitByFunction(rows, { share: 0.2, seed: 1 });
    expect(train.length + tested.length).toBe(300);
    expect(tested.length).toBeGreaterThan(20);
    const names = new Set(train.flatMap(namesIn));
    expect(tested.flatMap(namesIn).filter((name) => names.has(name))).toEqual([]);
    const request = String(rows[5]!.messages[0]!.content);
    const found = findContamination(rows, {
      functions: new Set([namesIn(rows[0]!)[0]!]),
      requests: new Set([requestKey(request.toUpperCase())]),
    });
    expect(found.map(({ kind }) => kind)).toContain("function");
    expect(found).toContainEqual({ row: 5, kind: "request", found: request });
  });
});
