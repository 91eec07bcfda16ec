import { InputError, NotFoundError, UnsupportedError } from "@loam/core";
import { evaluationCells, evaluationRuns, type Store } from "@loam/store";
import { startWorkWith } from "@loam/work";
import { and, eq } from "drizzle-orm";
import { systemOf } from "../runs/compare.ts";
import { boundFields } from "../runs/stored/portable-spec.ts";
import { getEvaluation, readEvaluation, readOrder, updateEvaluation } from "../runs/stored/stored-evaluations.ts";
import type { StartedEvaluation } from "./accept-evaluation.ts";
import { evaluateOperation } from "./evaluate.ts";

/**
 * Asks a system anew for one row of a finished evaluation: the output is forgotten, and the evaluation goes on, taking every
 * other output that is good from itself and none from other runs. Its numbers are then those of the new output. Judgements
 * are asked for again where the output differs.
 *
 * @throws {InputError} `not_finished`, or `no_order` for a run that came from a folder; {NotFoundError} for a row or a system
 * that it does not have; {UnsupportedError} for one that only runs where it was started.
 */
export async function remakeOutput(
  store: Store,
  run: string,
  { row, system }: { row: string; system: string },
): Promise<StartedEvaluation> {
  const { state } = await getEvaluation(store, run);
  if (state !== "finished")
    throw new InputError("not_finished", `The run ${run} is ${state}.`, {
      hint: "wait until it is through, or resume it",
    });
  const results = await readEvaluation(store, run);
  const position = results.dataset.rows.findIndex(({ id }) => id === row);
  if (position < 0)
    throw new NotFoundError("row", row, { known: results.dataset.rows.slice(0, 2000).map(({ id }) => id) });
  const { key } = systemOf(results, system).outputs[position]!;
  const order = await readOrder(store, run);
  if (!order?.spec.systems)
    throw new InputError("no_order", `What ${run} was asked to do is not kept: it came from a folder.`, {
      hint: "run its spec again with `loam evaluate`",
    });
  const bound = boundFields({ ...order.spec, dataset: order.dataset ? {} : order.spec.dataset });
  if (bound.length > 0)
    throw new UnsupportedError(`${bound.join(", ")} can be reached where ${run} was started only.`, {
      hint: "run it again there: `loam evaluate eval.yaml --fresh`",
    });
  return await startWorkWith(store, evaluateOperation, async (db, start) => {
    const within = { ...store, db };
    await db.delete(evaluationCells).where(and(eq(evaluationCells.run, run), eq(evaluationCells.key, key)));
    await db.update(evaluationRuns).set({ finishedAt: null }).where(eq(evaluationRuns.id, run));
    const { id } = await start({ run, alone: true }, { name: order.spec.name, key: run });
    await updateEvaluation(within, run, { work: id });
    return { run, work: id };
  });
}
