import { cpSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goldenFolder } from "../../test/golden.ts";
import { readGolden, relativeError } from "../../test/tensors.ts";
import { openSentenceEmbedder } from "./sentence-embedder.ts";

const folder = join(goldenFolder("models"), "sentence-bert");

/** A copy in which the files of sentence-transformers 6 and transformers 5 stand under their usual names. */
function newLayout(): string {
  const copy = mkdtempSync(join(tmpdir(), "loam-sentence-bert-"));
  cpSync(folder, copy, { recursive: true, mode: 0 });
  for (const [from, to] of [
    ["config.v5.json", "config.json"],
    ["modules.v6.json", "modules.json"],
    ["sentence_bert_config.v6.json", "sentence_bert_config.json"],
    ["1_Pooling/config.v6.json", "1_Pooling/config.json"],
  ] as const) {
    cpSync(join(folder, from), join(copy, to), { force: true, mode: 0 });
  }
  return copy;
}

describe.skipIf(!existsSync(folder))("sentence embeddings", () => {
  test.each([
    ["sentence-transformers 2 to 5", () => folder],
    ["sentence-transformers 6", newLayout],
  ] as const)("equal those of sentence-transformers, in the layout of %s", async (_, path) => {
    const { texts } = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8"));
    const golden = await readGolden(join(folder, "golden.safetensors"));
    const embedder = await openSentenceEmbedder(path());
    const vectors = await embedder.embed(texts);
    const width = embedder.dimensions;
    const expected = golden.floats("sentence_embeddings");
    for (const [i, vector] of vectors.entries()) {
      expect(relativeError(vector, expected.subarray(i * width, (i + 1) * width), [true], 1), texts[i]).toBeLessThan(
        1e-4,
      );
    }
    await embedder.close();
  });
});
