import { type StoredFile, unixSeconds } from "@loam/platform";

/** A file as OpenAI's clients read it. */
export function toFileObject({ id, body, status, createdAt, expiresAt }: StoredFile) {
  return {
    id,
    object: "file" as const,
    bytes: body.sizeBytes,
    created_at: unixSeconds(createdAt),
    ...(expiresAt ? { expires_at: unixSeconds(expiresAt) } : {}),
    filename: body.filename,
    purpose: body.purpose,
    status,
    status_details: null,
  };
}
