import { availableParallelism, cpus } from "node:os";
import { Rng } from "@loam/core";
import { KeywordIndex } from "../packages/search/src/keyword-index.ts";
import { VectorIndex } from "../packages/search/src/vector-index.ts";

/**
 * How long does a search over 100,000 chunks of 512 dimensions take, and how much of the exact top ten does it find?
 * Vectors: clustered as texts of one subject are, and uniform, where nothing is near anything and neighbours are
 * hardest to tell. Keywords: texts of 90 words from a Zipf vocabulary, questions of five.
 */
const target = { p50Ms: 10, recall: 0.99 };
const [chunks, dims, queries] = [100_000, 512, 200];
const rng = new Rng(42);

function unit(fill: (i: number) => number): Float32Array {
  const vector = Float32Array.from({ length: dims }, (_, i) => fill(i));
  const norm = Math.hypot(...vector);
  return vector.map((x) => x / norm);
}

function quantiles(ms: number[]): { p50: number; p95: number } {
  const sorted = [...ms].sort((a, b) => a - b);
  return { p50: sorted[Math.floor(sorted.length / 2)]!, p95: sorted[Math.floor(sorted.length * 0.95)]! };
}

let met = true;
const vectors = { clustered: clustered(), uniform: () => unit(() => rng.normal()) };
function clustered(): () => Float32Array {
  const centres = Array.from({ length: 500 }, () => unit(() => rng.normal()));
  return () => {
    const centre = centres[rng.integer(centres.length)]!;
    return unit((i) => centre[i]! + (0.9 / Math.sqrt(dims)) * rng.normal());
  };
}

console.log(
  `${chunks} chunks × ${dims}, ${queries} queries, ${cpus()[0]?.model ?? "?"} (${availableParallelism()} cores)`,
);
for (const [name, draw] of Object.entries(vectors)) {
  const index = new VectorIndex(dims);
  for (let i = 0; i < chunks; i++) index.add(draw());
  const asked = Array.from({ length: queries }, draw);
  for (const query of asked.slice(0, 20)) index.search(query, { k: 10 });
  const [fast, exact]: [number[], number[]] = [[], []];
  let found = 0;
  for (const query of asked) {
    let started = performance.now();
    const hits = new Set(index.search(query, { k: 10 }).map(({ row }) => row));
    fast.push(performance.now() - started);
    started = performance.now();
    found += index.search(query, { k: 10, method: "exact" }).filter(({ row }) => hits.has(row)).length;
    exact.push(performance.now() - started);
  }
  const recall = found / (10 * queries);
  const { p50, p95 } = quantiles(fast);
  console.log(
    `${name.padEnd(10)} p50 ${p50.toFixed(1)} ms  p95 ${p95.toFixed(1)} ms  recall@10 ${recall.toFixed(4)}  ` +
      `(exact p50 ${quantiles(exact).p50.toFixed(0)} ms)  ${(index.sizeBytes / 2 ** 20).toFixed(0)} MiB`,
  );
  met &&= p50 <= target.p50Ms && recall >= target.recall;
}

const word = () => `w${Math.floor(20_000 ** rng.uniform())}`;
const keywords = new KeywordIndex();
const before = process.memoryUsage().rss;
const started = performance.now();
for (let row = 0; row < chunks; row++) keywords.add(row, Array.from({ length: 90 }, word).join(" "));
const buildSeconds = (performance.now() - started) / 1000;
const times: number[] = [];
for (let i = 0; i < queries; i++) {
  const query = Array.from({ length: 5 }, word).join(" ");
  const at = performance.now();
  keywords.search(query, { k: 50 });
  times.push(performance.now() - at);
}
const { p50, p95 } = quantiles(times.slice(20));
const mib = (process.memoryUsage().rss - before) / 2 ** 20;
console.log(
  `keywords   p50 ${p50.toFixed(1)} ms  p95 ${p95.toFixed(1)} ms  built in ${buildSeconds.toFixed(1)} s  ${mib.toFixed(0)} MiB`,
);
met &&= p50 <= target.p50Ms;
process.exit(met ? 0 : 1);
