/**
 * Fine-tunes a language model on instructions with LoRA and asks it the same questions before and after:
 *
 *     node examples/alpaca-lora/alpaca-lora.ts [MODEL] [ROWS] [--steps 400]
 *
 * MODEL is a folder, a hub id (Qwen/Qwen2.5-0.5B unless given) or `small`; ROWS is a file of Alpaca's form, 207 questions
 * about words of this field unless given. `small`, also taken where the hub cannot be reached, is a base of 0.7 million
 * weights that is first trained from nothing on this repository's documents. It babbles, but the steps are the same.
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LoamError, type OnProgress } from "@loam/core";
import { makeSmallBase, smallBaseSteps } from "@loam/finetuning";
import { type DecoderModel, openModel, TextGenerator } from "@loam/models";
import { openAdaptedGenerator, promptText, tune } from "@loam/peft";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "400" },
    "base-steps": { type: "string", default: String(smallBaseSteps) },
    folder: { type: "string", default: join(tmpdir(), "loam-alpaca-lora") },
  },
});
const [wanted = "Qwen/Qwen2.5-0.5B", rows = join(import.meta.dirname, "rows.jsonl")] = positionals;
const steps = Number(values.steps);
/** The first is in the rows, the second is not. */
const questions = ["What is a language model?", "What is a compiler?"];

console.log("1. The base");
const name = await baseModel();
const model = (await openModel(name)) as DecoderModel;
const before = await answers(await TextGenerator.open(model));

console.log(`\n2. Training on ${rows}, a tenth of it kept out`);
const { output, losses, trainableParameters, data } = await tune(
  {
    model: name,
    method: {
      peft_type: "LORA",
      r: 16,
      lora_alpha: 32,
      lora_dropout: 0.05,
      target_modules: ["q_proj", "k_proj", "v_proj", "o_proj"],
    },
    data: { path: rows, template: "alpaca", max_tokens: 512, eval_share: 0.1 },
    // A base that knows this little has much to unlearn; a real one takes a rate forty times lower.
    optimizer: { learning_rate: model.config.hiddenSize < 512 ? 8e-3 : 2e-4 },
    schedule: { name: "cosine", warmup_steps: 5 },
    max_steps: steps,
    batch_size: 8,
    max_grad_norm: 1,
    eval_on_start: true,
    output: join(values.folder, "adapter"),
  },
  { resume: "never", onProgress: every(Math.ceil(steps / 8)) },
);
console.log(`  ${trainableParameters} parameters on ${data.kept} rows`);
console.log(`  loss on the rows:  ${losses.first.toFixed(2)} → ${losses.last.toFixed(2)} nats a token`);
console.log(`  on those kept out: ${losses.evalOnStart?.toFixed(2)} → ${losses.eval?.toFixed(2)}`);
console.log(`  adapter: ${output}`);

console.log("\n3. Before and after");
const after = await answers(await openAdaptedGenerator(model, output));
for (const [i, question] of questions.entries())
  console.log(`  ${question}\n    before: ${before[i]}\n    after:  ${after[i]}`);

async function baseModel(): Promise<string> {
  if (wanted !== "small") {
    try {
      await openModel(wanted);
      return wanted;
    } catch (error) {
      if (!(error instanceof LoamError) || existsSync(wanted)) throw error;
      console.log(`  ${wanted} cannot be had: ${error.message}`);
    }
  }
  const folder = join(values.folder, "base");
  if (existsSync(folder)) {
    console.log(`  the small base in ${folder}`);
    return folder;
  }
  console.log("  a small one, from nothing on this repository's documents (about two minutes):");
  const baseSteps = Number(values["base-steps"]);
  await makeSmallBase(folder, { steps: baseSteps, onProgress: every(Math.ceil(baseSteps / 8)) });
  return folder;
}

/** One line for each question. */
async function answers(generator: TextGenerator): Promise<string[]> {
  const prompts = questions.map((question) => promptText(model, question, "alpaca"));
  const answered = await generator.generate(prompts, { maxNewTokens: 40, temperature: 0 });
  await generator.close();
  return answered.map(({ text }) => text.trim().replaceAll(/\s+/g, " "));
}

/** Prints every n-th step. */
function every(n: number): OnProgress {
  return ({ task, done, total, message, etaMs = 0 }) => {
    if (["pretrain", "train"].includes(task) && done > 0 && done % n === 0)
      console.log(`  step ${done} of ${total}: ${message}, ${Math.round(etaMs / 1000)} s left`);
  };
}
