import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "@loam/core";
import type { Store } from "@loam/store";
import { parse } from "yaml";
import type { MetricPoint } from "../runs/points.ts";
import { type Imported, localPath, putMlflowRun } from "./mlflow-runs.ts";
import { below, filesBelow, textOfFile } from "./read-folder.ts";

/** An `mlruns` folder. @throws {InputError} when there is no experiment in it. */
export async function importMlflowFolder(store: Store, folder: string): Promise<Imported> {
  const imported: Imported = { runs: [], files: 0 };
  let experiments = 0;
  for (const id of (await readdir(folder)).sort()) {
    const experiment = join(folder, id);
    const meta = await metaOf(experiment);
    if (!meta || meta.experiment_id === undefined) continue;
    experiments++;
    for (const run of (await readdir(experiment, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1)))
      if (run.isDirectory()) await importRun(store, join(experiment, run.name), String(meta.name), imported);
  }
  if (experiments === 0)
    throw new InputError("no_experiments", `${folder} holds no experiment of MLflow.`, {
      hint: "give the `mlruns` folder, with a `meta.yaml` in each of its folders, or the file `mlflow.db`",
    });
  return imported;
}

async function importRun(store: Store, folder: string, experiment: string, imported: Imported): Promise<void> {
  const meta = await metaOf(folder);
  if (meta?.run_id === undefined && meta?.run_uuid === undefined) return;
  const tags = Object.fromEntries(await entriesOf(join(folder, "tags")));
  const points: MetricPoint[] = [];
  for (const [key, text] of await entriesOf(join(folder, "metrics")))
    for (const line of text.split("\n")) {
      const [timeMs, value, step = "0"] = line.trim().split(/\s+/);
      if (value === undefined) continue;
      points.push({ key, timeMs: Number(timeMs), value: numberOf(value), step: Number(step) });
    }
  const beside = join(dirname(folder), basename(folder), "artifacts");
  const artifacts = (await filesBelow(beside, () => true).catch(() => [])).length > 0;
  await putMlflowRun(
    store,
    {
      id: String(meta.run_id ?? meta.run_uuid),
      experiment,
      name: String(meta.run_name || tags["mlflow.runName"] || basename(folder)),
      status: meta.status as string | number,
      startMs: timeOf(meta.start_time),
      endMs: timeOf(meta.end_time),
      deleted: meta.lifecycle_stage === "deleted",
      params: (await entriesOf(join(folder, "params"))).map(([key, value]) => ({ key, value })),
      tags,
      points,
      artifacts: artifacts ? beside : localPath(meta.artifact_uri as string | undefined, folder),
    },
    imported,
  );
}

async function metaOf(folder: string): Promise<Record<string, unknown> | undefined> {
  const text = await textOfFile(join(folder, "meta.yaml"));
  const meta = text === undefined ? undefined : (parse(text, { maxAliasCount: 0 }) as unknown);
  return typeof meta === "object" && meta !== null ? (meta as Record<string, unknown>) : undefined;
}

/** Name and text of each file of a folder; names with `/` are folders there. */
async function entriesOf(folder: string): Promise<[string, string][]> {
  const files = await filesBelow(folder, () => true).catch(() => []);
  return await Promise.all(
    files.map(async (path): Promise<[string, string]> => [below(folder, path), (await textOfFile(path)) ?? ""]),
  );
}

/** Python's words too: `nan`, `inf`, `-inf`. */
function numberOf(text: string): number {
  const word = text.toLowerCase().replace(/^\+/, "");
  if (word === "nan") return Number.NaN;
  if (word === "inf" || word === "infinity") return Number.POSITIVE_INFINITY;
  return word === "-inf" || word === "-infinity" ? Number.NEGATIVE_INFINITY : Number(text);
}

function timeOf(value: unknown): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}
