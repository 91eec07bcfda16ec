/** How much memory does it take to encode, shuffle and read a JSON Lines file of 300 MB, and how long? */

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyChatModel } from "@loam/models/testing";
import { report } from "./measure.ts";

const megabytes = Number(process.argv.find((x) => x.startsWith("--mb="))?.slice(5) ?? 300);
const folder = mkdtempSync(join(tmpdir(), "loam-stream-"));
const model = tinyChatModel();
const path = join(folder, "rows.jsonl");
const words = "the quick brown fox jumps over the lazy dog while seven wizards watch from a quiet hill ".split(" ");
const file = createWriteStream(path);
let rows = 0;
for (let bytes = 0; bytes < megabytes * 1e6; rows++) {
  const output = Array.from({ length: 60 }, (_, i) => words[(rows * 7 + i * i) % words.length]).join(" ");
  const line = `${JSON.stringify({ instruction: `Row ${rows}: go on.`, input: "", output })}\n`;
  bytes += line.length;
  if (!file.write(line)) await once(file, "drain");
}
file.end();
await once(file, "close");

const recipe = {
  model,
  method: { peft_type: "LORA", target_modules: "all-linear" },
  data: { path, template: "plain", max_tokens: 1024, dedup: true },
  output: join(folder, "rows"),
};
const started = performance.now();
const child = spawnSync(
  process.execPath,
  ["--expose-gc", join(import.meta.dirname, "../packages/peft/test/stream-child.ts"), JSON.stringify(recipe)],
  { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
);
const seconds = (performance.now() - started) / 1000;
const result = JSON.parse(child.stdout) as { rows: number; tokens: number; peak: number };
const tokensBytes = existsSync(recipe.output) ? statSync(join(recipe.output, "tokens.bin")).size : 0;
rmSync(folder, { recursive: true });
rmSync(model, { recursive: true });
report(`encoding ${megabytes} MB of rows that do not fit (deduplicated, shuffled)`, [
  { name: "rows", value: result.rows, unit: "rows" },
  { name: "memory beyond the model's", value: result.peak / 1e6, unit: "MB", atMost: 150 },
  { name: "file of tokens", value: tokensBytes / 1e6, unit: "MB" },
  { name: "encoding", value: megabytes / seconds, unit: "MB/s" },
]);
