import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { writeSafetensors } from "@loam/formats";
import { architectureOf } from "@loam/models";

/** Shapes of encoders that everybody knows. */
export const bertShapes = {
  /** MiniLM-L6. */
  "6x384": { num_hidden_layers: 6, hidden_size: 384, num_attention_heads: 12, intermediate_size: 1536 },
  /** bert-base. */
  "12x768": { num_hidden_layers: 12, hidden_size: 768, num_attention_heads: 12, intermediate_size: 3072 },
} as const;
export type BertShape = keyof typeof bertShapes;

/** A new folder with a BERT of that shape, made-up weights and the words of the texts as its vocabulary. */
export async function randomBert(shape: BertShape, texts: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "loam-bert-"));
  const words = texts
    .join(" ")
    .toLowerCase()
    .match(/[a-z]+|[^\sa-z]/g)!;
  const vocabulary = [...new Set(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words])];
  const config = {
    model_type: "bert",
    vocab_size: vocabulary.length,
    max_position_embeddings: 512,
    ...bertShapes[shape],
  };
  const architecture = architectureOf(config);
  const rng = new Rng(7);
  const shapes = Object.entries(architecture.parameters(architecture.readConfig(config)) as Record<string, number[]>);
  await writeSafetensors(
    join(folder, "model.safetensors"),
    shapes.map(([name, shape]) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.04 * rng.normal());
      if (name.endsWith("LayerNorm.weight")) data.fill(1);
      return [name, { dtype: "F32" as const, shape, data }] as const;
    }),
  );
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "vocab.txt"), vocabulary.join("\n"));
  return folder;
}
