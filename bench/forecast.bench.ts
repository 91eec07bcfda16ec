/** How far a forecast's time and memory are from what the run then takes, for a tiny model and a small one. */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { tinyChatModel } from "@loam/models/testing";
import { forecast, type RecipeInput } from "../packages/peft/src/index.ts";
import { type Figure, report, timingOf } from "./measure.ts";
import { randomModel } from "./random-model.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "loam-forecast-"));
const tiny = tinyChatModel();
const small = await randomModel("llama-135m");
for (const file of ["tokenizer.json", "tokenizer_config.json"])
  if (!existsSync(join(small, file))) copyFileSync(join(tiny, file), join(small, file));

const line = "Loam is fertile soil, and this row of it is long enough to fill a batch. ";
const rows = Array.from({ length: 64 }, (_, i) =>
  JSON.stringify({ instruction: `Write ${i}.`, output: line.repeat(9).slice(i) }),
);
writeFileSync(join(folder, "rows.jsonl"), rows.join("\n"));

const cases: Record<string, Partial<RecipeInput> & { model: string }> = {
  "tiny, 4 × 512": { model: tiny, batch_size: 4 },
  "30 × 576, 512": { model: small, batch_size: 1 },
  "30 × 576, 2 × 512": { model: small, batch_size: 2 },
  "30 × 576, 4 × 128": { model: small, batch_size: 4, data: { path: "", max_tokens: 128 } },
  "30 × 576, 512, checkpointed": { model: small, batch_size: 1, gradient_checkpointing: true },
  "30 × 576, 512, nf4": { model: small, batch_size: 1, quantize: "nf4" },
};
const words = process.argv.slice(2);
const figures: Figure[] = [];
for (const [name, fields] of Object.entries(cases)) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
  const recipe: RecipeInput = {
    method: { peft_type: "LORA", r: 16, lora_alpha: 32, target_modules: "all-linear" },
    max_steps: 3,
    max_grad_norm: 1,
    output: join(folder, "out"),
    ...fields,
    data: { template: "plain", max_tokens: 512, ...fields.data, path: join(folder, "rows.jsonl") },
  };
  const { time, memory } = await forecast(recipe);
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, "forecast-side.ts"),
    JSON.stringify(recipe),
  ]);
  const took = JSON.parse(stdout) as Record<"beforeBytes" | "peakBytes" | "anonymousBytes" | "mappedBytes", number> & {
    seconds: number[];
  };
  const seconds = timingOf(took.seconds).medianMs;
  console.error(name, { memory, took, time });
  figures.push(
    { name: `${name}: step`, value: seconds, unit: "s" },
    { name: `${name}: forecast over step`, value: time!.secondsPerStep / seconds, unit: "×" },
    { name: `${name}: peak memory`, value: took.peakBytes / 1e9, unit: "GB" },
    { name: `${name}: forecast over peak`, value: memory.total / took.peakBytes, unit: "×" },
  );
}
for (const path of [folder, tiny]) rmSync(path, { recursive: true });
report("What a forecast says over what a run takes", figures);
