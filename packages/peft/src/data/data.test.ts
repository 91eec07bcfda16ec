import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { chatSegments, type RenderChat } from "./chat-segments.ts";
import { newReport, readExamples } from "./dataset.ts";
import { encodeSegments, ignoreIndex } from "./encode.ts";
import { toExample } from "./example.ts";
import { collate, packRows } from "./pack.ts";
import { promptTemplate, renderExample } from "./prompt-template.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-data-"));
afterAll(() => rmSync(folder, { recursive: true }));
const alpacaRow = { instruction: "Name a colour.", input: "", output: "Blue." };

describe("examples", () => {
  test("the four formats are told from their fields", () => {
    expect(toExample(alpacaRow)).toEqual({ kind: "instruction", ...alpacaRow });
    expect(toExample({ text: "Once." })).toEqual({ kind: "text", text: "Once." });
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
    ];
    expect(toExample({ messages })).toEqual({ kind: "chat", messages });
    expect(
      toExample({
        conversations: [
          { from: "human", value: "Hi" },
          { from: "gpt", value: "Hello" },
        ],
      }),
    ).toEqual({ kind: "chat", messages });
  });

  test("ShareGPT's function calls become tool calls", () => {
    const example = toExample({
      conversations: [
        { from: "human", value: "Weather?" },
        { from: "function_call", value: '{"name": "weather", "arguments": {"city": "北京"}}' },
        { from: "observation", value: "sunny" },
        { from: "gpt", value: "Sunny." },
      ],
      tools: '[{"name": "weather"}]',
    });
    expect(example).toMatchObject({
      tools: [{ name: "weather" }],
      messages: [
        {},
        {
          role: "assistant",
          content: null,
          tool_calls: [{ function: { name: "weather", arguments: '{"city":"北京"}' } }],
        },
        { role: "tool" },
        {},
      ],
    });
  });

  test("a bad row says which field, what it holds and what it should", () => {
    expect(() => toExample({ instruction: "x", output: "" })).toThrow(
      '`output` is ""; expected text that is not empty.',
    );
    expect(() => toExample({ messages: [{ role: "user", content: "Hi" }] })).toThrow(
      "at least one assistant message to learn from",
    );
    expect(() => toExample({ question: "x" })).toThrow(
      '`fields` is ["question"]; expected instruction and output, messages, conversations, prompt and completion, or text.',
    );
  });
});

describe("datasets", () => {
  test("bad and repeated rows are counted, with file, line and reason", async () => {
    const path = join(folder, "rows.jsonl");
    writeFileSync(
      path,
      [alpacaRow, { instruction: "?", output: null }, alpacaRow].map((row) => JSON.stringify(row)).join("\n"),
    );
    const report = newReport();
    const examples = await Array.fromAsync(readExamples(path, { dedup: true }, report));
    expect(examples).toHaveLength(1);
    expect(report).toMatchObject({
      read: 3,
      kept: 1,
      duplicates: 1,
      skipped: 1,
      skippedRows: [{ line: 2, reason: "`output` is null; expected text that is not empty." }],
    });
    await expect(Array.fromAsync(readExamples(path, { onBadRow: "error" }))).rejects.toThrow(
      /rows\.jsonl, row 2: `output` is null/,
    );
  });

  test("a folder without a row to learn from is an error with the first reason", async () => {
    const path = join(folder, "none.jsonl");
    writeFileSync(path, '{"a":1}');
    await expect(Array.fromAsync(readExamples(path))).rejects.toThrow("1 read, 1 skipped. The first one,");
  });

  const alpaca = join(process.env.LOAM_DATA ?? join(import.meta.dirname, "../../../../../shared/data"), "alpaca");
  test.skipIf(!existsSync(alpaca))(
    "the whole Alpaca file is read: 52,002 rows, 28 of them without an answer (needs LOAM_DATA)",
    async () => {
      const report = newReport();
      for await (const _ of readExamples(join(alpaca, "alpaca_data.json"), {}, report));
      expect(report).toMatchObject({ read: 52_002, kept: 52_002 - report.skipped });
      expect(report.skipped).toBe(28);
    },
  );
});

describe("templates", () => {
  test("Alpaca's published prompt, with and without input; only the answer is supervised", () => {
    const segments = renderExample(
      { kind: "instruction", instruction: "Sort.", input: "3 1 2", output: "1 2 3" },
      promptTemplate("alpaca"),
    );
    expect(segments[0]).toEqual({
      supervised: false,
      text: expect.stringContaining("### Instruction:\nSort.\n\n### Input:\n3 1 2\n\n### Response:"),
    });
    expect(segments[1]).toEqual({ supervised: true, text: "1 2 3" });
    expect(renderExample({ kind: "instruction", ...alpacaRow }, promptTemplate("alpaca"))[0]!.text).not.toContain(
      "### Input:",
    );
  });

  test("a misspelt template names its nearest neighbour", () => {
    expect(() => promptTemplate("alpacca" as "alpaca")).toThrow('Did you mean "alpaca"?');
  });

  const chatMl: RenderChat = (messages, { addGenerationPrompt }) =>
    messages.map(({ role, content }) => `<${role}>${content}</s>`).join("") +
    (addGenerationPrompt ? "<assistant>" : "");

  test("in a chat every assistant turn is supervised with its end mark, unless its weight is 0", () => {
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b", weight: 0 },
      { role: "user", content: "c" },
      { role: "assistant", content: "d" },
    ] as const;
    expect(chatSegments({ kind: "chat", messages: [...messages] }, chatMl)).toEqual([
      { text: "<user>a</s><assistant>b</s><user>c</s><assistant>", supervised: false },
      { text: "d</s>", supervised: true },
    ]);
  });

  test("a template that does not write what is said is refused", () => {
    const rewriting: RenderChat = (messages) => `${messages.length} turns`;
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
    ] as const;
    expect(() => chatSegments({ kind: "chat", messages: [...messages] }, rewriting)).toThrow(
      "it leaves out what message 1 says",
    );
  });
});

describe("encoding and packing", () => {
  const encode = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));

  test("labels follow the supervised segments, an end mark is added, long rows are cut and counted", () => {
    const segments = [
      { text: "ab", supervised: false },
      { text: "cd", supervised: true },
    ];
    const { ids, labels, truncated } = encodeSegments(segments, encode, { eosId: 0, prefixIds: [1], maxTokens: 5 });
    expect([...ids]).toEqual([1, 97, 98, 99, 100]);
    expect([...labels]).toEqual([ignoreIndex, ignoreIndex, ignoreIndex, 99, 100]);
    expect(truncated).toBe(1);
  });

  test("first fit decreasing fills rows", () => {
    expect(packRows([5, 3, 2, 6, 1], 8)).toEqual([[3, 2], [0, 1], [4]]);
    expect(() => packRows([9], 8)).toThrow("`lengths[0]` is 9; expected at most T = 8.");
  });

  test("a packed row restarts positions, names segments and never predicts across examples", () => {
    const example = (ids: number[]) => ({ ids: Int32Array.from(ids), labels: Int32Array.from(ids), truncated: 0 });
    const batch = collate([[example([7, 8]), example([9, 10, 11])], [example([12])]], { padId: 0 });
    expect(batch).toMatchObject({ B: 2, T: 5, supervised: 3 });
    expect([...batch.ids]).toEqual([7, 8, 9, 10, 11, 12, 0, 0, 0, 0]);
    expect([...batch.labels]).toEqual([-100, 8, -100, 10, 11, -100, -100, -100, -100, -100]);
    expect([...batch.positions]).toEqual([0, 1, 0, 1, 2, 0, 0, 0, 0, 0]);
    expect([...batch.segments]).toEqual([1, 1, 2, 2, 2, 1, -1, -1, -1, -1]);
  });
});
