import { InputError } from "@loam/core";
import { type PriceTable, type SpanRecord, writeSpans } from "@loam/observe";
import type { Store } from "@loam/store";
import { type Json, readRun } from "./read-run.ts";

/**
 * Runs as LangSmith exports them: a JSON array, `{ "runs": […] }`, or one object a line. A run that is there already is
 * merged with what the export says of it, so that doing it again changes nothing.
 *
 * @throws {InputError} naming the run that cannot be read.
 */
export async function importLangsmithRuns(
  store: Store,
  text: string,
  { project, prices }: { project?: string; prices: PriceTable },
): Promise<{ runs: number; traces: number }> {
  const runs = readExport(text);
  const parents = new Map(runs.map((run) => [String(run.id), run]));
  const rootOf = (run: Json): unknown => {
    let at = run;
    for (let i = 0; i < 10_000 && typeof at.parent_run_id === "string"; i++) {
      const parent = parents.get(at.parent_run_id);
      if (!parent) return at.parent_run_id;
      at = parent;
    }
    return at.id;
  };
  const context = { prices, traceOf: () => undefined, projectOf: () => undefined };
  const records = runs.map((run): SpanRecord => {
    const trace = (run.trace_id ?? run.dotted_order) ? {} : { trace_id: rootOf(run) };
    const named = project === undefined ? {} : { session_name: project };
    return readRun({ ...run, ...trace, ...named }, "post", context);
  });
  for (let i = 0; i < records.length; i += 1000) await writeSpans(store, records.slice(i, i + 1000), { prices });
  return { runs: records.length, traces: new Set(records.map(({ traceId }) => traceId)).size };
}

function readExport(text: string): Json[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const found: unknown[] = [];
  try {
    const whole: unknown = JSON.parse(text);
    const list = Array.isArray(whole) ? whole : ((whole as { runs?: unknown }).runs ?? [whole]);
    found.push(...(Array.isArray(list) ? list : [list]));
  } catch {
    for (const [i, line] of lines.entries())
      try {
        found.push(JSON.parse(line));
      } catch (cause) {
        throw new InputError("invalid_json", `Line ${i + 1} is no JSON (${(cause as Error).message}).`, {
          hint: "an export is a JSON array of runs, or one run a line",
          cause,
        });
      }
  }
  const bad = found.findIndex((run) => typeof run !== "object" || run === null || !("id" in run));
  if (bad >= 0)
    throw new InputError("no_run", `Entry ${bad + 1} of the export is no run: it has no id.`, {
      hint: "export runs with `client.list_runs` or the API's `/runs/query`",
    });
  return found as Json[];
}
