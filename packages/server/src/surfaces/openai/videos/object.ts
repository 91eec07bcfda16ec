import { type StoredCharacter, type StoredVideo, unixSeconds } from "@loam/platform";

/** A video as OpenAI's clients read it; a model that stands for another says so in `local_model`. */
export function toVideoObject({ id, status, body, createdAt }: StoredVideo) {
  return {
    id,
    object: "video" as const,
    model: body.model,
    ...(body.localModel === body.model ? {} : { local_model: body.localModel }),
    status,
    progress: body.progress,
    prompt: body.prompt,
    size: body.size,
    seconds: body.seconds,
    created_at: unixSeconds(createdAt),
    completed_at: status === "completed" ? body.completedAt : null,
    expires_at: body.filesUntil,
    remixed_from_video_id: body.remixedFrom,
    error: body.error,
  };
}

export const toCharacterObject = ({ id, body, createdAt }: StoredCharacter) => ({
  id,
  object: "video.character" as const,
  name: body.name,
  created_at: unixSeconds(createdAt),
});
