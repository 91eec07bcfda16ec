import { throwIfCancelled } from "@loam/core";
import { figures } from "@loam/store";
import { and, asc, eq, isNull } from "drizzle-orm";
import sharp from "sharp";
import type { Figure } from "../document.ts";
import { figureRowId, type LibraryContext } from "./context.ts";
import type { FigureDescriptionRecord } from "./types.ts";

/** Says in words what each figure shows that has no words yet, one after the other. */
export async function describeFigures(
  context: LibraryContext,
  documentId: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  const { db, blobs } = context.store;
  const rows = await db
    .select({ content: figures.content, imageKey: figures.imageKey })
    .from(figures)
    .where(and(eq(figures.documentId, documentId), isNull(figures.descriptionSource)))
    .orderBy(asc(figures.page), asc(figures.id));
  for (const { content, imageKey } of rows) {
    throwIfCancelled(signal, "describing figures");
    const figure = content as Figure;
    const png = imageKey ? await blobs.get(imageKey) : undefined;
    const { text, source } = await describe(context, figure, png, signal);
    await db
      .update(figures)
      .set({ description: text, descriptionSource: source })
      .where(eq(figures.id, figureRowId(documentId, figure.id)));
  }
}

async function describe(
  { recogniser }: LibraryContext,
  figure: Figure,
  png: Uint8Array | undefined,
  signal?: AbortSignal,
): Promise<FigureDescriptionRecord> {
  if (figure.innerText.trim() || !png || !recogniser) return { text: figure.innerText, source: "text" };
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const lines = await recogniser.recognise({ data, width: info.width, height: info.height, channels: 3 }, { signal });
  return { text: lines.map((line) => line.text).join("\n"), source: "ocr" };
}
