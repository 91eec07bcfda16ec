import { throwIfCancelled } from "@loam/core";

/** Maps items with at most `concurrency` calls under way; results stand in the order of the items. The first error stops it. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  map: (item: T, index: number) => Promise<R>,
  { concurrency = 4, signal, what = "the work" }: { concurrency?: number; signal?: AbortSignal; what?: string } = {},
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const work = async () => {
    while (next < items.length && !failed) {
      throwIfCancelled(signal, what);
      const index = next++;
      try {
        results[index] = await map(items[index]!, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(concurrency, items.length)) }, work));
  return results;
}
