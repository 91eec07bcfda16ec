import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import { type OtlpSender, SendError } from "./otlp-exporter.ts";

export interface SpoolOptions {
  /** Where batches wait. Several processes may share it; what one leaves behind, the next one sends. */
  folder: string;
  /** More than this is not kept: the spans are counted as dropped. 256 MiB unless said otherwise. */
  maxBytes?: number;
  /** The longest wait between two attempts. */
  maxDelayMs?: number;
  /** How long `shutdown` goes on sending; the rest stays in the folder. */
  closeWithinMs?: number;
}

const ending = ".otlp.json";

/**
 * Writes each batch to a folder, and sends it from there until the server has taken it: a server that is away or slow,
 * or a process that is killed, loses nothing that was written. A batch may be sent twice; spans are merged by their
 * ids, so each is there once.
 */
export class SpooledExporter implements SpanExporter {
  readonly #sender: OtlpSender;
  readonly #options: Required<SpoolOptions>;
  #bytes: number;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  /** Spans that the server will never take, and why. */
  readonly refused: string[] = [];

  constructor(
    sender: OtlpSender,
    { folder, maxBytes = 256 * 1024 ** 2, maxDelayMs = 30_000, closeWithinMs = 5000 }: SpoolOptions,
  ) {
    this.#sender = sender;
    this.#options = { folder, maxBytes, maxDelayMs, closeWithinMs };
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const waiting = this.#files();
    this.#bytes = waiting.reduce((sum, name) => sum + sizeOf(join(folder, name)), 0);
    if (waiting.length > 0) this.#soon(0);
  }

  export(batch: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
    try {
      this.#write(this.#sender.encode(batch));
      done({ code: 0 });
    } catch (error) {
      done({ code: 1, error: error as Error });
    }
    this.#soon(0);
  }

  /** Sends what waits, as far as the server takes it now. */
  async forceFlush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#send();
  }

  async shutdown(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const late = new Promise<void>((resolve) => setTimeout(resolve, this.#options.closeWithinMs).unref());
    await Promise.race([this.#send(), late]);
  }

  /** Batches that wait. */
  get waiting(): number {
    return this.#files().length;
  }

  #write(text: string): void {
    const { folder, maxBytes } = this.#options;
    const size = Buffer.byteLength(text);
    if (this.#bytes + size > maxBytes) {
      // What others of this folder have sent meanwhile counts no more.
      this.#bytes = this.#files().reduce((sum, name) => sum + sizeOf(join(folder, name)), 0);
      if (this.#bytes + size > maxBytes) throw new Error(`the spool in ${folder} is full (${maxBytes} bytes)`);
    }
    const name = `${String(Date.now()).padStart(15, "0")}-${process.hrtime.bigint().toString(36)}-${randomUUID().slice(0, 8)}`;
    const part = join(folder, `${name}.part`);
    writeFileSync(part, text, { mode: 0o600 });
    renameSync(part, join(folder, name + ending));
    this.#bytes += size;
  }

  #files(): string[] {
    return readdirSync(this.#options.folder)
      .filter((name) => name.endsWith(ending))
      .sort();
  }

  #soon(delayMs: number): void {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#send();
    }, delayMs).unref();
  }

  #send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    for (let names = this.#files(); names.length > 0; names = this.#files())
      for (const name of names) {
        const path = join(this.#options.folder, name);
        const text = await readFile(path, "utf8").catch(() => undefined);
        if (text === undefined) continue; // another process has sent it
        try {
          await this.#sender.send(text);
          this.#failures = 0;
        } catch (error) {
          if (!(error instanceof SendError) || error.mayTryAgain) {
            this.#failures++;
            const wait =
              error instanceof SendError && error.retryAfterMs
                ? error.retryAfterMs
                : 250 * 2 ** Math.min(10, this.#failures);
            return this.#soon(Math.min(this.#options.maxDelayMs, wait));
          }
          this.refused.push(error.message);
          process.emitWarning(`Spans were refused and are not kept: ${error.message}`, { code: "LOAM_SPANS_REFUSED" });
        }
        this.#bytes = Math.max(0, this.#bytes - Buffer.byteLength(text));
        await unlink(path).catch(() => {});
      }
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
