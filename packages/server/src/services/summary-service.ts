import { CancelledError, LoamError, NotFoundError, type OperationControls, operation } from "@loam/core";
import { openUseLiteTokenEncoder, type SummaryScores, scoreSummary, type TokenEncoder } from "@loam/evaluation";
import {
  type Library,
  type SummarizeOptions,
  type Summary,
  SummarySettings,
  summarize,
  summarizeOperation,
} from "@loam/library";
import type { Models } from "@loam/providers";
import { documents, newId, type Store, summaries } from "@loam/store";
import { followWork, getWork, startWork, type WorkRecord } from "@loam/work";
import { desc, eq } from "drizzle-orm";
import type { StoredSummaryJson, SummaryEventJson } from "../surfaces/studio/schemas/summary.ts";

type SummaryRow = typeof summaries.$inferSelect;

/** A summary as the store keeps it. */
interface Content extends Omit<Summary, "document"> {
  asked: StoredSummaryJson["asked"];
  scoring: Omit<SummaryScores, "scores"> | null;
}

export interface SummaryServiceOptions {
  store: Store;
  library: Library;
  /** Read for each summary: the chat model may be changed meanwhile. */
  models: { readonly current: Pick<Models, "chat"> };
}

/** A summary that a document is to have; what came of it is kept. */
export const summaryOperation = operation({
  name: "summary",
  summary: "Summarise a document, score the summary against the document's own abstract, and keep both",
  description: "Its log has the sentences as they come. Taken up again, it begins anew.",
  lasts: "work",
  input: summarizeOperation.input.omit({ reference: true }),
  run: async (
    service: SummaryService,
    { document, ...settings },
    { signal, emit }: OperationControls<SummaryEventJson>,
  ) => {
    let made: StoredSummaryJson | undefined;
    for await (const event of service.make(document, { ...settings, signal })) {
      emit(event);
      if (event.type === "done") made = event.summary;
    }
    return { document, summary: made!.id };
  },
});

/** Makes summaries, scores them against the papers' own abstracts, and keeps them. */
export class SummaryService {
  readonly #store: Store;
  readonly #library: Library;
  readonly #models: { readonly current: Pick<Models, "chat"> };
  #tokenEncoder: Promise<TokenEncoder> | undefined;

  constructor({ store, library, models }: SummaryServiceOptions) {
    this.#store = store;
    this.#library = library;
    this.#models = models;
  }

  /** Summarises a document; the abstract is left out of what is read where the document has one. */
  async *make(
    document: string,
    { signal, ...settings }: Omit<SummarizeOptions, "reference" | "onProgress">,
  ): AsyncGenerator<SummaryEventJson> {
    const { chat } = this.#models.current;
    const waiting: SummaryEventJson[] = [];
    const start = (reference: "abstract" | undefined) =>
      summarize(this.#library, document, {
        ...{ ...settings, chat, reference, signal },
        onProgress: ({ done, total }) => waiting.push({ type: "progress", done, ...(total ? { total } : {}) }),
      });
    let stream = start("abstract");
    let summary: Summary;
    try {
      yield* events(stream, waiting);
      summary = await stream.result;
    } catch (error) {
      // A document without an abstract is summarised all the same, and has nothing to be compared with.
      if (!(error instanceof NotFoundError) || !/abstract/.test(error.message)) throw error;
      stream = start(undefined);
      yield* events(stream, waiting);
      summary = await stream.result;
    }
    let scores: SummaryScores | null = null;
    if (summary.reference) {
      yield { type: "scoring" };
      this.#tokenEncoder ??= openUseLiteTokenEncoder();
      scores = await scoreSummary(summary.summary, summary.reference.text, {
        tokenEncoder: await this.#tokenEncoder,
        signal,
      });
    }
    const { document: _document, ...content } = summary;
    const { words, style, language = null } = SummarySettings.parse(settings);
    const asked = { words, style, language };
    const scoring = scores && { tokenizer: scores.tokenizer, bertScoreHash: scores.bertScoreHash };
    const [row] = await this.#store.db
      .insert(summaries)
      .values({
        id: newId("sum"),
        documentId: document,
        content: { ...content, asked, scoring } satisfies Content,
        scores: scores?.scores ?? null,
      })
      .returning();
    const { title } = await this.#library.document(document);
    yield { type: "done", summary: toJson(row!, title) };
  }

  /** Accepts a summary as work; it is made whoever listens. */
  async start(document: string, settings: Record<string, unknown>): Promise<WorkRecord> {
    const { title, name } = await this.#library.document(document);
    return await startWork(this.#store, summaryOperation, { document, ...settings }, { name: title ?? name });
  }

  /**
   * What happens to a summary in the making, until it is made.
   *
   * @throws {LoamError} what it failed for; {CancelledError} when it was cancelled.
   */
  async *follow(work: WorkRecord, signal: AbortSignal): AsyncGenerator<SummaryEventJson> {
    yield { type: "started", work: work.id };
    for await (const { type, data } of followWork(this.#store, work.id, { signal })) {
      if (type === "progress") {
        const { done, total } = data as { done: number; total?: number };
        yield { type: "progress", done, ...(total !== undefined && { total }) };
      } else if (type === "status") {
        if ((data as { status: string }).status === "running") yield { type: "begun" };
      } else yield { type, ...(data as object) } as SummaryEventJson;
    }
    const { status, error } = await getWork(this.#store, work.id);
    if (status === "failed") throw new LoamError(error!.code, error!.message, { details: error!.details });
    if (status === "cancelled") throw new CancelledError(`The summary of ${work.name}`);
  }

  /** The summaries of a document, or of all, newest first. */
  async list(document?: string): Promise<StoredSummaryJson[]> {
    const rows = await this.#store.db
      .select({ summary: summaries, title: documents.title, name: documents.name })
      .from(summaries)
      .innerJoin(documents, eq(documents.id, summaries.documentId))
      .where(document === undefined ? undefined : eq(summaries.documentId, document))
      .orderBy(desc(summaries.createdAt))
      .limit(200);
    return rows.map(({ summary, title, name }) => toJson(summary, title ?? name));
  }

  /** @throws {NotFoundError} */
  async remove(id: string): Promise<void> {
    const gone = await this.#store.db.delete(summaries).where(eq(summaries.id, id)).returning({ id: summaries.id });
    if (gone.length === 0) throw new NotFoundError("summary", id, { hint: "it may have been deleted before" });
  }

  async close(): Promise<void> {
    await (await this.#tokenEncoder?.catch(() => undefined))?.close?.();
  }
}

/** Text and sentences as they come; the end is told with the scores. */
async function* events(
  stream: ReturnType<typeof summarize>,
  waiting: SummaryEventJson[],
): AsyncGenerator<SummaryEventJson> {
  for await (const event of stream) {
    yield* waiting.splice(0);
    if (event.type !== "done") yield event;
  }
}

function toJson({ id, documentId, content, scores, createdAt }: SummaryRow, title: string): StoredSummaryJson {
  const { scoring, ...summary } = content as Content;
  return {
    ...summary,
    id,
    document: documentId,
    documentTitle: title,
    scores: scores && scoring ? { scores: scores as SummaryScores["scores"], ...scoring } : null,
    createdAt: createdAt.toISOString(),
  };
}
