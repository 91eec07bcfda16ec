import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

/** A Python with torch, transformers, peft and adapters; the whole suite is `interop.ts` itself. */
const python = process.env.LOAM_PEERS_PYTHON;

test.skipIf(!python)("a few adapters go both ways between PEFT, AdapterHub and here (needs LOAM_PEERS_PYTHON)", () => {
  const folder = mkdtempSync(join(tmpdir(), "loam-interop-"));
  try {
    const script = join(import.meta.dirname, "interop.ts");
    const few = "lora_save_embed,lora_embed_head,lora_tokens,lora_head_tied,seq_bn,double_par,prompt_text";
    const args = [script, "--python", python!, "--folder", folder, "--only", "qwen2,gemma3", "--methods", few];
    const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
    expect(printed).toMatch(/read 14\/14, merged 8\/8, written 14\/14, fresh 12\/12/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
