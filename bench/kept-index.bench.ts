import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { searchVectors, searchWords } from "../packages/library/src/library/index/search-segments.ts";
import { SegmentBuilder } from "../packages/library/src/library/index/segment-builder.ts";
import { SegmentFolder } from "../packages/library/src/library/index/segment-folder.ts";
import { Segments } from "../packages/library/src/library/index/segments.ts";

/**
 * How long until a library's index that is kept on disk answers in a new process, and what does it hold in memory? Synthetic
 * chunks (90 words of a Zipf vocabulary, vectors of 512, 100 chunks a document): `npm run bench kept-index`, 100,000 chunks;
 * `node bench/kept-index.bench.ts --chunks 1000000` for more. Time of the processor beside that of the clock, which other
 * work on the machine lengthens.
 */
const count = Number(option("chunks") ?? 100_000);
const target = count <= 100_000 ? 1_000 : 3_000;
const [dims, perDocument, segmentRows] = [512, 100, 32_768];
const home = option("home") ?? mkdtempSync(join(tmpdir(), "loam-kept-index-"));
const documents = Array.from({ length: Math.ceil(count / perDocument) }, (_, i) => `doc_${i}`);

if (process.argv.includes("--child")) await openOnce();
else {
  try {
    await fill();
    let met = true;
    for (let i = 0; i < 3; i++) {
      const { openedMs, line } = child();
      console.log(line);
      met = openedMs <= target && met;
    }
    process.exitCode = met ? 0 : 1;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function fill(): Promise<void> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const rng = new Rng(1);
  const segments = new Segments(new SegmentFolder(home, "bench"));
  // Neighbouring vectors differ by rotation only: a million of their own would take longer to draw than to index.
  const base = Array.from({ length: 1_000 }, () => unit(rng));
  let builder = new SegmentBuilder(dims);
  for (const [i, document] of documents.entries()) {
    for (let ordinal = 0; ordinal < perDocument; ordinal++) {
      const text = Array.from({ length: 90 }, () => word(rng)).join(" ");
      const vector = base[(i * perDocument + ordinal) % base.length]!;
      builder.add({ document, ordinal, kind: "text", pages: [1, 1], text, vector });
    }
    if (builder.size < segmentRows && i + 1 < documents.length) continue;
    await segments.add(builder);
    builder = new SegmentBuilder(dims);
  }
  console.log(`${count} chunks indexed in ${ms(started)} ms (${cpuMs(cpu)} ms of processor)`);
}

function child(): { openedMs: number; line: string } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [import.meta.filename, "--child", "--chunks", `${count}`, "--home", home],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { openedMs: number; line: string };
}

async function openOnce(): Promise<void> {
  const rng = new Rng(5);
  const vector = unit(rng);
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const segments = new Segments(new SegmentFolder(home, "bench"));
  await segments.openKept(new Set(documents));
  const read = `${ms(started)} ms`;
  const search = async () => {
    const query = Array.from({ length: 5 }, () => word(rng)).join(" ");
    searchWords(segments.current, query, { k: 50 });
    await searchVectors(segments.current, vector, { k: 50 });
  };
  await search();
  const [openedMs, openedCpu] = [performance.now() - started, cpuMs(cpu)];
  const times: number[] = [];
  const searchCpu = process.cpuUsage();
  for (let i = 0; i < 40; i++) {
    const from = performance.now();
    await search();
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  const line = [
    `opened in ${read}, first answer after ${openedMs.toFixed(0)} ms (${openedCpu} ms of processor)`,
    `then p50 ${times[20]!.toFixed(0)} ms, p95 ${times[38]!.toFixed(0)} ms (${(Number(cpuMs(searchCpu)) / 40).toFixed(0)} ms of processor)`,
    `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  ].join("; ");
  console.log(JSON.stringify({ openedMs, line }));
}

function word(rng: Rng): string {
  return `w${Math.floor(20_000 ** rng.uniform())}`;
}

function unit(rng: Rng): Float32Array {
  const vector = Float32Array.from({ length: dims }, () => rng.normal());
  const norm = Math.hypot(...vector);
  return vector.map((x) => x / norm);
}

function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

function ms(from: number): string {
  return (performance.now() - from).toFixed(0);
}

function cpuMs(from: NodeJS.CpuUsage): string {
  const { user, system } = process.cpuUsage(from);
  return ((user + system) / 1000).toFixed(0);
}
