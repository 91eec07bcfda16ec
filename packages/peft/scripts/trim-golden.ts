/** Writes the compact set of `packages/peft/golden` from the full one, every method with one padding side: `node scripts/trim-golden.ts FULL_SET`. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "@loam/formats";

const full = process.argv[2] ?? "";
const target = join(import.meta.dirname, "../golden");
const cases = readdirSync(join(full, "peft")).filter((name) => existsSync(join(full, "peft", name, "golden.json")));

rmSync(join(target, "peft"), { recursive: true, force: true });
await trim("peft/inputs.safetensors", /^right\/(input_ids|attention_mask)$/);
await trim("peft/train_batches.safetensors", /./);
await trim("peft/gradient_accumulation/golden.safetensors", /^(batches|initial|final)\//);
copy("peft/gradient_accumulation/golden.json");
copy("peft/diff_pruning");
for (const name of cases) {
  for (const part of ["golden.json", "adapter", "train"]) copy(`peft/${name}/${part}`);
  await trim(`peft/${name}/outputs.safetensors`, /^(merged\/)?right\/(logits|last_hidden_state|pooler_output)$/);
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
