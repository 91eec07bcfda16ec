import { stat } from "node:fs/promises";
import { join } from "node:path";
import { throwIfCancelled, UnsupportedError } from "@loam/core";
import { openModel } from "@loam/models";
import { type AdapterHost, openAdapterHost, type PromptTemplateName, promptText } from "@loam/peft";
import { adapterPath } from "./adapters.ts";
import { resolveBase } from "./bases.ts";
import { toSent } from "./child/child.ts";
import type { TuneFolders } from "./folders.ts";

export interface SideBySideRequest {
  base: string;
  /** One column each; null is the base as it is. */
  columns: readonly (string | null)[];
  question: string;
  template: PromptTemplateName | "chat";
  maxNewTokens: number;
  temperature: number;
  seed?: number;
}

/** What happens in a column. */
export type SideBySideEvent = { column: number } & (
  | { type: "delta"; text: string }
  | { type: "done"; tokens: number; seconds: number; finishReason: "stop" | "length" }
  | { type: "error"; error: { code: string; message: string } }
);

/** A base with the adapters that were asked last. */
interface Opened {
  base: string;
  host: Promise<AdapterHost>;
  /** By the name they are loaded under, least recently asked first. */
  adapters: Map<string, Promise<void>>;
  users: number;
  idle?: NodeJS.Timeout;
}

/** Adapters of one base that stay loaded, and how long a base stays open that nobody asks. */
const keptAdapters = 6;
const idleMs = 5 * 60_000;

/** Asks a base and adapters on it the same question, side by side: one base in memory, however many adapters. */
export class SideBySide {
  readonly #folders: TuneFolders;
  readonly #opened = new Map<string, Opened>();

  constructor(folders: TuneFolders) {
    this.#folders = folders;
  }

  /** Every column's events as they come; a column that fails does not stop the others. */
  async *ask(request: SideBySideRequest, { signal }: { signal: AbortSignal }): AsyncGenerator<SideBySideEvent> {
    const opened = this.#open(await resolveBase(this.#folders, request.base));
    const pending = new Map<number, Promise<{ column: number; next: IteratorResult<SideBySideEvent> }>>();
    const streams = request.columns.map((adapter, column) => this.#column(opened, adapter, column, request, signal));
    const pull = (column: number) =>
      pending.set(
        column,
        streams[column]!.next().then((next) => ({ column, next })),
      );
    try {
      for (const column of streams.keys()) pull(column);
      while (pending.size > 0) {
        const { column, next } = await Promise.race(pending.values());
        pending.delete(column);
        if (next.done) continue;
        yield next.value;
        pull(column);
      }
    } finally {
      await Promise.all(streams.map((stream) => stream.return(undefined)));
      this.#release(opened);
    }
  }

  async close(): Promise<void> {
    const all = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(all.map(closeOne));
  }

  async *#column(
    opened: Opened,
    adapter: string | null,
    column: number,
    { question, template, maxNewTokens, temperature, seed }: SideBySideRequest,
    signal: AbortSignal,
  ): AsyncGenerator<SideBySideEvent, undefined> {
    try {
      const host = await opened.host;
      const name = adapter === null ? undefined : await load(opened, host, await adapterPath(this.#folders, adapter));
      throwIfCancelled(signal, "Answering");
      const started = performance.now();
      const prompt = promptText(host.model, question, template);
      const answer = host.stream(prompt, { adapter: name, maxNewTokens, temperature, seed, signal });
      for (;;) {
        const next = await answer.next();
        const seconds = (performance.now() - started) / 1000;
        if (!next.done) yield { type: "delta", column, text: next.value.text };
        else {
          const { ids, finishReason } = next.value;
          yield { type: "done", column, tokens: ids.length, seconds, finishReason };
          return;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      const { code, message } = toSent(error);
      yield { type: "error", column, error: { code, message } };
    }
  }

  #open(base: string): Opened {
    let opened = this.#opened.get(base);
    if (!opened) {
      opened = { base, host: openHost(base), adapters: new Map(), users: 0 };
      opened.host.catch(() => this.#opened.delete(base));
      this.#opened.set(base, opened);
    }
    clearTimeout(opened.idle);
    opened.users++;
    // Bases are what takes the memory: one that nobody is asking makes room.
    for (const other of this.#opened.values()) if (other !== opened) this.#drop(other);
    return opened;
  }

  #release(opened: Opened): void {
    opened.users--;
    if (opened.users > 0) return;
    for (const [name, loading] of [...opened.adapters].slice(0, -keptAdapters)) {
      opened.adapters.delete(name);
      void Promise.all([opened.host, loading])
        .then(([host]) => host.unload(name))
        .catch(() => {});
    }
    opened.idle = setTimeout(() => this.#drop(opened), idleMs);
    opened.idle.unref();
  }

  #drop(opened: Opened): void {
    if (opened.users > 0 || this.#opened.get(opened.base) !== opened) return;
    this.#opened.delete(opened.base);
    void closeOne(opened);
  }
}

/** Loads an adapter under its folder and the time it was written: trained again, it is another. */
async function load(opened: Opened, host: AdapterHost, folder: string): Promise<string> {
  const { mtimeMs } = await stat(join(folder, "adapter_config.json"));
  const name = `${folder} ${mtimeMs}`;
  const loading = opened.adapters.get(name) ?? host.load(name, folder);
  opened.adapters.delete(name);
  opened.adapters.set(name, loading);
  loading.catch(() => opened.adapters.delete(name));
  await loading;
  return name;
}

async function openHost(base: string): Promise<AdapterHost> {
  const model = await openModel(base, { download: false });
  if (model.kind === "decoder") return await openAdapterHost(model);
  throw new UnsupportedError(`${base} is an encoder: it does not write.`, { hint: "choose a causal language model" });
}

async function closeOne({ host, idle }: Opened): Promise<void> {
  clearTimeout(idle);
  await (await host.catch(() => undefined))?.close();
}
