import { type PartBody, type Stored, type StoredFile, type StoredUpload, unixSeconds } from "@loam/platform";
import { toFileObject } from "../files/object.ts";

/** An upload as OpenAI's clients read it; its end is an hour after its making. */
export function toUploadObject({ id, body, status, createdAt }: StoredUpload, file?: StoredFile) {
  return {
    id,
    object: "upload" as const,
    bytes: body.sizeBytes,
    created_at: unixSeconds(createdAt),
    expires_at: unixSeconds(createdAt) + 3600,
    filename: body.filename,
    purpose: body.purpose,
    status,
    file: file ? toFileObject(file) : null,
  };
}

export function toPartObject({ id, parentId, createdAt }: Stored<PartBody>) {
  return { id, object: "upload.part" as const, created_at: unixSeconds(createdAt), upload_id: parentId };
}
