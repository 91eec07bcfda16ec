/**
 * Does fine-tuning on real Alpaca rows lower the loss on rows kept out, and bring the answers nearer to theirs by ROUGE?
 * LOAM_DATA is a folder with `alpaca/alpaca_data.json` (tatsu-lab/stanford_alpaca); the base is Loam's small one unless
 * one is given with `--model=`.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { RougeScorer } from "../packages/evaluation/src/index.ts";
import { makeSmallBase } from "../packages/finetuning/src/index.ts";
import { tune } from "../packages/peft/src/index.ts";
import { report } from "./measure.ts";

const option = (name: string) => process.argv.find((x) => x.startsWith(`--${name}=`))?.slice(name.length + 3);
const steps = Number(option("steps") ?? 400);
const held = Number(option("held-out") ?? 60);
const work = join(tmpdir(), "loam-bench", "alpaca");
await mkdir(work, { recursive: true });

interface AlpacaRow {
  instruction: string;
  input: string;
  output: string;
}
const source = join(process.env.LOAM_DATA ?? join(import.meta.dirname, "../../shared/data"), "alpaca/alpaca_data.json");
if (!existsSync(source)) {
  console.error(`${source} is missing: put alpaca_data.json there, or name another folder in LOAM_DATA.`);
  process.exit(2);
}
const all = (JSON.parse(await readFile(source, "utf8")) as AlpacaRow[]).filter((row) => row.output.length < 200);
const rows = join(work, "rows.json");
await writeFile(rows, JSON.stringify(all.slice(0, Number(option("rows") ?? 6000))));

let name = option("model");
if (!name) {
  name = join(work, "base");
  if (!existsSync(join(name, "config.json")))
    await makeSmallBase(name, {
      onProgress: ({ done }) => {
        if (done % 300 === 0) console.error(`  base: step ${done}`);
      },
    });
}

const rouge = new RougeScorer(["rouge1", "rougeL"], { stem: true });
const output = join(work, "adapter");
await rm(output, { recursive: true, force: true });
/** What the first evaluation said, before any step, and what the last one did. */
const before: Record<string, number> = {};
const after: Record<string, number> = {};
await tune(
  {
    model: name,
    method: { peft_type: "LORA", r: 16, lora_alpha: 32, lora_dropout: 0.05, target_modules: "all-linear" },
    data: { path: rows, template: "alpaca", max_tokens: 512, eval_share: held / 6000 },
    optimizer: { learning_rate: Number(option("learning-rate") ?? 4e-3) },
    schedule: { name: "cosine", warmup_steps: 10 },
    max_steps: steps,
    batch_size: 8,
    max_grad_norm: 1,
    eval_on_start: true,
    eval_generate: held,
    sample_tokens: 48,
    output,
  },
  {
    resume: "never",
    scorers: {
      rouge1: (answer, reference) => rouge.score(answer, reference).rouge1.f,
      rougeL: (answer, reference) => rouge.score(answer, reference).rougeL.f,
    },
    onProgress: ({ task, done, message }) => {
      if (task === "train" && done % 50 === 0) console.error(`  step ${done}: ${message}`);
    },
    recorder: { metrics: (step, values) => void Object.assign(step === 0 ? before : after, values) },
  },
);
report(
  `Alpaca rows that were kept out (${held}), before and after ${steps} steps of LoRA on ${option("model") ?? "the small base"}`,
  [
    { name: "loss before", value: before["eval/loss"]!, unit: "nats a token" },
    { name: "loss after", value: after["eval/loss"]!, unit: "nats a token", atMost: before["eval/loss"]! - 1 },
    { name: "ROUGE-1 before", value: before["eval/rouge1"]!, unit: "F" },
    { name: "ROUGE-1 after", value: after["eval/rouge1"]!, unit: "F", atLeast: before["eval/rouge1"]! * 1.2 },
    { name: "ROUGE-L before", value: before["eval/rougeL"]!, unit: "F" },
    { name: "ROUGE-L after", value: after["eval/rougeL"]!, unit: "F", atLeast: before["eval/rougeL"]! * 1.2 },
  ],
);
