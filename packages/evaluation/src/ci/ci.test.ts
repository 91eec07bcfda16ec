import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EvaluationSpec } from "../runs/spec.ts";
import { ciToMarkdown } from "./ci-report.ts";
import { ciToJunit } from "./junit.ts";
import { type CiSurroundings, type RunCiOptions, runCi } from "./run-ci.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loam-ci-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const numbers = Array.from({ length: 20 }, (_, i) => `number ${i}`);
const rows = numbers.map((text, i) => ({ id: `r${i}`, source: text, reference: text }));

/** Says what it is asked, or something else for the rows that are spoilt. */
function parrot(spoilt: readonly string[] = []) {
  const asked: string[] = [];
  const model: LanguageModelV4 = {
    specificationVersion: "v4",
    provider: "openai.chat",
    modelId: "parrot-1",
    supportedUrls: {},
    doGenerate: async ({ prompt }) => {
      const text = JSON.stringify(prompt.at(-1)!.content).match(/number \d+/)![0];
      asked.push(text);
      return {
        content: [{ type: "text", text: spoilt.includes(text) ? "nothing of it" : text }],
        finishReason: { unified: "stop", raw: "stop" },
        usage: {
          inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 2, text: 2, reasoning: 0 },
        },
        warnings: [],
      };
    },
    doStream: () => Promise.reject(new Error("not asked for")),
  };
  return { asked, surroundings: opening(() => model) };
}

const opening = (languageModel: () => LanguageModelV4): CiSurroundings => ({
  languageModel,
  judge: async () => undefined,
  embedder: async () => undefined,
});
const withoutKey = opening(() => {
  throw new Error("there is no key");
});

const specOf = (name: string, more: Partial<EvaluationSpec> = {}, prompt = "Say: {{source}}"): EvaluationSpec => ({
  name,
  folder,
  dataset: { rows },
  systems: [{ name: "parrot", model: "openai:parrot-1", prompt }],
  metrics: ["rouge1", "exactMatch"],
  ...more,
});
const gate = (name: string, surroundings: CiSurroundings, options: RunCiOptions = {}, spec = specOf(name)) =>
  runCi(spec, surroundings, options);

describe("answers", () => {
  test("are asked once; a changed prompt or row asks for what it changes, and going back costs nothing", async () => {
    const first = parrot();
    const start = await gate("once", first.surroundings, { update: true, commit: "c1" });
    expect([first.asked.length, start.made, start.recorded, start.updated]).toEqual([20, 20, 0, true]);

    const again = parrot();
    expect(await gate("once", again.surroundings)).toMatchObject({ made: 0, recorded: 20, updated: false });
    const shorter = specOf("once", {}, "{{source}}");
    await gate("once", again.surroundings, {}, shorter);
    expect(again.asked.length).toBe(20);
    await gate("once", again.surroundings, {}, shorter);
    await gate("once", again.surroundings);
    expect(again.asked.length).toBe(20);

    const rewritten = rows.map((row, i) => (i === 3 ? { ...row, source: "number 33" } : row));
    const { verdict } = await gate("once", again.surroundings, {}, specOf("once", { dataset: { rows: rewritten } }));
    expect(again.asked.slice(20)).toEqual(["number 33"]);
    expect(verdict.rows).toEqual({ same: 19, changed: 1 });
  });

  test("are enough where no key is; what was never asked there is said and fails", async () => {
    await gate("fork", parrot().surroundings, { update: true });
    for (const recordedOnly of [false, true]) {
      const there = await gate("fork", withoutKey, { recordedOnly });
      expect(there.verdict).toMatchObject({ passed: true, rows: { same: 20 } });
    }
    const other = await gate("fork", withoutKey, { recordedOnly: true }, specOf("fork", {}, "Quick: {{source}}"));
    expect(other.verdict.passed).toBe(false);
    expect(other.verdict.reasons.at(-1)).toMatch(
      /parrot failed on 20 of 20 rows, the first \(r0\): .*there is none for row r0/,
    );
    const answers = await readFile(join(other.folder, "answers.jsonl"), "utf8");
    expect(answers.trim().split("\n").length).toBe(20);
  });

  test("a record that a merge has broken is named with its line", async () => {
    const { folder: record } = await gate("broken", parrot().surroundings, { update: true });
    await writeFile(join(record, "answers.jsonl"), '{"key": 1}\n<<<<<<< HEAD\n');
    await expect(gate("broken", parrot().surroundings)).rejects.toThrow(/answers\.jsonl:2 is no JSON/);
  });
});

describe("the verdict", () => {
  test("one row of twenty that turns is noise, eight are a loss; an update accepts it, and history has both", async () => {
    await gate("loss", parrot().surroundings, { update: true, commit: "good" });
    // Another prompt, so that all is asked again.
    const one = await gate("loss", parrot(["number 4"]).surroundings, {}, specOf("loss", {}, "One: {{source}}"));
    expect(one.verdict).toMatchObject({ passed: true, reasons: [] });
    expect(one.verdict.standings[1]).toMatchObject({ outcome: "same", comparison: { losses: 1, ties: 19 } });

    const eight = specOf("loss", {}, "Eight: {{source}}");
    const spoilt = parrot(numbers.slice(0, 8)).surroundings;
    const lost = await gate("loss", spoilt, {}, eight);
    expect(lost.verdict.passed).toBe(false);
    // 8 losses, no win: 2 / 2^8 = 0.0078, twice that for two metrics.
    expect(lost.verdict.reasons[1]).toMatch(/^exactMatch of parrot got worse: 1 → 0\.6 over 20 rows, p = 0\.01\d$/);
    expect((await gate("loss", spoilt, { tolerance: 0.5 }, eight)).verdict.passed).toBe(true);

    const markdown = ciToMarkdown(lost.run, lost.verdict, lost.history);
    expect(markdown).toContain("## ❌ loss: failed");
    expect(markdown).toMatch(/exactMatch of parrot lost most on `r0` 1\.0000 → 0\.0000/);
    expect(markdown).toContain("| good |");
    const junit = ciToJunit(lost.run, lost.verdict);
    expect(junit).toContain('<testsuites name="loss" tests="3" failures="2">');
    expect(junit).toContain('<failure message="exactMatch of parrot got worse');

    expect(await gate("loss", spoilt, { update: true, commit: "bad" }, eight)).toMatchObject({ updated: true });
    const after = await gate("loss", spoilt, {}, eight);
    expect(after.verdict.passed).toBe(true);
    expect(after.history.map(({ commit, scores }) => [commit, scores.parrot!.exactMatch])).toEqual([
      ["good", 1],
      ["bad", 0.6],
    ]);
  });

  test("limits fail without a baseline, and such a run becomes none", async () => {
    const spec = specOf("limits", { failUnder: { exactMatch: 0.99 } });
    const { verdict, updated } = await gate("limits", parrot(["number 1"]).surroundings, { update: true }, spec);
    expect(verdict.reasons).toEqual(["exactMatch of parrot is 0.95, below 0.99"]);
    expect(updated).toBe(false);
    expect(verdict.remarks[0]).toContain("There is no baseline yet");
  });

  test("few rows are said to be too few", async () => {
    const few = { dataset: { rows: rows.slice(0, 4) } };
    await gate("few", parrot().surroundings, { update: true }, specOf("few", few));
    const { verdict } = await gate("few", parrot().surroundings, {}, specOf("few", few));
    expect(verdict.remarks).toEqual(["4 rows are too few to tell a loss from chance, even if every row got worse."]);
  });
});
