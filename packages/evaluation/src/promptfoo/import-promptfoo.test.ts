import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseEvaluationSpec, specToYaml } from "../runs/spec.ts";
import { importPromptfoo } from "./import-promptfoo.ts";

let folder: string;
const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loam-promptfoo-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("prompts, providers, tests and assertions become systems, rows and metrics; the rest is listed", async () => {
  await file(
    "chat.json",
    JSON.stringify([
      { role: "system", content: "Be brief." },
      { role: "user", content: "{{q}}" },
    ]),
  );
  await file(
    "more.csv",
    'q,__expected,__expected2\nCapital of Italy?,"icontains-any: Rome, Roma",grade: names a city\n',
  );
  const path = await file(
    "promptfooconfig.yaml",
    `description: Capitals
prompts:
  - "Answer: {{ q }}"
  - file://chat.json
  - "{% if q %}{{q}}{% endif %}"
providers:
  - openai:chat:gpt-5-mini
  - { id: anthropic:messages:claude-haiku-4-5, label: haiku, config: { temperature: 0.2, max_tokens: 50, apiKey: sk-secret, top_p: 1 } }
  - exec:python run.py
defaultTest:
  assert: [{ type: not-contains, value: sorry }, { type: latency, threshold: 100 }]
tests:
  - vars: { q: "Capital of {{c}}?", c: [France, Spain] }
    assert:
      - { type: contains, value: "{{c}}", weight: 2 }
      - { type: javascript, value: output.length < 5 }
      - { type: similar, value: Paris, threshold: 0.6, provider: x }
      - { type: is-json, value: { type: object } }
    options: { transform: output.trim() }
  - file://more.csv
sharing: true
`,
  );
  const { spec, rows, notImported } = await importPromptfoo(path);
  expect(spec.name).toBe("Capitals");
  expect(spec.metrics).toEqual(["assertions", "similarAssertions", "judgedAssertions"]);
  expect(spec.systems).toHaveLength(4);
  expect(spec.systems[3]).toEqual({
    name: "haiku, chat.json",
    model: "anthropic:claude-haiku-4-5",
    temperature: 0.2,
    maxOutputTokens: 50,
    prompt: "{{q}}",
    systemPrompt: "Be brief.",
  });
  expect(spec.systems[0]).toMatchObject({ model: "openai:gpt-5-mini", prompt: "Answer: {{ q }}" });
  expect(rows.map(({ c, q }) => [c, q])).toEqual([
    ["France", "Capital of France?"],
    ["Spain", "Capital of Spain?"],
    [undefined, "Capital of Italy?"],
  ]);
  expect(rows[1]!.assertions).toEqual([
    { type: "not-contains", value: "sorry" },
    { type: "contains", value: "Spain", weight: 2 },
    { type: "similar", value: "Paris", threshold: 0.6 },
    { type: "is-json", value: { type: "object" } },
  ]);
  expect(rows[2]!.assertions).toEqual([
    { type: "not-contains", value: "sorry" },
    { type: "icontains-any", value: ["Rome", "Roma"] },
    { type: "llm-rubric", value: "names a city" },
  ]);
  expect(notImported.map(({ at }) => at).sort()).toEqual(
    [
      "defaultTest.assert.1",
      "prompts.2",
      "providers.1.config.apiKey",
      "providers.1.config.top_p",
      "providers.2",
      "sharing",
      "tests.0.assert.1",
      "tests.0.assert.2.provider",
      "tests.0.options",
    ].sort(),
  );
  expect(JSON.stringify(notImported)).not.toContain("sk-secret");
  expect(notImported.find(({ at }) => at === "tests.0.assert.1")).toMatchObject({
    what: "javascript",
    reason: expect.stringContaining("runs code"),
  });
  // What is written can be read.
  const read = parseEvaluationSpec(specToYaml({ ...spec, dataset: { path: "rows.jsonl" } }));
  expect(read.systems).toEqual(spec.systems);
});

test("a configuration of which nothing can be run is refused, with why", async () => {
  const path = await file("none.yaml", "prompts: [a]\nproviders: [python:run.py]\n");
  await expect(importPromptfoo(path)).rejects.toThrow(
    /none of its prompts and providers can be run here: providers\.0/,
  );
  await expect(importPromptfoo(await file("other.yaml", "x: 1\n"))).rejects.toThrow("prompts: Invalid input");
  await expect(importPromptfoo(join(folder, "absent.yaml"))).rejects.toThrow("promptfoo configuration");
});
