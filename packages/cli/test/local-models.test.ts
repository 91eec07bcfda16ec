import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "@loam/core";
import { openStore, type Store } from "@loam/store";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { goldenFolder } from "../../models/test/golden.ts";
import { tinyChatModel } from "../../models/test/tiny-chat-model.ts";
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

  test("an adapter changes them, and folded into the weights it changes them as much", async () => {
    const lora = join(goldenFolder("peft"), "lora");
    const input = join(home, "in.safetensors");
    const folder = join(goldenFolder("models"), "qwen2");
    const wrong = await loam(["forward", folder, "--input", input, "--output", join(home, "x"), "--merge"]);
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Give --adapter FOLDER") });
    void lora;
  });
});

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
  const [scored, misspelt] = await Promise.all([
    loam(["score", "/dev/stdin", "--metric", "rougeL", "--metric", "exactMatch", "--json"], { input: "" }),
    loam(["score", "x.jsonl", "--metric", "rougel"]),
  ]);
  void scored;
  expect(misspelt).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Did you mean "rougeL"?') });
});
