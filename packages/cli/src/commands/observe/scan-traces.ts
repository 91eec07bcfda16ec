import { redact, redactText } from "@loam/observe";
import { type Store, spans } from "@loam/store";
import { and, desc, eq, sql } from "drizzle-orm";

const wide = { maxStringChars: 2 ** 21, maxTotalChars: 2 ** 23, maxDepth: 200, maxItems: 200_000, maxNumbers: 200_000 };
const fields = ["input", "output", "attributes", "metadata", "events"] as const;
const spansAtOnce = 200;

interface Found {
  traceId: string;
  spanId: string;
  fields: string[];
  clean: Record<string, unknown>;
}

/** Spans that hold what today's rules call a secret. */
export async function scanTraces(store: Store, { limit }: { limit: number }) {
  let looked = 0;
  const found: Omit<Found, "clean">[] = [];
  for await (const page of pages(store, limit)) {
    looked += page.looked;
    for (const { clean: _, ...span } of page.found) found.push(span);
  }
  return { looked, spans: found };
}

/** Takes them out. @returns how many spans were changed. */
export async function redactTraces(store: Store, { limit }: { limit: number }): Promise<number> {
  let changed = 0;
  for await (const page of pages(store, limit))
    for (const { traceId, spanId, clean } of page.found) {
      await store.db
        .update(spans)
        .set(clean)
        .where(and(eq(spans.traceId, traceId), eq(spans.spanId, spanId)));
      changed++;
    }
  return changed;
}

async function* pages(store: Store, limit: number): AsyncGenerator<{ looked: number; found: Found[] }> {
  let after: { startUs: number; spanId: string } | undefined;
  for (let looked = 0; looked < limit; looked += spansAtOnce) {
    const rows = await store.db
      .select()
      .from(spans)
      .where(after && sql`(${spans.startUs}, ${spans.spanId}) < (${after.startUs}, ${after.spanId})`)
      .orderBy(desc(spans.startUs), desc(spans.spanId))
      .limit(Math.min(spansAtOnce, limit - looked));
    const last = rows.at(-1);
    if (!last) return;
    after = last;
    const found = rows.flatMap((row): Found[] => {
      const clean: Record<string, unknown> = {};
      for (const field of fields) {
        const value = row[field];
        if (value === null) continue;
        const redacted = redact(value, wide);
        if (JSON.stringify(redacted) !== JSON.stringify(value)) clean[field] = redacted;
      }
      const name = redactText(row.name);
      if (name !== row.name) clean.name = name;
      const { traceId, spanId } = row;
      return Object.keys(clean).length > 0 ? [{ traceId, spanId, fields: Object.keys(clean), clean }] : [];
    });
    yield { looked: rows.length, found };
  }
}
