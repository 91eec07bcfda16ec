import { InputError, LoamError, throwIfCancelled } from "@loam/core";
import type { Embedder } from "@loam/models";
import type { Recogniser } from "@loam/pdf";
import { embeddingBytes } from "@loam/search";
import { platformChunks as chunks, type Store } from "@loam/store";
import { storeAway, type WorkKind } from "@loam/work";
import { eq } from "drizzle-orm";
import { z } from "zod";
import type { Files } from "../files/files.ts";
import { cutText } from "./cut-text.ts";
import { passagesOf } from "./passages.ts";
import { readText } from "./read-text.ts";
import { autoChunking, type StoredVectorStoreFile } from "./types.ts";
import type { VectorStores } from "./vector-stores.ts";

const Input = z.object({ project: z.string(), storeId: z.string(), rowIds: z.array(z.string()) });

export type IngestInput = z.infer<typeof Input>;

/** What may be asked for before the work that does it is composed. */
export const ingestKindName = "vector-store-files";

/** The most tokens of one file, as OpenAI has it. */
const maxFileTokens = 5_000_000;
/** Chunks embedded and written together. */
const chunkBatch = 16;

export interface IngestContext {
  store: Store;
  files: Files;
  vectorStores: VectorStores;
  embedder: () => Embedder;
  recogniser: Pick<Recogniser, "recognise">;
}

/**
 * Puts files in a vector store: their text, cut into chunks, with vectors. Each file ends for itself; what an
 * interrupted run has finished is not done again.
 */
export function ingestKind(context: IngestContext): WorkKind {
  return {
    name: ingestKindName,
    concurrency: 2,
    parse: (input) => Input.parse(input),
    run: async (input, { signal, progress }) => {
      const { project, storeId, rowIds } = input as IngestInput;
      for (const [i, rowId] of rowIds.entries()) {
        throwIfCancelled(signal, "indexing");
        progress?.({ task: "index", unit: "file", done: i, total: rowIds.length });
        await ingestFile(context, project, storeId, rowId, signal);
      }
    },
  };
}

async function ingestFile(
  context: IngestContext,
  project: string,
  storeId: string,
  rowId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { vectorStores, store } = context;
  const row = await vectorStores.findFileRow(project, storeId, rowId);
  if (row?.status !== "in_progress") return; // done before, cancelled, or taken out
  try {
    // What an interrupted run has left is written anew.
    await store.db.delete(chunks).where(eq(chunks.storeFileId, rowId));
    const usageBytes = await writeChunks(context, row, signal);
    await vectorStores.settleFile(project, storeId, rowId, { status: "completed", usageBytes });
  } catch (error) {
    if (signal?.aborted || storeAway(error)) throw error;
    await store.db.delete(chunks).where(eq(chunks.storeFileId, rowId));
    await vectorStores.settleFile(project, storeId, rowId, { status: "failed", lastError: lastErrorOf(error) });
  }
}

async function writeChunks(
  { store, files, embedder: currentEmbedder, recogniser }: IngestContext,
  row: StoredVectorStoreFile,
  signal: AbortSignal | undefined,
): Promise<number> {
  const embedder = currentEmbedder();
  const countTokens = (text: string) => embedder.countTokens(text);
  const file = await files.get(row.project, row.body.fileId);
  const bytes = new Uint8Array(await new Response(await files.content(file)).arrayBuffer());
  const text = await readText(file.body.filename, bytes, { recogniser, signal });
  const { chunking } = row.body;
  const { max_chunk_size_tokens: maxTokens, chunk_overlap_tokens: overlapTokens } =
    chunking.type === "static" ? chunking.static : autoChunking;
  let [ordinal, usageBytes, tokens] = [0, 0, 0];
  let batch: { start: number; text: string; tokens: number }[] = [];
  const write = async () => {
    throwIfCancelled(signal, "indexing");
    const passages = await Promise.all(batch.map(({ text }) => passagesOf(text, embedder)));
    const vectors = await embedder.embed(passages.flat(), { signal });
    let at = 0;
    const values = batch.map((piece, i) => {
      const embedding = Buffer.concat(vectors.slice(at, (at += passages[i]!.length)).map(embeddingBytes));
      usageBytes += embedding.length + Buffer.byteLength(piece.text);
      const place = { storeId: row.parentId, storeFileId: row.id, ordinal: ordinal++ };
      return { ...piece, ...place, embedder: embedder.id, embedding };
    });
    await store.db.insert(chunks).values(values);
    batch = [];
  };
  for await (const piece of cutText(text, { maxTokens, overlapTokens, countTokens })) {
    tokens += piece.tokens;
    if (tokens > maxFileTokens) {
      throw new InputError("invalid_file", `${file.body.filename} has more than ${maxFileTokens} tokens.`, {
        hint: "split it",
      });
    }
    batch.push(piece);
    if (batch.length === chunkBatch) await write();
  }
  if (batch.length > 0) await write();
  return usageBytes;
}

function lastErrorOf(error: unknown): NonNullable<StoredVectorStoreFile["body"]["lastError"]> {
  const code = error instanceof LoamError ? error.code : "";
  if (code === "unsupported_file" || code === "invalid_file") return { code, message: (error as Error).message };
  const message = error instanceof LoamError ? error.message : `Reading the file failed: ${String(error)}`;
  return { code: "server_error", message };
}
