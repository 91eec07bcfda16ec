import { setTimeout as sleep } from "node:timers/promises";
import { type Store, spans, traceWords } from "@loam/store";
import { eq, sql } from "drizzle-orm";
import { idleMsOf } from "../ingest/span-writer.ts";
import { WordBits } from "./word-bits.ts";

/** Traces that are looked for at once, and spans that are read at once. */
const tracesAtOnce = 200;
const spansAtOnce = 50;
/** Of a text, before others are let in. */
const charsAtOnce = 200_000;
/** It waits so long at most for a pause between spans that come in. */
const patienceMs = 600_000;

/**
 * Makes the words of traces that lack them, the newest first, until there are none or it is told to stop.
 *
 * @param options.share of the time that it may take, so that what comes in meanwhile is written
 * @param options.quietMs it begins a trace only when no span has come in for so long, or for ten minutes there was no such pause
 * @returns of how many.
 */
export async function keepWords(
  store: Store,
  { share = 1 / 3, quietMs = 0, signal }: { share?: number; quietMs?: number; signal?: AbortSignal } = {},
): Promise<number> {
  let made = 0;
  let patience = patienceMs;
  while (!signal?.aborted) {
    const { rows } = await store.db.execute<{ id: string; version: number }>(sql`
      select id, version from traces where not has_words order by start_us desc limit ${tracesAtOnce}`);
    for (const { id, version } of rows) {
      for (; idleMsOf(store) < quietMs && patience > 0 && !signal?.aborted; patience -= 250)
        await sleep(250, undefined, { signal }).catch(() => {});
      if (signal?.aborted) return made;
      const begun = performance.now();
      const bits = Buffer.from((await wordsOf(store, id)).toBytes()).toString("hex");
      // Spans that came meanwhile have made it another version: it is looked at again.
      await store.db.execute(sql`
        with whole as (
          update traces set has_words = true where id = ${id} and version = ${version} returning id
        ) insert into ${traceWords} (trace_id, bits) select id, decode(${bits}, 'hex') from whole
          on conflict (trace_id) do update set bits = excluded.bits`);
      made++;
      await sleep((performance.now() - begun) * (1 / share - 1), undefined, { signal }).catch(() => {});
    }
    if (rows.length < tracesAtOnce) return made;
  }
  return made;
}

/** Everything in a trace that a search looks into, in the form in which it is looked at. */
async function wordsOf(store: Store, traceId: string): Promise<WordBits> {
  const words = new WordBits();
  for (let after = ""; ; ) {
    const rows = await store.db
      .select({
        ...{ id: spans.spanId, name: spans.name, model: spans.model, statusMessage: spans.statusMessage },
        input: sql<string | null>`${spans.input}::text`,
        output: sql<string | null>`${spans.output}::text`,
      })
      .from(spans)
      .where(sql`${eq(spans.traceId, traceId)} and ${spans.spanId} > ${after}`)
      .orderBy(spans.spanId)
      .limit(spansAtOnce);
    for (const { id: _, ...texts } of rows)
      for (const text of Object.values(texts)) if (text !== null) await addAll(words, text);
    const last = rows.at(-1);
    if (rows.length < spansAtOnce || !last) return words;
    after = last.id;
  }
}

async function addAll(words: WordBits, text: string): Promise<void> {
  for (let from = 0; from === 0 || from + 2 < text.length; from += charsAtOnce) {
    // Two letters of the next piece, for the triples between them.
    words.add(text.slice(from, from + charsAtOnce + 2));
    if (text.length > charsAtOnce) await new Promise((resolve) => setImmediate(resolve));
  }
}
