import { throwIfCancelled } from "@loam/core";
import { type DecoderModel, openModel, TextGenerator } from "@loam/models";
import { openAdaptedGenerator, type PromptTemplateName, promptText } from "@loam/peft";
import { adapterPath } from "./adapters.ts";
import { resolveBase } from "./bases.ts";
import { toSent } from "./child.ts";
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

interface Opened {
  key: string;
  generator: Promise<TextGenerator>;
  users: number;
  idle?: NodeJS.Timeout;
}

/** Generators that are kept open for the next question, and for how long. */
const keptOpen = 4;
const idleMs = 5 * 60_000;

/** Asks a base and adapters on it the same question, side by side. Models stay open for a while. */
export class SideBySide {
  readonly #folders: TuneFolders;
  /** Least recently used first. */
  #opened: Opened[] = [];

  constructor(folders: TuneFolders) {
    this.#folders = folders;
  }

  /** Every column's events as they come; a column that fails does not stop the others. */
  async *ask(request: SideBySideRequest, { signal }: { signal: AbortSignal }): AsyncGenerator<SideBySideEvent> {
    const base = await resolveBase(this.#folders, request.base);
    const pending = new Map<number, Promise<{ column: number; next: IteratorResult<SideBySideEvent> }>>();
    const streams = request.columns.map((adapter, column) => this.#column(base, adapter, column, request, signal));
    const pull = (column: number) =>
      pending.set(
        column,
        streams[column]!.next().then((next) => ({ column, next })),
      );
    for (const column of streams.keys()) pull(column);
    try {
      while (pending.size > 0) {
        const { column, next } = await Promise.race(pending.values());
        pending.delete(column);
        if (next.done) continue;
        yield next.value;
        pull(column);
      }
    } finally {
      await Promise.all(streams.map((stream) => stream.return(undefined)));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map(closeOne));
  }

  async *#column(
    base: string,
    adapter: string | null,
    column: number,
    { question, template, maxNewTokens, temperature, seed }: SideBySideRequest,
    signal: AbortSignal,
  ): AsyncGenerator<SideBySideEvent, undefined> {
    let opened: Opened | undefined;
    try {
      opened = this.#open(base, adapter === null ? undefined : await adapterPath(this.#folders, adapter));
      const generator = await opened.generator;
      throwIfCancelled(signal, "Answering");
      const started = performance.now();
      const answer = generator.stream(promptText(generator.model, question, template), {
        maxNewTokens,
        temperature,
        seed,
        signal,
      });
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
    } finally {
      if (opened) this.#release(opened);
    }
  }

  #open(base: string, adapter: string | undefined): Opened {
    const key = JSON.stringify([base, adapter]);
    let opened = this.#opened.find((candidate) => candidate.key === key);
    if (!opened) {
      opened = { key, generator: openGenerator(base, adapter), users: 0 };
      const mine = opened;
      opened.generator.catch(() => {
        this.#opened = this.#opened.filter((candidate) => candidate !== mine);
      });
    }
    clearTimeout(opened.idle);
    opened.users++;
    this.#opened = [...this.#opened.filter((candidate) => candidate !== opened), opened];
    return opened;
  }

  #release(opened: Opened): void {
    opened.users--;
    opened.idle = setTimeout(() => this.#drop(opened), idleMs);
    opened.idle.unref();
    for (const candidate of this.#opened.slice(0, -keptOpen)) this.#drop(candidate);
  }

  #drop(opened: Opened): void {
    if (opened.users > 0 || !this.#opened.includes(opened)) return;
    this.#opened = this.#opened.filter((candidate) => candidate !== opened);
    void closeOne(opened);
  }
}

async function openGenerator(base: string, adapter: string | undefined): Promise<TextGenerator> {
  const model = (await openModel(base, { download: false })) as DecoderModel;
  return adapter === undefined ? await TextGenerator.open(model) : await openAdaptedGenerator(model, adapter);
}

async function closeOne({ generator, idle }: Opened): Promise<void> {
  clearTimeout(idle);
  await (await generator.catch(() => undefined))?.close();
}
