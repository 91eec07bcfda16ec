import { existsSync } from "node:fs";
import { copyFile, mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { architectureOf } from "../packages/models/src/index.ts";
import { qwen2Config } from "./random-qwen2.ts";

const config = {
  ...qwen2Config({ layers: 24 }),
  architectures: ["Qwen2ForCausalLM"],
  hidden_act: "silu",
  eos_token_id: 256,
};

/**
 * A folder of Qwen2.5-0.5B's shape whose weights are a hole in the file: it takes no disk, and reads as zeros.
 *
 * @param tokenizer folder to take the tokenizer from
 */
export async function qwenShape(folder: string, { tokenizer }: { tokenizer: string }): Promise<string> {
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  await mkdir(part, { recursive: true });
  const architecture = architectureOf(config);
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(architecture.parameters(architecture.readConfig(config) as never))) {
    const size = 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, (offset += size)] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = await open(join(part, "model.safetensors"), "w");
  await file.write(Buffer.concat([length, json]));
  await file.truncate(8 + json.length + offset);
  await file.close();
  await writeFile(join(part, "config.json"), JSON.stringify(config));
  for (const name of ["tokenizer.json", "tokenizer_config.json"])
    await copyFile(join(tokenizer, name), join(part, name));
  await rename(part, folder);
  return folder;
}
