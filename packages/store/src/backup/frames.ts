import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { InputError } from "@loam/core";

/**
 * A backup is a gzipped row of frames: a line of JSON that says what follows, and as many bytes as it says. The last frame
 * holds the SHA-256 of all before it, so that a file that is cut or changed anywhere is told.
 */
export interface Frame {
  kind: "head" | "table" | "rows" | "blob" | "file" | "part" | "end" | "sum";
  [field: string]: unknown;
}

export const formatVersion = 1;
const longestLine = 1 << 20;
const longestPart = 256 << 20;

/** Writes frames; holds back whoever writes faster than the disk. */
export class FrameWriter {
  readonly #hash = createHash("sha256");
  readonly #gzip = createGzip({ level: 3 });
  readonly #written: Promise<void>;
  #failure: unknown;

  /** @param path is made; it must not be there. */
  constructor(path: string) {
    // Flushed: on the disk before it is closed.
    this.#written = pipeline(this.#gzip, createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }));
    this.#written.catch((error) => {
      this.#failure = error;
    });
  }

  async write(frame: Frame, payload: Uint8Array = new Uint8Array()): Promise<void> {
    await this.#put(Buffer.from(`${JSON.stringify({ ...frame, bytes: payload.length })}\n`));
    if (payload.length > 0) await this.#put(payload);
  }

  /** Ends the file and waits until it is on the disk. */
  async close(): Promise<void> {
    await this.write({ kind: "sum", sha256: this.#hash.copy().digest("hex") });
    this.#gzip.end();
    await this.#written;
  }

  async abandon(): Promise<void> {
    this.#gzip.destroy();
    await this.#written.catch(() => {});
  }

  async #put(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#hash.update(bytes);
    if (this.#gzip.write(bytes)) return;
    await Promise.race([new Promise((resolve) => this.#gzip.once("drain", resolve)), this.#written]);
  }
}

/** @throws {InputError} `bad_backup` for what is none, is cut or was changed. */
export async function* readFrames(path: string): AsyncGenerator<{ frame: Frame; payload: Uint8Array }> {
  const bad = (problem: string, cause?: unknown) =>
    new InputError("bad_backup", `${path} ${problem}.`, { details: { path }, hint: "use another backup", cause });
  const hash = createHash("sha256");
  const source = createReadStream(path);
  const unpacked = createGunzip();
  source.on("error", (error) => unpacked.destroy(error));
  let pending: Buffer = Buffer.alloc(0);
  const parts = source.pipe(unpacked)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const more = async (): Promise<boolean> => {
    const { value, done } = await parts.next().catch((cause: Error) => {
      throw bad(`is no whole backup (${cause.message})`, cause);
    });
    if (done) return false;
    pending = pending.length === 0 ? value : Buffer.concat([pending, value]);
    return true;
  };
  try {
    for (;;) {
      let end = pending.indexOf(10);
      while (end < 0) {
        if (pending.length > longestLine) throw bad("is no backup: it has no frames");
        if (!(await more())) throw bad("ends before its last frame");
        end = pending.indexOf(10);
      }
      const line = pending.subarray(0, end + 1);
      const frame = parseFrame(line, bad);
      const total = end + 1 + frame.bytes;
      if (frame.kind === "sum") {
        const found = hash.digest("hex");
        if (frame.sha256 !== found) throw bad(`was changed: its SHA-256 is ${found}, not ${String(frame.sha256)}`);
        return;
      }
      const gathered = [pending];
      let length = pending.length;
      while (length < total) {
        pending = Buffer.alloc(0);
        if (!(await more())) throw bad("ends within a frame");
        gathered.push(pending);
        length += pending.length;
      }
      if (gathered.length > 1) pending = Buffer.concat(gathered);
      hash.update(pending.subarray(0, total));
      yield { frame, payload: pending.subarray(end + 1, total) };
      pending = pending.subarray(total);
    }
  } finally {
    source.destroy();
    unpacked.destroy();
  }
}

function parseFrame(line: Buffer, bad: (problem: string) => InputError): Frame & { bytes: number } {
  let frame: Frame & { bytes: number };
  try {
    frame = JSON.parse(line.toString("utf8"));
  } catch {
    throw bad("is no backup: a frame has no line of its own");
  }
  if (
    typeof frame?.kind === "string" &&
    Number.isSafeInteger(frame.bytes) &&
    frame.bytes >= 0 &&
    frame.bytes <= longestPart
  )
    return frame;
  throw bad("is no backup: a frame says nothing that is known");
}
