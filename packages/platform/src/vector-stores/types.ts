import type { Stored } from "../objects/collection.ts";

/** How a file is cut: 800 tokens with 400 of them repeated, or as the client says. */
export type ChunkingStrategy =
  | { type: "auto" }
  | { type: "static"; static: { max_chunk_size_tokens: number; chunk_overlap_tokens: number } };

/** What `auto` stands for. */
export const autoChunking = { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 };

export type Attributes = Record<string, string | number | boolean>;

export interface VectorStoreBody {
  name: string | null;
  description?: string | null;
  expiresAfterDays: number | null;
  /** ISO time of the last search or change. */
  lastActiveAt: string;
  /** Counts what changes the answers of a search. */
  revision: number;
}

export type StoredVectorStore = Stored<VectorStoreBody>;

/** A file in a store. Its key is the file's id, by which clients know it. */
export interface VectorStoreFileBody {
  fileId: string;
  filename: string;
  attributes: Attributes;
  chunking: ChunkingStrategy;
  usageBytes: number;
  lastError: { code: "server_error" | "unsupported_file" | "invalid_file"; message: string } | null;
  batchId?: string;
}

export type StoredVectorStoreFile = Stored<VectorStoreFileBody>;

export interface VectorStoreBatchBody {
  fileCount: number;
}

export type StoredVectorStoreBatch = Stored<VectorStoreBatchBody>;

export interface FileCounts {
  in_progress: number;
  completed: number;
  failed: number;
  cancelled: number;
  total: number;
}

/** A file to be put in a store. */
export interface FileToAdd {
  fileId: string;
  attributes?: Attributes;
  chunking?: ChunkingStrategy;
}

/** What a search gives, best first; `score` in [0, 1]. */
export interface VectorStoreHit {
  fileId: string;
  filename: string;
  attributes: Attributes;
  score: number;
  text: string;
}
