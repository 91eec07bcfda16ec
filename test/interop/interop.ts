/**
 * Adapters of PEFT and AdapterHub read here, and adapters written here read there, over methods × architectures:
 *
 *     node test/interop/interop.ts --python PYTHON [--folder DIR] [--seed N] [--only arch,arch] [--methods m,m]
 *
 * PYTHON has torch, transformers, peft and adapters. Prints a row for each pair and a table at the end; ends with 1 when one
 * is off by more than the tolerance.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Rng } from "@loam/core";
import { readSafetensors, toFloat32, writeSafetensors } from "@loam/formats";
import { type Model, openModel } from "@loam/models";
import {
  type Adapter,
  type BaseModel,
  baseModelOf,
  fitAdapter,
  mergedParameters,
  openAdapter,
  readAdapter,
  writeAdapter,
} from "@loam/peft";
import { difference, type Outputs, outputsOf } from "./outputs.ts";

/** Largest difference of a logit. Both sides run in float32. */
const tolerance = 2e-4;

const { values: options } = parseArgs({
  options: {
    python: { type: "string", default: process.env.LOAM_PEERS_PYTHON ?? "python3" },
    folder: { type: "string" },
    seed: { type: "string", default: "0" },
    only: { type: "string" },
    methods: { type: "string" },
  },
});

const folder = options.folder ?? mkdtempSync(join(tmpdir(), "loam-interop-"));
const peer = join(import.meta.dirname, "peer.py");
const wanted = (list: string | undefined, name: string) => list === undefined || list.split(",").includes(name);

interface Row {
  arch: string;
  method: string;
  /** Differences: read beside the base, folded into it, and written here and read there. */
  read?: number;
  merged?: number;
  written?: number;
  fresh?: number;
  notes: string[];
}
const rows = new Map<string, Row>();
const rowOf = (arch: string, method: string): Row => {
  const key = `${arch}/${method}`;
  if (!rows.has(key)) rows.set(key, { arch, method, notes: [] });
  return rows.get(key)!;
};

if (!existsSync(join(folder, "theirs"))) {
  const args = [peer, "make", folder, options.seed, options.only ?? "", options.methods ?? ""];
  for (const { arch, method, reference } of jsonLines(execFileSync(options.python, args, { encoding: "utf8" })))
    rowOf(arch, method).notes.push(`the reference: ${reference}`);
}
const inputs = await tensorsOf(join(folder, "in.safetensors"));
const [B, T] = inputs.input_ids!.shape as [number, number];
const ids = Array.from({ length: B }, (_, b) => Array.from(inputs.input_ids!.data.subarray(b * T, (b + 1) * T)));

for (const arch of readdirSync(join(folder, "theirs")).filter((name) => wanted(options.only, name))) {
  const model = await openModel(join(folder, "bases", arch));
  const base = baseModelOf(model);
  for (const method of readdirSync(join(folder, "theirs", arch)).filter((name) => wanted(options.methods, name))) {
    const theirs = join(folder, "theirs", arch, method);
    if (!existsSync(join(theirs, "ref.safetensors"))) continue;
    await compare(rowOf(arch, method), model, base, theirs, join(folder, "ours", arch, method));
  }
}
if (existsSync(join(folder, "ours"))) {
  const printed = execFileSync(options.python, [peer, "check", folder], { encoding: "utf8", maxBuffer: 1e9 });
  for (const { arch, method, off, error, warned } of jsonLines(printed)) {
    const isFresh = method.endsWith("-fresh");
    const row = rowOf(arch, method.replace(/-fresh$/, ""));
    row[isFresh ? "fresh" : "written"] = off ?? Number.POSITIVE_INFINITY;
    if (error) row.notes.push(`there${isFresh ? " (fresh)" : ""}: ${error}`);
    if (warned) row.notes.push(`there warned: ${warned}`);
  }
}
report();

async function compare(row: Row, model: Model, base: BaseModel, theirs: string, ours: string): Promise<void> {
  const expected = Object.fromEntries(
    Object.entries(await tensorsOf(join(theirs, "ref.safetensors"))).map(([key, { data }]) => [key, data]),
  );
  try {
    const adapter = await readAdapter(theirs);
    const found = await outputsOf(model, ids, await openAdapter(theirs, model));
    row.read = difference(expected, found);
    if (adapter.method.merge) {
      const parameters = await mergedParameters(model, theirs);
      row.merged = difference(expected, await outputsOf(model, ids, { parameters }));
    }
    const fitted = await fitAdapter(base, adapter);
    const file = (await adapter.method.toFile?.(base, adapter.config, fitted.tensors)) ?? fitted;
    await writeAdapter(ours, adapter.method, file);
    await writeOutputs(ours, found);
    await writeFresh(model, base, adapter, `${ours}-fresh`);
  } catch (error) {
    row.read ??= Number.POSITIVE_INFINITY;
    row.notes.push(`here: ${(error as Error).message}`);
  }
}

/** A fresh adapter with the same options, its numbers moved. */
async function writeFresh(model: Model, base: BaseModel, { method, config }: Adapter, output: string): Promise<void> {
  const rng = new Rng(7);
  const tensors = Object.fromEntries(
    Object.entries(await method.init(base, config, rng)).map(([key, { shape, data }]) => [
      key,
      method.isFrozen?.(key) ? { shape, data } : { shape, data: data.map((x) => x + 0.08 * rng.normal()) },
    ]),
  );
  await writeAdapter(output, method, (await method.toFile?.(base, config, tensors)) ?? { config, tensors });
  await writeOutputs(output, await outputsOf(model, ids, await openAdapter(output, model)));
}

async function writeOutputs(output: string, found: Outputs): Promise<void> {
  const entries = Object.entries(found).map(
    ([key, data]) => [key, { dtype: "F32", shape: [data.length], data }] as const,
  );
  await writeSafetensors(join(output, "out.safetensors"), entries);
}

async function tensorsOf(path: string): Promise<Record<string, { shape: readonly number[]; data: Float32Array }>> {
  const { tensors } = await readSafetensors(path);
  return Object.fromEntries(
    [...tensors].map(([key, { dtype, shape, data }]) => [
      key,
      { shape, data: dtype === "I64" ? Float32Array.from(data as BigInt64Array, Number) : toFloat32(dtype, data) },
    ]),
  );
}

/** What the peer prints, a line for each adapter. */
interface PeerRow {
  arch: string;
  method: string;
  reference?: string;
  off?: number;
  error?: string;
  warned?: string;
}

function jsonLines(text: string): PeerRow[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

function report(): void {
  const cell = (off: number | undefined) =>
    off === undefined ? "-" : off > tolerance ? `! ${off.toPrecision(2)}` : off.toExponential(0);
  const all = [...rows.values()];
  const isBad = (row: Row) =>
    [row.read, row.merged, row.written, row.fresh].some((off) => off !== undefined && off > tolerance);
  console.log("arch | method | read here | merged here | written here, read there | fresh here, read there | notes");
  for (const row of all)
    console.log(
      [
        row.arch,
        row.method,
        cell(row.read),
        cell(row.merged),
        cell(row.written),
        cell(row.fresh),
        row.notes.join("; "),
      ].join(" | "),
    );
  const count = (of: (row: Row) => number | undefined) => {
    const seen = all.map(of).filter((off) => off !== undefined);
    return `${seen.filter((off) => off <= tolerance).length}/${seen.length}`;
  };
  console.log(
    `read ${count((r) => r.read)}, merged ${count((r) => r.merged)}, written ${count((r) => r.written)}, fresh ${count((r) => r.fresh)} within ${tolerance}`,
  );
  if (all.some(isBad)) process.exitCode = 1;
}
