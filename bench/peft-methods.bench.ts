/**
 * The report card of docs/peft.md: every fine-tuning method on the same small base, rows and steps, each at the best of its
 * learning rates; and what each would take at the shape of Qwen2.5-0.5B, counted from a model without weights.
 *
 *     node bench/peft-methods.bench.ts [--steps=200] [--model=FOLDER] [--only=dora,lora] [--out=FOLDER]
 */
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSmallBase } from "../packages/finetuning/src/index.ts";
import { describeAdapter, forecast, type RecipeInput, tune } from "../packages/peft/src/index.ts";
import { qwenShape } from "./header-only-model.ts";
import { report, timingOf } from "./measure.ts";

const option = (name: string) => process.argv.find((x) => x.startsWith(`--${name}=`))?.slice(name.length + 3);
const steps = Number(option("steps") ?? 200);
const work = option("out") ?? join(tmpdir(), "loam-bench", "peft-methods");
const rows = join(import.meta.dirname, "../examples/alpaca-lora/rows.jsonl");
const attention = ["q_proj", "k_proj", "v_proj", "o_proj"];

interface Entry {
  name: string;
  method: Record<string, unknown> & { peft_type: string };
  learningRates: readonly number[];
  mergeable: boolean;
  more?: Partial<RecipeInput>;
}
const lora = { peft_type: "LORA", r: 16, lora_alpha: 32, target_modules: "all-linear" };
const [matrix, small] = [
  [2e-3, 8e-3],
  [1e-2, 5e-2],
] as const;
const entries: readonly Entry[] = [
  { name: "LoRA", method: lora, learningRates: matrix, mergeable: true },
  { name: "rsLoRA", method: { ...lora, use_rslora: true }, learningRates: matrix, mergeable: true },
  { name: "DoRA", method: { ...lora, use_dora: true }, learningRates: matrix, mergeable: true },
  { name: "QLoRA, NF4", method: lora, learningRates: matrix, mergeable: true, more: { quantize: "nf4" } },
  {
    name: "LoRA kept in int4",
    method: lora,
    learningRates: matrix,
    mergeable: true,
    more: { quantize_adapter: "int4" },
  },
  {
    name: "AdaLoRA",
    method: {
      peft_type: "ADALORA",
      init_r: 12,
      target_r: 8,
      lora_alpha: 32,
      target_modules: attention,
      tinit: Math.round(steps * 0.2),
      tfinal: Math.round(steps * 0.4),
      deltaT: Math.max(1, Math.round(steps / 10)),
    },
    learningRates: [8e-3, 2e-2],
    mergeable: true,
  },
  {
    name: "LoHa",
    method: { peft_type: "LOHA", r: 8, alpha: 16, target_modules: attention },
    learningRates: matrix,
    mergeable: true,
  },
  {
    name: "LoKr",
    method: { peft_type: "LOKR", r: 8, alpha: 16, target_modules: attention },
    learningRates: matrix,
    mergeable: true,
  },
  {
    name: "(IA)³",
    method: { peft_type: "IA3", target_modules: ["k_proj", "v_proj", "down_proj"], feedforward_modules: ["down_proj"] },
    learningRates: small,
    mergeable: true,
  },
  {
    name: "Prefix tuning",
    method: { peft_type: "PREFIX_TUNING", num_virtual_tokens: 20 },
    learningRates: small,
    mergeable: false,
  },
  {
    name: "P-tuning",
    method: { peft_type: "P_TUNING", num_virtual_tokens: 20, encoder_hidden_size: 128 },
    learningRates: [2e-3, 1e-2],
    mergeable: false,
  },
  {
    name: "Prompt tuning",
    method: { peft_type: "PROMPT_TUNING", num_virtual_tokens: 20 },
    learningRates: small,
    mergeable: false,
  },
  ...["seq_bn", "double_seq_bn", "par_bn"].map((config) => ({
    name: `Adapter, ${config}`,
    method: { peft_type: "BOTTLENECK", config },
    learningRates: matrix,
    mergeable: false,
  })),
  {
    name: "VeRA",
    method: { peft_type: "VERA", r: 256, target_modules: ["q_proj", "v_proj"] },
    learningRates: small,
    mergeable: true,
  },
  { name: "BitFit", method: { peft_type: "BITFIT", add_biases: attention }, learningRates: small, mergeable: true },
  { name: "LayerNorm tuning", method: { peft_type: "LN_TUNING" }, learningRates: small, mergeable: true },
  {
    name: "Diff pruning",
    method: { peft_type: "DIFF_PRUNING", target_modules: ["q_proj", "v_proj"], keep: 0.05 },
    learningRates: [1e-3, 4e-3],
    mergeable: true,
  },
];

await mkdir(work, { recursive: true });
const base = option("model") ?? join(work, "base");
if (!existsSync(join(base, "config.json"))) {
  console.error("making the small base");
  await makeSmallBase(base);
}
const qwen = await qwenShape(join(work, "qwen2.5-0.5b"), { tokenizer: base });
const wanted = option("only")?.toLowerCase().split(",");

interface Row {
  name: string;
  trainable: number;
  share: number;
  fileBytes: number;
  start: number;
  losses: { learningRate: number; loss: number }[];
  best: number;
  msPerStep: number;
  mergeable: boolean;
  atQwen: { trainable: number; share: number; memoryBytes: number };
}
const card: Row[] = [];
for (const { name, method, learningRates, mergeable, more } of entries) {
  if (wanted && !wanted.some((word) => name.toLowerCase().includes(word))) continue;
  const recipe = (model: string, learningRate: number): RecipeInput => ({
    model,
    method,
    data: { path: rows, template: "alpaca", max_tokens: 256, eval_share: 0.1 },
    optimizer: { learning_rate: learningRate },
    schedule: { name: "cosine", warmup_steps: 5 },
    max_steps: steps,
    batch_size: 4,
    max_grad_norm: 1,
    eval_on_start: true,
    seed: 42,
    output: join(work, `${name.replace(/\W+/g, "-")}-${learningRate}`),
    ...more,
  });
  const losses: Row["losses"] = [];
  const stepMs: number[] = [];
  let best: { loss: number; output: string; start: number; trainable: number } | undefined;
  for (const learningRate of learningRates) {
    const input = recipe(base, learningRate);
    await rm(input.output, { recursive: true, force: true });
    let last: number | undefined;
    const result = await tune(input, {
      resume: "never",
      onProgress: ({ task, done }) => {
        if (task !== "train") return;
        const now = performance.now();
        // The first steps compile; AdaLoRA and diff pruning compile again later, which the median does not see.
        if (last !== undefined && done > 2) stepMs.push(now - last);
        last = now;
      },
    });
    const loss = result.losses.eval!;
    losses.push({ learningRate, loss });
    if (!best || loss < best.loss)
      best = { loss, output: result.output, start: result.losses.evalOnStart!, trainable: result.trainableParameters };
  }
  const { sizeBytes } = await describeAdapter(best!.output);
  const own = await forecast(recipe(base, 1e-3), { time: "none" });
  // Where the base has no biases of its own, BitFit adds them; Qwen2.5 has its own.
  const there = method.peft_type === "BITFIT" ? { peft_type: "BITFIT" } : method;
  const big = await forecast({ ...recipe(qwen, 1e-3), method: there, batch_size: 1 }, { time: "none" });
  const row: Row = {
    name,
    trainable: best!.trainable,
    share: own.share,
    fileBytes: sizeBytes,
    start: best!.start,
    losses,
    best: best!.loss,
    msPerStep: timingOf(stepMs).medianMs,
    mergeable,
    atQwen: {
      trainable: big.trainableParameters,
      share: big.share,
      memoryBytes: big.memory.base + big.memory.adapter + big.memory.optimiser,
    },
  };
  card.push(row);
  await writeFile(join(work, "report-card.md"), table(card));
  console.error(
    `${name.padEnd(24)} ${row.start.toFixed(2)} → ${losses.map((x) => `${x.loss.toFixed(3)} (${x.learningRate})`).join(", ")}`,
  );
}
console.error(table(card));
report(
  `Every method on the same rows: loss on rows kept out after ${steps} steps`,
  card.map(({ name, best, start }) => ({ name, value: best, unit: "nats a token", atMost: start - 0.1 })),
);

/** The table as docs/peft.md has it. */
function table(rows: readonly Row[]): string {
  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
  const percent = (share: number) => `${(100 * share).toPrecision(2)}%`;
  const lines = rows.map((row) =>
    [
      row.name,
      `${compact.format(row.trainable)} (${percent(row.share)})`,
      `${(row.fileBytes / 1e3).toFixed(0)} kB`,
      row.best.toFixed(3),
      row.losses.map(({ learningRate, loss }) => `${learningRate}: ${loss.toFixed(2)}`).join(", "),
      `${row.msPerStep.toFixed(0)} ms`,
      row.mergeable ? "yes" : "no",
      `${compact.format(row.atQwen.trainable)} (${percent(row.atQwen.share)})`,
      `${(row.atQwen.memoryBytes / 1e9).toFixed(2)} GB`,
    ].join(" | "),
  );
  const head =
    "method | trainable | file | held-out loss | by learning rate | a step | merges | trainable, 0.5B | memory, 0.5B";
  return [head, head.replace(/[^|]+/g, " --- ").trim(), ...lines].map((line) => `| ${line} |\n`).join("");
}
