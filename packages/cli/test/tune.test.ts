import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyChatModel } from "@loam/models/testing";
import { listRuns, runSeries } from "@loam/observe";
import { openStore, type Store } from "@loam/store";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { bin, loamEnvironment, type RunOptions, runLoam } from "./run-loam.ts";

// Each command is a process of its own.
vi.setConfig({ testTimeout: 180_000 });

const home = mkdtempSync(join(tmpdir(), "loam-tune-cli-"));
const model = tinyChatModel();
const loam = (args: string[], options: Partial<RunOptions> = {}) => runLoam(args, { home, ...options });
let store: Store;
afterAll(async () => {
  await store.close();
  for (const folder of [home, model]) rmSync(folder, { recursive: true, force: true });
});

const colours = ["red", "blue", "green", "amber", "white", "black", "brown", "grey", "pink", "gold"];
const recipe = `
model: ${model}
method: { peft_type: LORA, r: 4, lora_alpha: 8, lora_dropout: 0.1, target_modules: [q_proj, v_proj] }
data: { path: rows.jsonl, template: plain, max_tokens: 48, eval_share: 0.2 }
optimizer: { learning_rate: 5.0e-3 }
schedule: { name: cosine, warmup_steps: 2 }
batch_size: 2
max_steps: 40
eval_every_steps: 10
checkpoint_every_steps: 5
sample_prompts: ["Say colour 3."]
sample_tokens: 4
threads: 1
output: outputs/whole
`;

beforeAll(async () => {
  // The commands reach it through this process, which is quicker than each opening it.
  store = await openStore({ home });
  const rows = colours.map((output, i) => JSON.stringify({ instruction: `Say colour ${i}.`, input: "", output }));
  writeFileSync(join(home, "rows.jsonl"), `${rows.join("\n")}\n{"instruction": "Say nothing.", "output": ""}\n`);
  writeFileSync(join(home, "recipe.yaml"), recipe);
});

/** Whole lines of a file that may be written to just now. */
const lines = (output: string): Record<string, number>[] =>
  readFileSync(join(home, output, "metrics.jsonl"), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const losses = (output: string) => lines(output).map((line) => line["train/loss"] ?? line["eval/loss"]);
const weights = (output: string) => readFileSync(join(home, output, "adapter_model.safetensors"));

describe("loam tune", () => {
  test("says what it is going to do, how it goes and what came of it", async () => {
    const done = await loam(["tune", "recipe.yaml", "--json"]);
    // Beyond ten seconds it says how far it is.
    expect(done.stderr.replaceAll(/^(train|worker|prepare)?:? ?.*step \d+ of 40.*\n/gm, "")).toBe("");
    expect(done.json()).toMatchObject({
      output: "outputs/whole",
      steps: 40,
      resumedFrom: 0,
      data: { read: 11, kept: 10, skipped: 1, skippedRows: [{ line: 11, field: "output" }] },
      plan: { rows: { train: 8, eval: 2 }, modules: [{ module: "q_proj", modules: 2 }, { module: "v_proj" }] },
    });
    const { losses: told, trainableParameters } = done.json();
    expect(told.last).toBeLessThan(told.first);
    const again = await loam(["tune", "recipe.yaml"]);
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Try it: loam chat") });
    expect(again.stderr).toContain("All 40 steps were done before; --fresh begins anew");
    expect(again.stderr).toMatch(/data +rows.jsonl: 10 of 11 rows \(1 cannot be used\)/);
    expect(again.stderr).toContain(`left out: rows.jsonl line 11: \`output\` is ""`);
    expect(again.stderr).toContain(`trainable params: ${trainableParameters.toLocaleString("en")} || all params:`);
    expect(again.stderr).toMatch(/q_proj +2 +[\d,]+ +lora_A.weight \[4, \d+\]/);
    expect(again.stderr).toContain("step 40: evaluation loss");
    expect(again.stderr).toContain("step 40: Say colour 3.\n    ");
    const [run, ...others] = await listRuns(store, { kind: "tune", tags: { adapter: "whole" } });
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      name: "whole",
      status: "finished",
      params: { model, output: join(home, "outputs/whole") },
    });
    const { "train/loss": curve } = await runSeries(store, run!.id);
    expect(curve!.map(({ value }) => value)).toEqual(
      lines("outputs/whole").flatMap((line) => line["train/loss"] ?? []),
    );
  });

  test("answers to rows kept aside are scored, on the screen, the card and the record", async () => {
    const output = "outputs/scored";
    const settings = ["--set", "eval_generate=2", "--set", "max_steps=20", "--set", "sample_prompts=[]"];
    const done = await loam(["tune", "recipe.yaml", "-o", output, ...settings]);
    expect(done.stderr).toMatch(/step 10: answers rouge1 [\d.]+, rougeL [\d.]+\n/);
    expect(done.stdout).toMatch(/\nanswers: rouge1 [\d.]+, rougeL [\d.]+\n/);
    expect(readFileSync(join(home, output, "README.md"), "utf8")).toMatch(
      /\| Evaluation loss \| [\d.]+ \|\n\| rouge1 of 2 generated answers \| [\d.]+ \|\n\| rougeL of 2/,
    );
    const [run] = await listRuns(store, { kind: "tune", tags: { adapter: "scored" } });
    const { "eval/rougeL": curve } = await runSeries(store, run!.id);
    expect(curve!.map(({ step }) => step)).toEqual([10, 20]);
  });

  test("killed without warning and started again, it has the losses of the run that was not", async () => {
    const output = "outputs/killed";
    const child = spawn(process.execPath, [bin, "tune", "recipe.yaml", "-o", output], {
      cwd: home,
      env: loamEnvironment(home),
      stdio: "ignore",
    });
    await vi.waitUntil(() => existsSync(join(home, output, "metrics.jsonl")) && lines(output).length > 12, {
      timeout: 60_000,
      interval: 2,
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(join(home, output, "adapter_config.json"))).toBe(false);
    const again = await loam(["tune", "recipe.yaml", "-o", output]);
    expect(again.stderr).toMatch(/Goes on after step \d+, from outputs\/killed\/checkpoints/);
    expect(again.exitCode).toBe(0);
    expect(losses(output)).toEqual(losses("outputs/whole"));
    expect(weights(output).equals(weights("outputs/whole"))).toBe(true);
  });

  test("Ctrl-C leaves a checkpoint, says how to go on, and the same command does", async () => {
    const output = "outputs/stopped";
    const stopped = await loam(["tune", "recipe.yaml", "-o", output], { interruptAt: "step 10: evaluation loss" });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toMatch(/Stopped after step \d+ of 40; the checkpoint is in outputs\/stopped\/checkpoints/);
    const again = await loam(["tune", "recipe.yaml", "-o", output, "--json"]);
    expect(again.json().resumedFrom).toBeGreaterThanOrEqual(10);
    expect(losses(output)).toEqual(losses("outputs/whole"));
  });

  test("--dry-run forecasts and writes nothing; recipes that are wrong are told by their fields", async () => {
    const [forecast, asJson, absent, misspelt, option, other, wrong, bad] = await Promise.all([
      loam(["tune", "recipe.yaml", "--dry-run", "-o", "outputs/dry"]),
      loam(["tune", "recipe.yaml", "--dry-run", "-o", "outputs/dry", "--json", "--set", "max_steps=7"]),
      loam(["tune", "recipes.yaml"]),
      loam(["tune", "recipe.yaml", "--set", "optimiser.learningRate=1e-4"]),
      loam(["tune", "recipe.yaml", "--set", "method.lora_alhpa=4"]),
      loam(["tune", "recipe.yaml", "--set", "method.r=8"]),
      loam(["tune", "recipe.yaml", "--set", "batch_size"]),
      loam(["tune", "recipe.yaml", "--set", "method.r=-1", "--json"]),
    ]);
    expect(forecast.stdout).toMatch(/steps +40\n/);
    expect(forecast.stdout).toMatch(/total +[\d.]+ [kM]B\n\ntrainable params: 1,\d+ \|\| all params: /);
    expect(asJson.json()).toMatchObject({ forecast: { steps: 7 }, recipe: { max_steps: 7, output: "outputs/dry" } });
    expect(existsSync(join(home, "outputs/dry"))).toBe(false);
    const told = ({ exitCode, stderr }: typeof absent) => [exitCode, stderr.trim()];
    expect(told(absent)).toEqual([
      4,
      expect.stringMatching(/"recipes.yaml" does not exist. `loam tune init recipes.yaml`/),
    ]);
    expect(told(misspelt)).toEqual([3, "recipe.yaml: there is no field `optimiser`. Did you mean `optimizer`?"]);
    expect(told(option)).toEqual([3, expect.stringContaining("Did you mean `method.lora_alpha`?")]);
    expect(told(other)).toEqual([3, expect.stringContaining("another recipe (method.r: 4 → 8)")]);
    expect(told(wrong)).toEqual([2, expect.stringContaining("expected field=value")]);
    expect(bad.json().error).toMatchObject({ code: "bad_recipe", details: { field: "method.r" } });
  });

  test("init writes a recipe for every method that can be read, and does not overwrite", async () => {
    const written = await loam([
      "tune",
      "init",
      "new.yaml",
      "--method",
      "IA3",
      "--model",
      model,
      "--data",
      "rows.jsonl",
    ]);
    expect(written).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("new.yaml is written") });
    const forecast = await loam(["tune", "new.yaml", "--dry-run", "--json"]);
    expect(forecast.json().forecast).toMatchObject({ method: "IA3", trainableParameters: expect.any(Number) });
    expect((await loam(["tune", "init", "new.yaml"])).stderr).toContain("add --force");
  });
});

describe("adapters of a run", () => {
  test("ls, info and diff tell them apart", async () => {
    await loam(["tune", "recipe.yaml", "-o", "outputs/r8", "--set", "method.r=8", "--set", "max_steps=10"]);
    const [ls, listed, info, foreign, diff, same] = await Promise.all([
      loam(["adapters", "ls", "outputs"]),
      loam(["adapters", "--json"]),
      loam(["adapters", "info", "outputs/whole"]),
      loam(["adapters", "info", "outputs/whole", "--model", otherModel(), "--json"]),
      loam(["adapters", "diff", "outputs/whole", "outputs/r8"]),
      loam(["adapters", "diff", "outputs/whole", "outputs/killed", "--json"]),
    ]);
    expect(ls.stdout.split("\n")[0]).toMatch(/^name +method +rank +parameters +size +loss +written +base +folder$/);
    expect(ls.stdout).toMatch(/^r8 +LORA +8 +[\d,]+ +\d+ kB +\d\.\d{4} +\d{4}-\d\d-\d\d \d\d:\d\d /m);
    expect(listed.json().adapters.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(["whole", "killed", "stopped", "r8"]),
    );
    expect(info.stdout).toContain("the adapter fits");
    expect(info.stdout).toMatch(/loss +\d\.\d{4} → \d\.\d{4} in 40 steps, evaluation/);
    expect(info.stdout).toMatch(/Data +10 examples, 1 rows skipped/);
    expect(foreign).toMatchObject({ exitCode: 3 });
    expect(foreign.json().fit).toMatchObject({ status: "foreign", detail: expect.stringContaining("does not fit") });
    expect(diff.stdout).toMatch(/^r +4 +8$/m);
    expect(diff.stdout).toMatch(/^model.layers.1.self_attn.v_proj.weight( +[\d.]+){3} +-?[01]\.\d{4}$/m);
    expect(same.json()).toMatchObject({ compared: "weights", config: [], total: { cosine: 1, distance: 0 } });
  });

  test("merged, the model answers as base and adapter do together; nothing else is replaced", async () => {
    const say = ["Say colour 3.", "--max-tokens", "6", "--temperature", "0", "--json"];
    const merged = await loam(["merge", model, "outputs/whole", "-o", "merged", "--json"]);
    expect(merged.json()).toMatchObject({ output: "merged", sizeBytes: expect.any(Number) });
    mkdirSync(join(home, "letters"));
    writeFileSync(join(home, "letters/a.txt"), "dear");
    const [live, folded, twice, letters] = await Promise.all([
      loam(["chat", model, ...say, "--adapter", "outputs/whole"]),
      loam(["chat", "./merged", ...say]),
      loam(["merge", model, "outputs/whole", "-o", "merged"]),
      loam(["merge", model, "outputs/whole", "-o", "letters", "--force"]),
    ]);
    expect(folded.json().text).toBe(live.json().text);
    expect(twice).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--force") });
    expect(letters).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("is not replaced") });
    expect(readFileSync(join(home, "letters/a.txt"), "utf8")).toBe("dear");
  });

  test("adapters are combined with weights, made plain, and folded in together in another float type", async () => {
    const pissa = ["--set", "method.init_lora_weights=pissa", "--set", "max_steps=3", "-o", "outputs/pissa"];
    await loam(["tune", "recipe.yaml", ...pissa]);
    const combine = ["adapters", "combine", "outputs/whole", "outputs/r8"];
    const [cat, linear, few, taken, plain, merged, onnx] = await Promise.all([
      loam([...combine, "--weights=0.7,-0.3", "--type", "cat", "-o", "outputs/cat", "--json"]),
      loam([...combine, "--type", "linear", "-o", "outputs/linear"]),
      loam([...combine, "--weights", "1", "-o", "outputs/few"]),
      loam([...combine, "-o", "outputs/killed"]),
      loam(["adapters", "plain", "outputs/pissa", "-o", "outputs/plain"]),
      loam(["merge", model, "outputs/whole", "outputs/r8", "-o", "twice", "--dtype", "bfloat16", "--json"]),
      loam(["merge", model, "outputs/whole", "-o", "web", "--to", "onnx", "--dtype", "float16"]),
    ]);
    expect(cat.json()).toMatchObject({ output: "outputs/cat", method: "LORA", rank: 12, base: model });
    expect(linear).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("one rank, but these have 4, 8") });
    expect(few).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("2 numbers with commas between them") });
    expect(taken).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("replace the adapter with --force") });
    expect(plain.stdout).toMatch(/^outputs\/plain: outputs\/pissa as a plain LoRA\nrank 8, /);
    expect(merged.json()).toMatchObject({ adapters: ["outputs/whole", "outputs/r8"], format: "folder" });
    expect(JSON.parse(readFileSync(join(home, "twice/config.json"), "utf8")).dtype).toBe("bfloat16");
    expect(onnx).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('`dtype` is "float16"; expected nothing'),
    });
  });

  /** The tiny model, with another width of its attention. */
  function otherModel(): string {
    const folder = join(home, "other");
    mkdirSync(folder, { recursive: true });
    const config = JSON.parse(readFileSync(join(model, "config.json"), "utf8"));
    for (const name of ["model.safetensors", "tokenizer.json", "tokenizer_config.json"])
      writeFileSync(join(folder, name), readFileSync(join(model, name)));
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, num_hidden_layers: 1 }));
    return folder;
  }
});

test("loam data preview shows what is learned, and counts cut, empty and repeated rows by line and field", async () => {
  const rows = [
    { instruction: "Say a.", input: "", output: "a" },
    { instruction: "Say a.", input: "", output: "a" },
    { instruction: "Say b.", output: "" },
    { instruction: "Say c.", output: "c".repeat(100) },
    { instruction: "d".repeat(100), output: "d" },
  ];
  writeFileSync(join(home, "mixed.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const [plain, counted] = await Promise.all([
    loam(["data", "preview", "mixed.jsonl", "--template", "plain", "-n", "1"]),
    loam(["data", "preview", "mixed.jsonl", "--template", "plain", "--model", model, "--max-tokens", "40", "--json"]),
  ]);
  expect(plain.stdout).toContain("── mixed.jsonl line 1\nSay a.\n⟦a⟧\n");
  expect(plain.stderr).toContain("With --model MODEL tokens are counted too.");
  expect(counted.json()).toMatchObject({
    report: { read: 5, kept: 4, skipped: 1, duplicates: 1, truncated: 2, unsupervised: 1 },
    duplicateRows: [{ line: 2, reason: "the same as mixed.jsonl line 1" }],
    truncatedRows: [
      { line: 4, field: "output" },
      { line: 5, field: "output" },
    ],
    unsupervisedRows: [{ line: 5, field: "output" }],
    examples: [{ line: 1, tokens: { supervised: 2, truncated: 0 } }, {}, {}],
  });
  expect((await loam(["data", "preview", "nowhere.jsonl"])).exitCode).toBe(4);
});

describe("in other programs' forms", () => {
  test("GGUF, ONNX and a project for another engine are written where nothing is, and not elsewhere", async () => {
    const [lora, gguf, onnx, project] = await Promise.all([
      loam(["adapters", "export", "outputs/whole", "-o", "whole.gguf", "--json"]),
      loam(["merge", model, "outputs/whole", "-o", "merged.gguf", "--json"]),
      loam(["merge", model, "outputs/whole", "-o", "web", "--to", "onnx", "--json"]),
      loam(["tune", "export", "recipe.yaml", "--to", "axolotl", "-o", "cluster", "--json"]),
    ]);
    expect(lora.json()).toMatchObject({ layers: 4, ranks: { min: 4, max: 4 }, relativeError: 0 });
    expect(gguf.json()).toMatchObject({ format: "gguf", sizeBytes: expect.any(Number) });
    expect(existsSync(join(home, "web/onnx/model.onnx"))).toBe(true);
    expect(onnx.exitCode).toBe(0);
    expect(project.json().files).toEqual(expect.arrayContaining(["axolotl.yaml", "data/train.jsonl", "README.md"]));
    const [again, named] = await Promise.all([
      loam(["tune", "export", "recipe.yaml", "--to", "axolotl", "-o", "cluster"]),
      loam(["merge", model, "outputs/whole", "-o", "merged", "--to", "gguf"]),
    ]);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("expected a new folder") });
    expect(named).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("a file that ends in .gguf") });
  });
});
