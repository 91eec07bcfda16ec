import { setTimeout as sleep } from "node:timers/promises";
import type { VectorStores } from "../vector-stores/vector-stores.ts";
import type { Runs } from "./runs.ts";
import type { AssistantTool, FileSearchResult, StoredRun, ThreadBody } from "./types.ts";

/** A run waits so long for files that are being read. */
const waitMs = 60_000;
/** With `auto`, what scores less is not worth an answer from files. */
const autoThreshold = 0.25;
const usualResults = 20;

/**
 * What the files of the run's assistant and thread say to the last message of the user.
 *
 * @returns undefined when there is nothing to search, or with `auto` nothing that fits.
 */
export async function searchFiles(
  { runs, vectorStores }: { runs: Runs; vectorStores: VectorStores },
  run: StoredRun,
  tool: AssistantTool & { type: "file_search" },
  { signal }: { signal?: AbortSignal },
): Promise<FileSearchResult[] | undefined> {
  const { project, parentId, body } = run;
  const thread = await runs.threads.get(project, parentId);
  const stores = new Set([...storesOf(body.toolResources), ...storesOf(thread.body.toolResources)]);
  const isForced = typeof body.toolChoice === "object" && body.toolChoice.type === "file_search";
  const query = await lastWords(runs, run);
  if (stores.size === 0 || query === "") return isForced ? [] : undefined;
  const { max_num_results: k = usualResults, ranking_options } = tool.file_search ?? {};
  const threshold = ranking_options?.score_threshold ?? 0;
  const hits = [];
  for (const id of stores) {
    await untilRead(vectorStores, id, signal);
    hits.push(...(await vectorStores.search(project, id, { queries: [query], k, threshold, signal })));
  }
  hits.sort((a, b) => b.score - a.score);
  if (!isForced && (hits[0]?.score ?? 0) < autoThreshold) return undefined;
  return hits.slice(0, k).map(({ fileId, filename, score, text }) => {
    return { file_id: fileId, file_name: filename, score, content: [{ type: "text", text }] };
  });
}

function storesOf({ file_search }: ThreadBody["toolResources"]): string[] {
  return file_search?.vector_store_ids ?? [];
}

async function lastWords(runs: Runs, { project, parentId }: StoredRun): Promise<string> {
  const page = await runs.messages.page(project, { limit: 1, order: "desc" }, { parentId, body: { role: "user" } });
  const parts = page.data[0]?.body.content ?? [];
  return parts.flatMap((part) => (part.type === "text" ? [part.text.value] : [])).join("\n");
}

async function untilRead(vectorStores: VectorStores, id: string, signal: AbortSignal | undefined): Promise<void> {
  const end = Date.now() + waitMs;
  for (;;) {
    const usage = await vectorStores.usage([id]);
    if (usage.get(id)!.counts.in_progress === 0 || Date.now() > end) return;
    await sleep(200, undefined, { signal });
  }
}
