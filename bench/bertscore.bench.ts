import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng, writeSafetensors } from "@loam/core";
import { BertScorer, openTokenEncoder } from "@loam/evaluation";
import { architectureOf } from "@loam/models";
import { measure, report } from "./measure.ts";

/**
 * BERTScore pairs per second on news summaries, with an encoder of MiniLM's shape (6 layers, 384 wide) and random weights:
 * all pairs at once, against the same encoder given a pair at a time in the order of the file. The share of time outside
 * the encoder is what matching and bookkeeping cost.
 */
const golden = join(import.meta.dirname, "../packages/evaluation/golden/metrics/rouge");
const rows = (name: string) =>
  readFileSync(join(golden, name), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line));
const texts = new Map<string, string>(
  rows("texts.jsonl").map((row: { id: string; text: string }) => [row.id, row.text]),
);
const pairs = (rows("pairs.jsonl") as { id: string; target: string; prediction: string }[])
  .filter((row) => row.id.startsWith("summeval/"))
  .slice(0, 60)
  .map((row) => ({ reference: texts.get(row.target)!, hypothesis: texts.get(row.prediction)! }));

const folder = mkdtempSync(join(tmpdir(), "loam-bertscore-"));
try {
  const words = [...texts.values()]
    .join(" ")
    .toLowerCase()
    .match(/[a-z]+|[^\sa-z]/g)!;
  const vocabulary = [...new Set(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words])];
  const config = {
    model_type: "bert",
    vocab_size: vocabulary.length,
    hidden_size: 384,
    num_hidden_layers: 6,
    num_attention_heads: 12,
    intermediate_size: 1536,
    max_position_embeddings: 512,
  };
  const architecture = architectureOf(config);
  const rng = new Rng(7);
  const shapes = Object.entries(architecture.parameters(architecture.readConfig(config)) as Record<string, number[]>);
  const tensors = shapes.map(([name, shape]) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.04 * rng.normal());
    return [name, { dtype: "F32" as const, shape, data }] as const;
  });
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "vocab.txt"), vocabulary.join("\n"));

  const encoder = await openTokenEncoder(folder);
  const scorer = new BertScorer(encoder);
  let [encodingMs, totalMs] = [0, 0];
  const timed = new BertScorer({
    ...encoder,
    encode: async (batch, options) => {
      const start = performance.now();
      const vectors = await encoder.encode(batch, options);
      encodingMs += performance.now() - start;
      return vectors;
    },
  });
  const hypotheses = pairs.map((pair) => pair.hypothesis);
  const references = pairs.map((pair) => pair.reference);
  const timings = await measure(
    {
      "all pairs at once": async () => {
        const start = performance.now();
        await timed.score(hypotheses, references);
        totalMs += performance.now() - start;
      },
      "a pair at a time": async () => {
        for (const { hypothesis, reference } of pairs) await scorer.score([hypothesis], [reference]);
      },
    },
    { rounds: 5 },
  );
  const { "all pairs at once": whole, "a pair at a time": single } = timings;
  report(
    `BERTScore of ${pairs.length} pairs, encoder 6 × 384`,
    [
      { name: "pairs per second", value: pairs.length / (whole.medianMs / 1000), unit: "pairs/s" },
      { name: "against a pair at a time", value: single.medianMs / whole.medianMs, unit: "×", atLeast: 1 },
      {
        name: "time outside the encoder",
        value: 100 * (1 - encodingMs / totalMs),
        unit: "%",
        atMost: 25,
      },
    ],
    timings,
  );
  await encoder.close?.();
} finally {
  rmSync(folder, { recursive: true });
}
