import { NotFoundError } from "@loam/core";
import { openUseLiteTokenEncoder, type SummaryScores, scoreSummary, type TokenEncoder } from "@loam/evaluation";
import { type Library, type SummarizeOptions, type Summary, SummarySettings, summarize } from "@loam/rag";
import { documents, newId, type Store, summaries } from "@loam/store";
import { desc, eq } from "drizzle-orm";
import type { StoredSummaryJson, SummaryEventJson } from "../surfaces/studio/schemas/summary.ts";
import type { ModelSettings } from "./model-settings.ts";

type SummaryRow = typeof summaries.$inferSelect;

/** A summary as the store keeps it. */
interface Content extends Omit<Summary, "document"> {
  asked: StoredSummaryJson["asked"];
  scoring: Omit<SummaryScores, "scores"> | null;
}

/** Makes summaries, scores them against the papers' own abstracts, and keeps them. */
export class SummaryService {
  readonly #store: Store;
  readonly #library: Library;
  readonly #models: ModelSettings;
  #tokenEncoder: Promise<TokenEncoder> | undefined;

  constructor({ store, library, models }: { store: Store; library: Library; models: ModelSettings }) {
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
