import type { Stored } from "../objects/collection.ts";

export type VideoStatus = "queued" | "in_progress" | "completed" | "failed";

/** How a clip comes about besides its prompt. */
export type VideoOrigin =
  | { kind: "prompt" }
  /** A picture that it begins with: a blob with one frame, as float32. */
  | { kind: "picture"; blob: string }
  /** A clip that is changed: a blob with all frames. */
  | { kind: "change"; blob: string; strength: number }
  /** A clip that goes on: a blob with all frames. */
  | { kind: "extension"; blob: string; frames: number };

export interface VideoBody {
  /** The name that was asked for, and the model that it stands for. */
  model: string;
  localModel: string;
  prompt: string;
  size: string;
  seconds: string;
  seed: number;
  /** How strongly the prompt is followed and in how many steps, where that was asked for. */
  guidance?: number;
  steps?: number;
  /** 0 to 100. */
  progress: number;
  remixedFrom: string | null;
  origin: VideoOrigin;
  error: { code: string; message: string } | null;
  completedAt: number | null;
  /** Its files are there until then, in seconds since 1970. */
  filesUntil: number | null;
  workId: string | null;
}

export type StoredVideo = Stored<VideoBody>;

export interface CharacterBody {
  name: string;
}

export type StoredCharacter = Stored<CharacterBody>;
