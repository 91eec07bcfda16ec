import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import type { Store } from "@loam/store";
import type { MetricPoint } from "../runs/points.ts";
import { type Imported, localPath, putMlflowRun } from "./mlflow-runs.ts";

type Row = Record<string, string | number | null>;

/** An `mlflow.db`, as MLflow keeps it in SQLite. @throws {InputError} when it is none. */
export async function importMlflowDatabase(store: Store, path: string): Promise<Imported> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw new NotFoundError("file", path);
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path, { readOnly: true });
  const imported: Imported = { runs: [], files: 0 };
  const all = (text: string, ...values: string[]) => database.prepare(text).all(...values) as unknown as Row[];
  try {
    const runs = all(`select r.run_uuid, r.name, r.status, r.start_time, r.end_time, r.lifecycle_stage, r.artifact_uri,
      e.name as experiment from runs r join experiments e on e.experiment_id = r.experiment_id order by r.start_time`);
    for (const run of runs) {
      const id = String(run.run_uuid);
      const tags = Object.fromEntries(
        all("select key, value from tags where run_uuid = ?", id).map(({ key, value }) => [
          String(key),
          String(value ?? ""),
        ]),
      );
      await putMlflowRun(
        store,
        {
          id,
          experiment: String(run.experiment),
          name: String(run.name || tags["mlflow.runName"] || id),
          status: String(run.status),
          startMs: run.start_time === null ? undefined : Number(run.start_time),
          endMs: run.end_time === null ? undefined : Number(run.end_time),
          deleted: run.lifecycle_stage === "deleted",
          params: all("select key, value from params where run_uuid = ?", id).map(({ key, value }) => ({
            key: String(key),
            value: String(value ?? ""),
          })),
          tags,
          points: all("select key, value, timestamp, step, is_nan from metrics where run_uuid = ?", id).map(toPoint),
          artifacts: localPath(run.artifact_uri === null ? undefined : String(run.artifact_uri), dirname(path)),
        },
        imported,
      );
    }
    return imported;
  } catch (cause) {
    if ((cause as { code?: string }).code !== "ERR_SQLITE_ERROR") throw cause;
    throw new InputError("no_mlflow_database", `${path} is no database of MLflow (${(cause as Error).message}).`, {
      hint: "give the file `mlflow.db`, or the `mlruns` folder",
      cause,
    });
  } finally {
    database.close();
  }
}

/** MLflow writes an infinity as the largest double, which stands for nothing else. */
function toPoint({ key, value, timestamp, step, is_nan: isNan }: Row): MetricPoint {
  const number = Number(value);
  const limit = 1.7976931348623157e308;
  return {
    key: String(key),
    step: Number(step),
    timeMs: Number(timestamp),
    value: isNan ? Number.NaN : Math.abs(number) >= limit ? Math.sign(number) * Number.POSITIVE_INFINITY : number,
  };
}
