import { createHash } from "node:crypto";
import { type OnProgress, UnavailableError } from "@loam/core";

export interface SourceOptions {
  /** The id whose place in the cache the files take. */
  cacheId: string;
  isNeeded: (path: string) => boolean;
  /** SHA-256 of files by path, beyond what the source itself states. */
  sha256: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** How long a service may take to say which files it has. */
const LISTING_TIMEOUT_MS = 20_000;

/** Ends a request for a list of files when the caller's signal fires or the service is silent. */
export const listingLimits = (signal: AbortSignal | undefined): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(LISTING_TIMEOUT_MS), ...(signal ? [signal] : [])]);

/** Weights are put in place last, so that a folder with all of them is a complete model. */
export const isWeights = (path: string): boolean => /\.(safetensors|gguf)$/.test(path);

/** The name of a snapshot that no commit names: 40 hex digits over what it holds. */
export const snapshotName = (files: readonly string[]): string =>
  createHash("sha256")
    .update([...files].sort().join("\n"))
    .digest("hex")
    .slice(0, 40);

export const unreachable = (endpoint: string, error: unknown): UnavailableError => {
  const { message, cause } = error as { message: string; cause?: { code?: string } };
  return new UnavailableError(endpoint, `cannot be reached (${cause?.code ?? message}).`, {
    hint: "check the network",
    cause: error,
  });
};
