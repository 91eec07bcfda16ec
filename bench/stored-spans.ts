import { randomBytes } from "node:crypto";
import { keepWords, type SpanRecord, writeSpans } from "@loam/observe";
import { openStore } from "@loam/store";

/** Traces of one statement. */
const tracesAtOnce = 1000;

/**
 * Puts traces into a home that no server has open: one is written as every other, the rest are its copies with ids, times and a
 * number of their own in the text, one in twenty of them failed. They lie before those that `npm run bench otlp` sends.
 */
export async function storeSpans(home: string, spans: readonly SpanRecord[], traces: number): Promise<void> {
  const store = await openStore({ home, databaseUrl: "", blobUrl: "", durability: "process" });
  await writeSpans(store, spans);
  const template = spans[0]!.traceId;
  for (let from = 1; from < traces; from += tracesAtOnce) {
    const to = Math.min(traces, from + tracesAtOnce) - 1;
    await store.db.execute(`
      insert into spans (trace_id, span_id, parent_span_id, name, kind, start_us, end_us, status, attributes, events, input, output,
        model, provider, input_tokens, output_tokens, cost_usd, project, dialect)
      select md5('trace' || n), left(md5(n || span_id), 16), case when parent_span_id is not null then left(md5(n || parent_span_id), 16) end,
        name, kind, start_us - n * 60000::bigint, end_us - n * 60000::bigint,
        case when parent_span_id is null and n % 20 = 0 then 'error' else status end, attributes, events,
        to_jsonb((input #>> '{}') || ' number' || n || '.'), output, model, provider, input_tokens, output_tokens, cost_usd, project, dialect
      from spans, generate_series(${from}, ${to}) n where trace_id = '${template}'`);
    await store.db.execute(`
      insert into traces (id, project, start_us, end_us, root_failed)
      select md5('trace' || n), project, start_us - n * 60000::bigint, end_us - n * 60000::bigint, n % 20 = 0
      from traces, generate_series(${from}, ${to}) n where id = '${template}'`);
    if (from % (10 * tracesAtOnce) === 1) console.error(`${to} of ${traces} traces are stored`);
  }
  console.error("the words of traces are made, as a server makes them beside its work");
  await keepWords(store, { share: 1 });
  await store.close();
}

/** A trace of `count` spans as a client would have made it. */
export function traceOf(count: number, words: string): SpanRecord[] {
  const traceId = randomBytes(16).toString("hex");
  const root = randomBytes(8).toString("hex");
  const startUs = 1_699_000_000_000_000;
  return Array.from({ length: count }, (_, i) => ({
    ...{ traceId, spanId: i === 0 ? root : randomBytes(8).toString("hex"), parentSpanId: i === 0 ? null : root },
    ...{
      name: `step ${i}`,
      kind: i % 5 === 0 ? "llm" : "chain",
      startUs: startUs + i * 1000,
      endUs: startUs + i * 1000 + 40_000,
    },
    ...{ status: "ok", statusMessage: null, attributes: {}, events: [] },
    ...{ input: words.slice(i % 400, (i % 400) + 400), output: words.slice((2 * i) % 400, ((2 * i) % 400) + 400) },
    ...{ model: "gpt-4o", provider: "openai", inputTokens: 100, outputTokens: null, cacheReadTokens: null },
    ...{ cacheWriteTokens: null, reasoningTokens: null, costUsd: 0.00025, project: "bench", sessionId: null },
    ...{ userId: null, tags: null, metadata: null, dialect: "openinference", origin: null },
  })) as SpanRecord[];
}
