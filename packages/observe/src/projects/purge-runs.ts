import { runPoints, runSeries, runStretches, runs, type Store } from "@loam/store";
import { inArray, type SQL } from "drizzle-orm";

/** Deletes runs for good, with all that hangs on them; their files' blobs are left to the sweep of unused blobs. */
export async function purgeRuns(store: Store, where: SQL): Promise<number> {
  return await store.db.transaction(async (tx) => {
    const gone = tx.select({ id: runs.id }).from(runs).where(where);
    const series = tx.select({ id: runSeries.id }).from(runSeries).where(inArray(runSeries.runId, gone));
    await tx.delete(runStretches).where(inArray(runStretches.series, series));
    await tx.delete(runPoints).where(inArray(runPoints.series, series));
    const deleted = await tx.delete(runs).where(where).returning({ id: runs.id });
    return deleted.length;
  });
}
