import { ArgumentError, loggable } from "@loam/core";
import { checkNeeds, metricFor, type ScoreRow } from "@loam/evaluation";
import {
  applyRetention,
  checkAlertRules,
  deliverNotices,
  forgetNotices,
  type Judge,
  keepWords,
  runEvaluators,
  type SpanRecord,
} from "@loam/observe";
import type { Store } from "@loam/store";
import type { ModelSettings } from "./model-settings.ts";

const lookEveryMs = 15_000;
const tidyEveryMs = 3_600_000;
const keepNoticesMs = 30 * 86_400_000;

/** What goes on by itself over traces and runs: rules are looked at, new spans judged, and what is old goes. */
export class ObserveWatch {
  readonly #store: Store;
  readonly #models: ModelSettings;
  readonly #stopped = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  #keeping: Promise<void> | undefined;
  #tidiedAt = 0;

  constructor(store: Store, models: ModelSettings) {
    this.#store = store;
    this.#models = models;
    this.#timer = setInterval(() => void this.look(), lookEveryMs).unref();
  }

  /** Looks once; those who come while it is at it wait for the next time. */
  look(): Promise<void> {
    const before = this.#running;
    return (this.#running = before.then(async () => {
      if (this.#stopped.signal.aborted) return;
      try {
        await this.#look();
      } catch (error) {
        console.error(loggable(error)); // the database may be away; there is a next time
      }
    }));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped.abort();
    await this.#running;
    await this.#keeping;
  }

  /** Beside everything else: after a large import there may be minutes of it. */
  #keepWords(): void {
    this.#keeping ??= keepWords(this.#store, { quietMs: 2000, signal: this.#stopped.signal })
      .catch((error) => console.error(loggable(error)))
      .then(() => {
        this.#keeping = undefined;
      });
  }

  async #look(): Promise<void> {
    const store = this.#store;
    this.#keepWords();
    await runEvaluators(store, this.#judge, { signal: this.#stopped.signal });
    await checkAlertRules(store);
    await deliverNotices(store, { commands: this.#models.config.alerts?.commands });
    if (Date.now() - this.#tidiedAt < tidyEveryMs || this.#stopped.signal.aborted) return;
    this.#tidiedAt = Date.now();
    await applyRetention(store);
    await forgetNotices(store, new Date(Date.now() - keepNoticesMs));
  }

  readonly #judge: Judge = async (config, span) => {
    const metric = metricFor(config.metric);
    const row = toScoreRow(span, config.reference);
    if (!row) return undefined;
    const { embed, judge } = this.#models.current;
    const context = {
      ...(metric.needs.includes("embedder") ? { embedder: embed } : {}),
      ...(metric.needs.includes("judge") && judge ? { judge } : {}),
      ...(config.rubric === undefined ? {} : { rubric: config.rubric }),
    };
    try {
      checkNeeds(metric, [row], context);
    } catch (error) {
      // What the span lacks is the span's; what the server lacks ends the evaluator, which says so.
      const name = error instanceof ArgumentError ? String(error.details.name) : "";
      if (["embedder", "tokenEncoder", "judge", "jsonSchema"].includes(name)) throw error;
      return undefined;
    }
    const { values } = await metric.score([row], context);
    return typeof values[0] === "number" ? { score: values[0] } : undefined;
  };
}

/** A span as the metrics take it: what was answered, what was asked, and a reference from its metadata. */
function toScoreRow({ input, output, metadata }: SpanRecord, reference = "reference"): ScoreRow | undefined {
  const prediction = lastText(output);
  if (prediction === undefined) return undefined;
  const expected = metadata?.[reference];
  const contexts = metadata?.contexts;
  return {
    prediction,
    references: [expected].flat().filter((text): text is string => typeof text === "string"),
    question: lastText(input),
    source: typeof metadata?.source === "string" ? metadata.source : lastText(input),
    ...(Array.isArray(contexts) ? { contexts: contexts.map(String) } : {}),
  };
}

/** The text of a value: itself, of the last message, of the first field that is one. */
function lastText(value: unknown, depth = 0): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || depth > 6) return undefined;
  if (Array.isArray(value)) {
    for (const item of value.toReversed()) {
      const text = lastText(item, depth + 1);
      if (text !== undefined) return text;
    }
    return undefined;
  }
  const fields = value as Record<string, unknown>;
  for (const name of [
    "content",
    "text",
    "output",
    "answer",
    "messages",
    "choices",
    "message",
    "parts",
    "input",
    "question",
  ]) {
    const text = lastText(fields[name], depth + 1);
    if (text !== undefined) return text;
  }
  return undefined;
}
