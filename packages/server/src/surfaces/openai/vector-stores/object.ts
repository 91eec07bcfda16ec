import {
  type ChunkingStrategy,
  type FileCounts,
  type StoredVectorStore,
  type StoredVectorStoreBatch,
  type StoredVectorStoreFile,
  type StoreUsage,
  unixSeconds,
  type VectorStoreHit,
} from "@loam/platform";

export function toVectorStoreObject(store: StoredVectorStore, { counts, usageBytes }: StoreUsage) {
  const { id, body, createdAt, expiresAt, metadata, status } = store;
  return {
    id,
    object: "vector_store" as const,
    created_at: unixSeconds(createdAt),
    name: body.name ?? "",
    ...(body.description ? { description: body.description } : {}),
    usage_bytes: usageBytes,
    file_counts: counts,
    status: status === "expired" ? "expired" : counts.in_progress > 0 ? "in_progress" : "completed",
    expires_after: body.expiresAfterDays === null ? null : { anchor: "last_active_at", days: body.expiresAfterDays },
    expires_at: unixSeconds(expiresAt),
    last_active_at: unixSeconds(new Date(body.lastActiveAt)),
    metadata,
  };
}

export function toVectorStoreFileObject({ body, parentId, status, createdAt }: StoredVectorStoreFile) {
  return {
    id: body.fileId,
    object: "vector_store.file" as const,
    usage_bytes: body.usageBytes,
    created_at: unixSeconds(createdAt),
    vector_store_id: parentId,
    status,
    last_error: body.lastError,
    chunking_strategy: toChunking(body.chunking),
    attributes: body.attributes,
  };
}

/** What `auto` is, is said in numbers. */
function toChunking(chunking: ChunkingStrategy) {
  if (chunking.type === "static") return chunking;
  return { type: "static" as const, static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 } };
}

export function toBatchObject({ id, parentId, createdAt, status }: StoredVectorStoreBatch, counts: FileCounts) {
  const reached = counts.in_progress > 0 ? "in_progress" : status === "cancelled" ? "cancelled" : "completed";
  return {
    id,
    object: "vector_store.files_batch" as const,
    created_at: unixSeconds(createdAt),
    vector_store_id: parentId,
    status: reached,
    file_counts: counts,
  };
}

export function toSearchResult({ fileId, filename, attributes, score, text }: VectorStoreHit) {
  return { file_id: fileId, filename, score, attributes, content: [{ type: "text" as const, text }] };
}
