import { throwIfCancelled, UnavailableError } from "@loam/core";
import { span } from "@loam/observe";
import type { Figure } from "@loam/pdf";
import { type DescriptionCache, describeFigure, type FigureDescription, type FigureReading } from "@loam/pdf";
import { figureDescriptions, figures } from "@loam/store";
import { and, asc, eq, isNull } from "drizzle-orm";
import sharp from "sharp";
import { figureRowId, type LibraryContext } from "./context.ts";

/** Figures in work at once: a vision model answers slowly, and its provider counts requests. */
const figuresAtOnce = 3;

/** Says in words what each figure shows that has no words yet. What is known of a picture is never asked again. */
export async function describeFigures(
  context: LibraryContext,
  documentId: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  const { db, blobs } = context.store;
  const waiting = await db
    .select({ content: figures.content, imageKey: figures.imageKey })
    .from(figures)
    .where(and(eq(figures.documentId, documentId), isNull(figures.descriptionSource)))
    .orderBy(asc(figures.page), asc(figures.id));
  const work = async () => {
    for (let row = waiting.shift(); row; row = waiting.shift()) {
      throwIfCancelled(signal, "describing figures");
      const figure = { ...(row.content as Figure), png: row.imageKey ? await blobs.get(row.imageKey) : undefined };
      const { text, source } = await describe(context, figure, signal);
      await db
        .update(figures)
        .set({ description: text, descriptionSource: source })
        .where(eq(figures.id, figureRowId(documentId, figure.id)));
    }
  };
  await Promise.all(Array.from({ length: figuresAtOnce }, work));
}

/** A vision model that does not answer (after its retries) leaves the figure to OCR: the document is read all the same. */
async function describe(context: LibraryContext, figure: Figure, signal?: AbortSignal): Promise<FigureDescription> {
  return span("describe figure", { attributes: { "loam.figure": figure.id } }, async (open) => {
    const { vision } = context.models;
    if (vision && figure.png) {
      try {
        return await describeFigure(figure, { vision, cache: descriptionCache(context), signal });
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        open.event("vision model failed", { message: error.message });
      }
    }
    return describeFigure(figure, { ocrText: await readPicture(context, figure, signal), signal });
  });
}

/** Text in a picture whose words are not in the text layer. */
async function readPicture({ recogniser }: LibraryContext, figure: Figure, signal?: AbortSignal): Promise<string> {
  if (!recogniser || !figure.png || hasWords(figure)) return "";
  const { data, info } = await sharp(figure.png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const lines = await recogniser.recognise({ data, width: info.width, height: info.height, channels: 3 }, { signal });
  return lines.map((line) => line.text).join("\n");
}

function hasWords({ innerText: words }: Figure): boolean {
  return words.trim() !== "";
}

/** Readings in the database: the same picture in another document costs nothing. */
export function descriptionCache({ store, models }: LibraryContext): DescriptionCache {
  const model = typeof models.vision === "string" ? models.vision : (models.vision?.modelId ?? "");
  return {
    get: async (key) => {
      const [row] = await store.db
        .select({ description: figureDescriptions.description })
        .from(figureDescriptions)
        .where(eq(figureDescriptions.contentHash, key));
      return row?.description as FigureReading | undefined;
    },
    set: async (key, description) => {
      const row = { contentHash: key, model, promptVersion: "1", description };
      await store.db.insert(figureDescriptions).values(row).onConflictDoNothing();
    },
  };
}
