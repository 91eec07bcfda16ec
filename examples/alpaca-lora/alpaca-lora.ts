/**
 * Fine-tunes a language model on instructions with LoRA and asks it the same question before and after:
 *
 *     node examples/alpaca-lora/alpaca-lora.ts [MODEL] [ROWS]
 *
 * MODEL is a folder or a hub id (Qwen/Qwen2.5-0.5B unless given), ROWS a file of Alpaca's form. Where the hub cannot be
 * reached, a small base is first trained from nothing on this repository's documents; what it says is then babble in their style, but the steps are the same.
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoamError, type OnProgress } from "@loam/core";
import { type DecoderModel, openModel, TextGenerator } from "@loam/models";
import { openAdaptedGenerator, promptText, tune } from "@loam/peft";
import { pretrain } from "./pretrain.ts";

const [wanted = "Qwen/Qwen2.5-0.5B", rows = join(import.meta.dirname, "rows.jsonl")] = process.argv.slice(2);
const work = join(tmpdir(), "loam-alpaca-lora");
const question = "What is a language model?";

const name = await openModel(wanted).then(
  () => wanted,
  async (error) => {
    if (!(error instanceof LoamError) || existsSync(wanted)) throw error;
    console.log(`${wanted} cannot be had (${error.message})`);
    const folder = join(work, "base");
    if (!existsSync(join(folder, "tokenizer_config.json"))) {
      console.log("Training a small base on this repository's documents instead (about two minutes):");
      await pretrain(folder, { steps: Number(process.env.PRETRAIN_STEPS ?? 1500), onProgress: every(100) });
    }
    return folder;
  },
);
const model = (await openModel(name)) as DecoderModel;
const prompt = promptText(model, question, "alpaca");
const ask = async (generator: TextGenerator): Promise<string> => {
  const [answer] = await generator.generate([prompt], { maxNewTokens: 120, temperature: 0 });
  await generator.close();
  return answer!.text.trim();
};
console.log(`\nBefore: ${question}\n  ${await ask(await TextGenerator.open(model))}\n`);

const { output, losses, trainableParameters } = await tune(
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
    optimizer: { learning_rate: 8e-3 },
    schedule: { name: "cosine", warmup_steps: 5 },
    max_steps: 400,
    batch_size: 8,
    max_grad_norm: 1,
    eval_every_steps: 100,
    output: join(work, "adapter"),
  },
  {
    resume: "never",
    onProgress: every(50),
  },
);
console.log(
  `\n${trainableParameters} parameters trained, loss ${losses.first.toFixed(3)} → ${losses.last.toFixed(3)}, ${losses.eval?.toFixed(3)} on rows kept out, adapter in ${output}`,
);
console.log(`\nAfter: ${question}\n  ${await ask(await openAdaptedGenerator(model, output))}`);

/** Prints every n-th step of a run. */
function every(n: number): OnProgress {
  return ({ task, done, total, message, etaMs = 0 }) => {
    if (["pretrain", "train"].includes(task) && done % n === 0)
      console.log(`  step ${done} of ${total}: ${message}, ${Math.round(etaMs / 1000)} s left`);
  };
}
