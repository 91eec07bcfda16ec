/** Writes the compact set of `packages/peft/golden` from the full one: `node scripts/trim-golden.ts FULL_SET`. */
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "@loam/formats";

const full = process.argv[2] ?? "";
const target = join(import.meta.dirname, "../golden");
const cases = ["lora_qv", "adalora", "ia3", "prefix_tuning_projection", "double_seq_bn", "bitfit"];

rmSync(join(target, "peft"), { recursive: true, force: true });
await trim("peft/inputs.safetensors", /^right\/(input_ids|attention_mask)$/);
await trim("peft/train_batches.safetensors", /./);
await trim("peft/gradient_accumulation/golden.safetensors", /^(batches|initial|final)\//);
copy("peft/gradient_accumulation/golden.json");
for (const name of cases) {
  for (const part of ["golden.json", "adapter", "train"]) copy(`peft/${name}/${part}`);
  await trim(
    `peft/${name}/outputs.safetensors`,
    name === "lora_qv" ? /^(right|merged\/right)\/logits$/ : /^right\/logits$/,
  );
}

function copy(path: string): void {
  if (existsSync(join(full, path))) cpSync(join(full, path), join(target, path), { recursive: true, mode: 0 });
}

/** Copies the tensors whose names match. */
async function trim(path: string, names: RegExp): Promise<void> {
  if (!existsSync(join(full, path))) return;
  const { tensors } = await readSafetensors(join(full, path));
  mkdirSync(join(target, path, ".."), { recursive: true });
  await writeSafetensors(
    join(target, path),
    [...tensors].filter(([name]) => names.test(name)),
  );
}
