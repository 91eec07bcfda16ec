import { evaluationRuns, type Store } from "@loam/store";
import { eq } from "drizzle-orm";
import { type RunScores, scoresOf } from "../scores/run-scores.ts";
import { readEvaluation } from "./stored-evaluations.ts";

/**
 * The scores of a finished evaluation; of one that an earlier version finished they are kept from now on.
 *
 * @throws {InputError} `not_finished`, or {NotFoundError}, as {@link readEvaluation}.
 */
export async function readScores(store: Store, id: string): Promise<RunScores> {
  const isThis = eq(evaluationRuns.id, id);
  const [row] = await store.db.select({ scores: evaluationRuns.scores }).from(evaluationRuns).where(isThis);
  if (row?.scores) return JSON.parse(row.scores) as RunScores;
  const scores = scoresOf(await readEvaluation(store, id));
  await store.db
    .update(evaluationRuns)
    .set({ scores: JSON.stringify(scores) })
    .where(isThis);
  return scores;
}
