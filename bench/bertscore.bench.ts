/**
 * BERTScore pairs per second on news summaries, beside `bert_score` as bertscore.py has it: the same weights, the same token
 * ids, scores that must agree. `--shape=12x768` takes bert-base's shape, its BERTScore layer included.
 */
import { rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { BertScorer, openTokenEncoder } from "@loam/evaluation";
import { type Figure, report, timingOf } from "./measure.ts";
import { newsPairs } from "./news-pairs.ts";
import { type BertShape, bertShapes, randomBert } from "./random-bert.ts";
import { pythonWithTorch, Side } from "./side.ts";

const option = (name: string) => process.argv.find((x) => x.startsWith(`--${name}=`))?.slice(name.length + 3);
const shape = (option("shape") ?? "6x384") as BertShape;
if (!bertShapes[shape]) throw new Error(`--shape is ${shape}; there are ${Object.keys(bertShapes).join(", ")}`);
const rounds = Number(option("rounds") ?? 5);
const layer = shape === "12x768" ? 9 : bertShapes[shape].num_hidden_layers;
const threads = availableParallelism();

interface Sample {
  ms: number;
  cpuMs: number;
  f: number[];
}

const pairs = newsPairs().slice(0, Number(option("pairs") ?? 60));
const hypotheses = pairs.map(({ hypothesis }) => hypothesis);
const references = pairs.map(({ reference }) => reference);
const texts = [...new Set([...hypotheses, ...references])];
const folder = await randomBert(shape, texts);
try {
  const encoder = await openTokenEncoder(folder, { layer, threads });
  let encodingMs = 0;
  const scorer = () =>
    new BertScorer({
      ...encoder,
      encode: async (batch, options) => {
        const start = performance.now();
        const vectors = await encoder.encode(batch, options);
        encodingMs += performance.now() - start;
        return vectors;
      },
    });
  const timed = async (run: () => Promise<number[]>): Promise<Sample> => {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const f = await run();
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - start, cpuMs: (user + system) / 1000, f };
  };
  const scored = async (some: readonly string[], others: readonly string[]) =>
    (await scorer().score(some, others)).rows.map(({ f }) => f);
  const sides: Record<string, () => Promise<Sample>> = {
    loam: () => timed(() => scored(hypotheses, references)),
    "a pair at a time": () =>
      timed(async () => {
        const f: number[] = [];
        for (const { hypothesis, reference } of pairs) f.push(...(await scored([hypothesis], [reference])));
        return f;
      }),
  };
  let peer: Side<Sample> | undefined;
  if (pythonWithTorch) {
    const ids = Object.fromEntries(texts.map((text) => [text, encoder.tokenize(text.trim()).ids]));
    writeFileSync(join(folder, "pairs.json"), JSON.stringify({ hypotheses, references, layer, ids }));
    const side = new Side<Sample>(pythonWithTorch, [
      join(import.meta.dirname, "bertscore.py"),
      folder,
      String(threads),
    ]);
    const { torch, blas } = await side.line<{ torch: string; blas: string[] }>();
    console.error(`  PyTorch ${torch} with ${blas.join(", ") || "its own BLAS"}`);
    sides.bert_score = () => side.step();
    peer = side;
  } else console.error("  bert_score is left out: /usr/bin/python3 has no torch and numpy");

  const samples: Record<string, Sample[]> = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  let outside = 0;
  for (let round = -1; round < rounds; round++) {
    for (const [name, step] of Object.entries(sides)) {
      encodingMs = 0;
      const sample = await step();
      if (round < 0) continue;
      samples[name]!.push(sample);
      if (name === "loam") outside += 1 - encodingMs / sample.ms;
    }
  }
  peer?.end();
  await encoder.close?.();

  const timings = Object.fromEntries(
    Object.entries(samples).map(([name, list]) => [name, timingOf(list.map(({ ms }) => ms))]),
  );
  const ms = (name: string) => timings[name]!.medianMs;
  const cpuMs = (name: string) => timingOf(samples[name]!.map((sample) => sample.cpuMs)).medianMs;
  const figures: Figure[] = [
    { name: "loam", value: pairs.length / (ms("loam") / 1000), unit: "pairs/s" },
    { name: "against a pair at a time", value: ms("a pair at a time") / ms("loam"), unit: "×", atLeast: 1 },
    { name: "time outside the encoder", value: (100 * outside) / rounds, unit: "%", atMost: 25 },
  ];
  if (peer) {
    const theirs = samples.bert_score![0]!.f;
    const difference = Math.max(...samples.loam![0]!.f.map((f, i) => Math.abs(f - theirs[i]!)));
    figures.push(
      { name: "bert_score", value: pairs.length / (ms("bert_score") / 1000), unit: "pairs/s" },
      { name: "pairs a second against bert_score", value: ms("bert_score") / ms("loam"), unit: "×", atLeast: 1.5 },
      { name: "the same in processor time", value: cpuMs("bert_score") / cpuMs("loam"), unit: "×" },
      { name: "largest difference of F1", value: difference, unit: "", atMost: 1e-4 },
    );
  }
  report(`BERTScore of ${pairs.length} pairs, encoder ${shape}, layer ${layer}, ${threads} threads`, figures, timings);
} finally {
  rmSync(folder, { recursive: true });
}
