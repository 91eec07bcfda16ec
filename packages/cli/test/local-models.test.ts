import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { readSafetensors, writeSafetensors } from "@loam/formats";
import { tinyChatModel } from "@loam/models/testing";
import { openStore, type Store } from "@loam/store";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { goldenFolder } from "../../models/test/golden.ts";
import { type RunOptions, runLoam } from "./run-loam.ts";

// Each command is a process of its own.
vi.setConfig({ testTimeout: 180_000 });

let home: string;
let store: Store;
const model = tinyChatModel();
const loam = (args: string[], options: Partial<RunOptions> = {}) => runLoam(args, { home, ...options });

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "loam-local-"));
  store = await openStore({ home });
});
afterAll(async () => {
  await store.close();
  for (const folder of [home, model]) rmSync(folder, { recursive: true, force: true });
});

describe("loam chat", () => {
  test("answers once, for a program; the same seed on the standard input gives the same text; each turn is a trace", async () => {
    const settings = ["--max-tokens", "12", "--temperature", "1", "--seed", "7"];
    const [asJson, asText] = await Promise.all([
      loam(["chat", model, "Hello", ...settings, "--json"]),
      loam(["chat", model, ...settings], { input: "Hello\n" }),
    ]);
    expect(asJson.stderr).toBe("");
    expect(asJson.json()).toMatchObject({
      model: `local:${model}`,
      finishReason: "length",
      outputTokens: 12,
      trace: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(asText).toMatchObject({ exitCode: 0, stdout: `${asJson.json().text}\n` });
    const trace = (await loam(["trace", "show", asJson.json().trace, "--json"])).json();
    expect(trace).toMatchObject({ name: "chat turn", modelCalls: 1, outputTokens: 12, costUsd: 0 });
  });

  test("what is missing or wrong is said before any model is read", async () => {
    const results = await Promise.all([
      loam(["chat", model], { input: "" }),
      loam(["chat", "./nowhere", "Hello"]),
      loam(["chat", "openai:gpt-5", "Hello", "--adapter", "x"]),
      loam(["chat", model, "x", "--temperature", "warm"]),
    ]);
    expect(results.map(({ exitCode, stderr }) => [exitCode, stderr.split("\n")[0]])).toEqual([
      [2, '`prompt` is ""; expected something to say. Give it in quotes, or on the standard input.'],
      [4, 'model "./nowhere" does not exist. Check the path, or give a hub id such as Qwen/Qwen2.5-0.5B-Instruct.'],
      [2, '`adapter` is "x"; expected a local model. Adapters attach to models on this machine.'],
      [2, expect.stringContaining("expected a number from 0 to 10")],
    ]);
  });
});

describe("loam models", () => {
  test("ls, info and rm know what lies in the hub's cache", async () => {
    const env = { HF_HOME: join(home, "hf"), HF_ENDPOINT: "http://127.0.0.1:9" };
    const snapshot = join(env.HF_HOME, "hub/models--tiny--chat/snapshots/0123456789");
    mkdirSync(snapshot, { recursive: true });
    cpSync(model, snapshot, { recursive: true });
    const [ls, info, absent, pull] = await Promise.all([
      loam(["models", "ls", "--json"], { env }),
      loam(["models", "info", model, "--json"], { env }),
      loam(["models", "rm", "tiny/chad", "--yes"], { env }),
      loam(["models", "pull", "tiny/other"], { env }),
    ]);
    expect(ls.json()).toMatchObject([{ id: "tiny/chat", path: snapshot }]);
    expect(info.json()).toMatchObject({ architecture: "qwen2", kind: "decoder", tokenizer: true, chatTemplate: true });
    expect(info.json().parameters).toBeGreaterThan(10_000);
    expect(absent).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('Did you mean "tiny/chat"?') });
    expect(pull).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("HF_ENDPOINT") });
    expect((await loam(["models", "rm", "tiny/chat"], { env })).exitCode).toBe(2);
    expect((await loam(["models", "rm", "tiny/chat", "--yes", "--json"], { env })).json()).toEqual({
      removed: ["tiny/chat"],
    });
    expect(await loam(["models", "ls"], { env })).toMatchObject({ exitCode: 0, stdout: "" });
  });
});

describe("loam forward", () => {
  test("writes the recorded logits and hidden states of the reference", async () => {
    const folder = join(goldenFolder("models"), "qwen2");
    const { tensors } = await readSafetensors(join(folder, "golden.safetensors"));
    const [input, output] = [join(home, "in.safetensors"), join(home, "out.safetensors")];
    const names = ["input_ids", "attention_mask", "position_ids"].filter((name) => tensors.has(`right/${name}`));
    await writeSafetensors(
      input,
      names.map((name) => [name, tensors.get(`right/${name}`)!] as const),
    );
    const done = await loam(["forward", folder, "--input", input, "--output", output, "--json"]);
    expect(done.stderr).toBe("");
    const written = (await readSafetensors(output)).tensors;
    const mask = [...(tensors.get("right/attention_mask")!.data as BigInt64Array)];
    for (const name of ["logits", "hidden_states"]) {
      const [got, expected] = [written.get(name)!, tensors.get(`right/${name}`)!];
      expect(got.shape).toEqual(expected.shape);
      expect(done.json().tensors[name]).toEqual(expected.shape);
      const width = expected.shape.at(-1)!;
      let worst = 0;
      for (const [i, x] of (expected.data as Float32Array).entries())
        if (mask[Math.floor(i / width) % mask.length] === 1n)
          worst = Math.max(worst, Math.abs(x - Number(got.data[i])));
      expect(worst, name).toBeLessThan(1e-4);
    }
  });

  test("an adapter changes them, beside the weights as much as folded into them", async () => {
    const adapter = await makeLora(join(home, "lora"));
    const input = join(home, "ids.safetensors");
    await writeSafetensors(input, [
      ["input_ids", { dtype: "I64", shape: [1, 4], data: BigInt64Array.of(5n, 6n, 7n, 8n) }],
    ]);
    const logits = async (name: string, args: string[]) => {
      const output = join(home, `${name}.safetensors`);
      const { exitCode, stderr } = await loam(["forward", model, "--input", input, "--output", output, ...args]);
      expect([exitCode, stderr]).toEqual([0, ""]);
      return [...((await readSafetensors(output)).tensors.get("logits")!.data as Float32Array)];
    };
    const [base, attached, merged, chat, wrong] = await Promise.all([
      logits("base", []),
      logits("attached", ["--adapter", adapter]),
      logits("merged", ["--adapter", adapter, "--merge"]),
      loam(["chat", model, "Hello", "--adapter", adapter, "--max-tokens", "4", "--json"]),
      loam(["forward", model, "--input", input, "--output", join(home, "x"), "--merge"]),
    ]);
    const farthest = (a: number[], b: number[]) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
    expect(farthest(base, attached)).toBeGreaterThan(1e-3);
    expect(farthest(attached, merged)).toBeLessThan(1e-4);
    expect(chat.json()).toMatchObject({ model: `local:${model}+${adapter}`, outputTokens: 4 });
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Give --adapter FOLDER") });
  });
});

/** A LoRA adapter with random numbers on the queries and values of the tiny model. */
async function makeLora(folder: string): Promise<string> {
  const { adapterMethod, baseModelOf, writeAdapter } = await import("@loam/peft");
  const { openModel } = await import("@loam/models");
  const method = adapterMethod("LORA");
  const config = method.readConfig({ peft_type: "LORA", r: 4, lora_alpha: 8, target_modules: ["q_proj", "v_proj"] });
  const rng = new Rng(3);
  const tensors = await method.init(baseModelOf(await openModel(model)), config, rng);
  for (const { data } of Object.values(tensors)) for (const i of data.keys()) data[i] = rng.normal() * 0.2;
  await writeAdapter(folder, method, { config, tensors });
  return folder;
}

describe("loam embed", () => {
  test("arguments, lines and JSON Lines give the same vectors", async () => {
    const [asJson, lines, jsonl, bad] = await Promise.all([
      loam(["embed", "high tide", "low water", "--json"]),
      loam(["embed"], { input: "high tide\n\nlow water\n" }),
      loam(["embed", "--format", "jsonl", "--model", model], { input: '"high tide"\n{"text": "low water"}\n' }),
      loam(["embed", "--format", "jsonl"], { input: '"a"\n{"texd": "b"}\n' }),
    ]);
    const { model: name, dimensions, vectors } = asJson.json();
    expect([name, dimensions, vectors.length]).toEqual(["local:use-lite", 512, 2]);
    const rows = lines.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ text }) => text)).toEqual(["high tide", "low water"]);
    for (const [i, { vector }] of rows.entries())
      for (const [j, x] of vector.entries()) expect(x).toBeCloseTo(vectors[i][j], 5);
    const other = JSON.parse(jsonl.stdout.split("\n")[1]!);
    expect(other.text).toBe("low water");
    expect(Math.hypot(...other.vector)).toBeCloseTo(1, 4);
    expect(bad).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("standard input, line 2") });
  });
});

test("loam score: metrics by name, the nearest for a misspelt one", async () => {
  const file = join(home, "predictions.jsonl");
  writeFileSync(file, '{"prediction": "a b c", "reference": "a b d"}\n{"prediction": "x", "reference": "x"}\n');
  const [scored, misspelt] = await Promise.all([
    loam(["score", file, "--metric", "rouge1", "--metric", "exactMatch", "--json"]),
    loam(["score", file, "--metric", "rougel"]),
  ]);
  expect(scored.json()).toMatchObject({
    rows: 2,
    metrics: [
      { metric: "rouge1", value: expect.closeTo((2 / 3 + 1) / 2, 9) },
      { metric: "exactMatch", value: 0.5 },
    ],
  });
  expect(misspelt).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Did you mean "rougeL"?') });
});
