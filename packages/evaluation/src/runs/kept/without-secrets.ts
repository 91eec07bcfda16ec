import { isDeepStrictEqual } from "node:util";
import { redactText, redactWhole } from "@loam/observe";
import type { EvaluationRun, SystemResult } from "../evaluation-run.ts";
import type { Cell } from "./cell-log.ts";

/**
 * A cell as the store keeps it. What systems and judges said is redacted, and names; keys and signatures are ours. An output
 * that loses something by it is marked `redacted`: a metric would score other words than those that were made.
 */
export function cellWithoutSecrets(given: Cell): Cell {
  const cell = { ...given, system: redactText(given.system), row: redactText(given.row) };
  if (cell.kind === "score") {
    const { details, failure } = cell;
    return {
      ...cell,
      ...(details !== undefined && { details: redactWhole(details) }),
      ...(failure !== undefined && { failure: redactText(failure) }),
    };
  }
  const { prediction, contexts, places, citations, error } = cell;
  const said = plain({ prediction, contexts, places, citations, error });
  const clean = redactWhole(said) as typeof said;
  return isDeepStrictEqual(said, clean) ? cell : { ...cell, ...clean, redacted: true };
}

/** Milliseconds after which others are let in. */
const sliceMs = 10;

/** The results as the store keeps them. Others are let in between rows. */
export async function resultsWithoutSecrets(run: EvaluationRun): Promise<EvaluationRun> {
  let since = performance.now();
  const each = async <T>(items: readonly T[], clean: (item: T) => T): Promise<T[]> => {
    const cleaned: T[] = [];
    for (const item of items) {
      cleaned.push(clean(item));
      if (performance.now() - since < sliceMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
    return cleaned;
  };
  const systems: SystemResult[] = [];
  for (const system of run.systems) {
    const metrics: SystemResult["metrics"] = [];
    for (const metric of system.metrics)
      metrics.push({
        ...metric,
        ...(metric.details && { details: await each([...metric.details], redactWhole) }),
        ...(metric.failures && {
          failures: await each(metric.failures, ({ row, reason }) => ({ row, reason: redactText(reason) })),
        }),
      });
    const outputs = await each(system.outputs, (cell) => cellWithoutSecrets(cell) as typeof cell);
    systems.push({ ...system, system: redactText(system.system), outputs, metrics });
  }
  const rows = await each(run.dataset.rows, ({ id, fields }) => ({
    id: redactText(id),
    fields: redactWhole(fields) as typeof fields,
  }));
  const dataset = { ...run.dataset, name: redactText(run.dataset.name), rows };
  return { ...run, name: redactText(run.name), systems, dataset };
}

/** As it comes back from JSON: without fields that are undefined. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
