import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openModel } from "../model/model.ts";
import { ChatTemplate } from "../tokenizers/chat-template.ts";
import { byteLevelBpeTokenizerJson } from "../tokenizers/from-vocabulary.ts";
import { mayBacktrack } from "../tokenizers/may-backtrack.ts";
import { Tokenizer, type TokenizerJson } from "../tokenizers/tokenizer.ts";
import { wordPatterns } from "../tokenizers/word-patterns.ts";

const source = join(import.meta.dirname, "../../golden/models/qwen2");

function copyOfQwen(): string {
  const folder = mkdtempSync(join(tmpdir(), "loam-hostile-"));
  for (const name of ["config.json", "model.safetensors"])
    cpSync(join(source, name), join(folder, name), { dereference: true });
  return folder;
}

const config = JSON.parse(readFileSync(join(source, "config.json"), "utf8"));

function withConfig(change: Record<string, unknown>): string {
  const folder = copyOfQwen();
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, ...change }));
  return folder;
}

test.each([
  ["num_hidden_layers", 1e9],
  ["num_hidden_layers", 0],
  ["num_hidden_layers", 2.5],
  ["num_attention_heads", 0],
  ["num_attention_heads", -1],
  ["num_key_value_heads", 1e12],
  ["head_dim", 4e9],
  ["hidden_size", 1e15],
  ["vocab_size", 2 ** 53],
  ["vocab_size", "many"],
  ["intermediate_size", [64]],
  ["max_position_embeddings", -4],
  ["sliding_window", 0],
])("a config whose %s is %j is refused by the field's name", async (field, value) => {
  await expect(openModel(withConfig({ [field]: value }))).rejects.toThrow(`\`${field}\``);
});

test.each([
  ["rope_scaling", "x"],
  ["rope_parameters", 7],
  ["layer_types", 5],
  ["model_type", "__proto__"],
  ["model_type", { a: 1 }],
])("a config whose %s is %j is bad input or makes no difference, never a bug", async (field, value) => {
  const error = await openModel(withConfig({ use_sliding_window: true, sliding_window: 8, [field]: value })).then(
    () => undefined,
    (error) => error,
  );
  if (error) expect(error).toMatchObject({ exitCode: 3, status: 400 });
});

test("shards outside the folder, weights that are a device or a pipe and JSON without an end are refused at once", async () => {
  for (const shard of ["../model.safetensors", "/etc/passwd", "a/../../x.safetensors", 7, ""]) {
    const folder = copyOfQwen();
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: { a: shard } }));
    await expect(openModel(folder)).rejects.toMatchObject({ code: "bad_index" });
  }
  const device = mkdtempSync(join(tmpdir(), "loam-hostile-"));
  symlinkSync("/dev/zero", join(device, "config.json"));
  await expect(openModel(device)).rejects.toMatchObject({ code: "not_a_file" });
  const pipe = mkdtempSync(join(tmpdir(), "loam-hostile-"));
  execFileSync("mkfifo", [join(pipe, "config.json")]);
  await expect(openModel(pipe)).rejects.toMatchObject({ code: "not_a_file" });
  const deep = copyOfQwen();
  writeFileSync(join(deep, "config.json"), `{"a":${"[".repeat(300_000)}${"]".repeat(300_000)}}`);
  await expect(openModel(deep)).rejects.toMatchObject({ exitCode: 3 });
  const pickled = copyOfQwen();
  execFileSync("mv", [join(pickled, "model.safetensors"), join(pickled, "pytorch_model.bin")]);
  await expect(openModel(pickled)).rejects.toMatchObject({ code: "unsupported_weights" });
});

test.each([
  ['{"a":null}', 'tensor "a" is null'],
  ["[1,2]", "the header is [1,2]"],
  ['{"a":{"dtype":"constructor","shape":[],"data_offsets":[0,0]}}', 'dtype "constructor"'],
  ['{"__metadata__":7}', "__metadata__ is 7"],
  ['{"a":{"dtype":"F32","shape":[9007199254740991,9007199254740991],"data_offsets":[0,4]}}', "takes"],
  ['{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', "shape [-1]"],
])("a safetensors header %s is refused", async (header, message) => {
  const folder = copyOfQwen();
  const bytes = Buffer.alloc(8 + header.length + 4);
  bytes.writeBigUInt64LE(BigInt(header.length), 0);
  bytes.write(header, 8);
  writeFileSync(join(folder, "model.safetensors"), bytes);
  await expect(openModel(folder)).rejects.toThrow(message);
});

const loops = "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}";
test.each([
  ["loops in loops", loops],
  ["loops that write", loops.replaceAll("%}{%", "%}x{%")],
  ["a list of a thousand million", "{% for i in range(1000000000) %}{% endfor %}"],
  [
    "a list that doubles",
    "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
  ],
  [
    "a text that doubles",
    "{% set ns = namespace(x='aaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
  ],
  ["a macro that calls itself", "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}"],
])("a chat template of %s is stopped", (_what, template) => {
  const start = performance.now();
  expect(() => new ChatTemplate(template).render([{ role: "user", content: "hello" }])).toThrow();
  expect(performance.now() - start).toBeLessThan(20_000);
});

test("a template nested 100,000 deep cannot be parsed; an honest one with every global is rendered", () => {
  expect(() => new ChatTemplate("{% if a %}".repeat(100_000) + "{% endif %}".repeat(100_000))).toThrow(
    "cannot be parsed",
  );
  const honest =
    "{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(5, 1, -2) %}{{ i }}{% endfor %}{{ strftime_now('%Y') | length }}{{ none is none }}";
  expect(new ChatTemplate(honest).render([])).toBe("01253" + "4true");
  const long = "{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}\n{% endfor %}";
  const turns = Array.from({ length: 3000 }, () => ({ role: "user", content: " word".repeat(300) }));
  expect(new ChatTemplate(long).render(turns)).toHaveLength(3000 * (9 + 1499));
});

function tokenizerThatSplits(pattern: string): TokenizerJson {
  const pieces = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const json = byteLevelBpeTokenizerJson(Object.fromEntries(pieces.map((piece, id) => [piece, id])), "");
  const pre_tokenizer = { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
  return { ...json, pre_tokenizer } as TokenizerJson;
}

test.each(["(a+)+$", "(a|a)*$", "([a-z]*)*\\d", "(?:a{1,}){1,}$", "a*a*a*a*a*a*a*a*a*$"])(
  "a tokenizer that cuts words by %s is stopped",
  (pattern) => {
    const tokenizer = new Tokenizer(tokenizerThatSplits(pattern));
    expect(() => tokenizer.encode(`${"a".repeat(pattern.startsWith("a*") ? 3000 : 48)}!`)).toThrow("was stopped");
  },
);

test("the patterns of known tokenizers are not watched", () => {
  for (const pattern of Object.values(wordPatterns)) expect(mayBacktrack({ Regex: pattern })).toBe(false);
  expect(mayBacktrack({ pre_tokenizer: { pattern: { Regex: "(a+)+$" } } })).toBe(true);
});

test.each([
  ["no list of added tokens", { added_tokens: null }],
  ["a vocabulary that is a number", { model: { type: "BPE", vocab: 3, merges: [] } }],
  ["a model of an unknown kind", { model: { type: "constructor", vocab: {} } }],
  ["a pattern that is none", { pre_tokenizer: { type: "Split", pattern: { Regex: "(" }, behavior: "Isolated" } }],
])("a tokenizer.json with %s is refused as such", (_what, change) => {
  const json = { ...tokenizerThatSplits("a"), ...change } as TokenizerJson;
  expect(() => new Tokenizer(json)).toThrow(expect.objectContaining({ code: "bad_tokenizer" }));
});
