import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat, truncate } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InputError, type ProgressMeter, throwIfCancelled, UnavailableError } from "@loam/core";

export interface Download {
  url: string;
  /** Where it ends up; while it comes, `.incomplete` is added to the name. */
  path: string;
  /** What the file is called in messages. */
  name: string;
  /** The model it belongs to. */
  of: string;
  sizeBytes?: number;
  /** Hex; left out where the source states none. */
  sha256?: string;
  headers?: Record<string, string>;
  meter: ProgressMeter;
  signal?: AbortSignal;
  /** The error for an answer that is none of the file's. */
  statusError: (status: number) => Error;
  /** The error for a source that cannot be reached. */
  unreachable: (error: unknown) => Error;
}

/**
 * Downloads one file: it goes on where an earlier try stopped, and counts as there only when size and SHA-256 are right.
 *
 * @throws {UnavailableError} when the download breaks off. @throws {InputError} `bad_download` for other bytes than stated.
 */
export async function download({ headers = {}, ...file }: Download): Promise<void> {
  const { url, path, name, of, sizeBytes, meter, signal } = file;
  const incomplete = `${path}.incomplete`;
  let have = (await stat(incomplete).catch(() => undefined))?.size ?? 0;
  if (sizeBytes !== undefined && have > sizeBytes) {
    await truncate(incomplete, 0);
    have = 0;
  }
  if (sizeBytes === undefined || have < sizeBytes || sizeBytes === 0) {
    const range: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
    const response = await fetch(url, { headers: { ...headers, ...range }, signal }).catch((error) => {
      throwIfCancelled(signal, `Downloading ${of}`);
      throw file.unreachable(error);
    });
    if (!response.ok || !response.body) throw file.statusError(response.status);
    if (response.status !== 206) have = 0; // the server sends the whole file
    meter.advance(have, name);
    const counted = Readable.fromWeb(response.body as import("node:stream/web").ReadableStream).on(
      "data",
      (chunk: Uint8Array) => meter.advance(chunk.length, name),
    );
    await pipeline(counted, createWriteStream(incomplete, { flags: have > 0 ? "a" : "w" }), { signal }).catch(
      (error) => {
        throwIfCancelled(signal, `Downloading ${of}`);
        throw new UnavailableError(
          new URL(url).origin,
          `the download of ${name} broke off (${(error as Error).message}).`,
          {
            hint: "run it again: it goes on where it stopped",
            cause: error,
          },
        );
      },
    );
  } else meter.advance(have, name);
  await verify(incomplete, file);
  await rename(incomplete, path);
}

async function verify(path: string, { name, of, sizeBytes, sha256 }: Omit<Download, "headers">): Promise<void> {
  const found = (await stat(path)).size;
  if (sizeBytes !== undefined && found !== sizeBytes) {
    throw new UnavailableError(
      "hub",
      `${name} of ${of} has ${found} bytes after the download; expected ${sizeBytes}.`,
      {
        hint: "run it again: it goes on where it stopped",
      },
    );
  }
  if (sha256 !== undefined && (await sha256Of(path)) !== sha256) {
    await rm(path);
    throw new InputError("bad_download", `${name} of ${of} does not have the SHA-256 that is stated for it.`, {
      details: { expected: sha256 },
      hint: "download it again",
    });
  }
}

/** The SHA-256 of a file in hex. */
async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
