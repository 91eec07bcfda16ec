import { Worker } from "node:worker_threads";
import { ArgumentError, InputError } from "@loam/core";
import type { DecoderModel } from "../model/model.ts";
import type { Constraint } from "./constraint.ts";
import type { ConstraintReply, ConstraintTask } from "./constraint.worker.ts";

/** Follows one text through a grammar and says which tokens may come next (XGrammar, arXiv:2411.15100). */
export interface TokenConstraint {
  /** Sets the scores of tokens that would leave the grammar to -∞, in place. */
  mask(scores: Float32Array): Promise<void>;
  accept(id: number): void;
  close(): void;
}

/** A grammar that takes longer than this to compile is refused. */
const compileMs = 20_000;

/**
 * Compiles constraints for one model, in a thread of its own: how long that takes is up to who wrote the schema, and nobody
 * else waits. The vocabulary is read once, a constraint compiled once.
 */
export class ConstraintCompiler {
  readonly #model: DecoderModel;
  readonly #compileMs: number;
  #thread: Thread | undefined;
  #matchers = 0;

  constructor(model: DecoderModel, options: { compileMs?: number } = {}) {
    this.#model = model;
    this.#compileMs = options.compileMs ?? compileMs;
  }

  /** @throws {InputError} `invalid_schema` with the place in the schema, `invalid_grammar` for a grammar that cannot be read. */
  async start(constraint: Constraint): Promise<TokenConstraint> {
    const text = new ConstrainedText(() => this.#open(), constraint, this.#matchers++, this.#compileMs);
    await text.begin();
    return text;
  }

  async close(): Promise<void> {
    await this.#thread?.end();
    this.#thread = undefined;
  }

  #open(): Thread {
    if (!this.#thread || this.#thread.ended) this.#thread = new Thread(vocabularyOf(this.#model));
    return this.#thread;
  }
}

class ConstrainedText implements TokenConstraint {
  readonly #open: () => Thread;
  readonly #constraint: Constraint;
  readonly #id: number;
  readonly #compileMs: number;
  readonly #written: number[] = [];
  #thread: Thread | undefined;
  #pending: number | undefined;

  constructor(open: () => Thread, constraint: Constraint, id: number, ms: number) {
    this.#open = open;
    this.#constraint = constraint;
    this.#id = id;
    this.#compileMs = ms;
  }

  async begin(): Promise<void> {
    const thread = this.#open();
    const task = { type: "start" as const, matcher: this.#id, constraint: this.#constraint, accepted: this.#written };
    await thread.ask(task, { withinMs: this.#compileMs });
    this.#thread = thread;
    this.#pending = undefined;
  }

  async mask(scores: Float32Array): Promise<void> {
    // Somebody else's grammar has cost the thread its life: this text goes on in the next one.
    if (this.#thread!.ended) await this.begin();
    const accepted = this.#pending;
    this.#pending = undefined;
    const allowed = (await this.#thread!.ask({ type: "mask", matcher: this.#id, accepted }))!;
    for (let id = 0; id < scores.length; id++) {
      if (!((allowed[id >> 5]! >> (id & 31)) & 1)) scores[id] = -Infinity;
    }
  }

  accept(id: number): void {
    this.#written.push(id);
    this.#pending = id;
  }

  close(): void {
    if (this.#thread && !this.#thread.ended)
      void this.#thread.ask({ type: "close", matcher: this.#id }).catch(() => {});
  }
}

type Vocabulary = (ConstraintTask & { type: "open" })["vocabulary"];

/** The worker, and the questions it has not answered yet. */
class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(mask?: Int32Array): void; reject(error: Error): void }>();
  #asked = 0;
  ended = false;

  constructor(vocabulary: Vocabulary) {
    const script = new URL(
      import.meta.url.endsWith(".ts") ? "./constraint.worker.ts" : "./constraint.worker.js",
      import.meta.url,
    );
    this.#worker = new Worker(script);
    this.#worker.unref();
    this.#worker.on("message", ({ id, mask, error }: ConstraintReply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(toError(error));
      else waiting?.resolve(mask);
      if (this.#waiting.size === 0) this.#worker.unref();
    });
    this.#worker.on("error", (error) => this.#lose(error));
    this.#worker.on("exit", () => this.#lose(new Error("the thread that compiles grammars has ended")));
    void this.ask({ type: "open", vocabulary }).catch(() => {});
  }

  /** @param options.withinMs the thread is given up when it has not answered by then. */
  async ask(task: ConstraintTask, { withinMs }: { withinMs?: number } = {}): Promise<Int32Array | undefined> {
    const id = this.#asked++;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<Int32Array | undefined>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        this.#worker.ref();
        this.#worker.postMessage({ id, task });
        if (withinMs === undefined) return;
        timer = setTimeout(() => {
          const what = `The grammar was not compiled within ${Math.round(withinMs / 1000)} s.`;
          reject(new InputError("invalid_schema", what, { hint: "make the schema smaller" }));
          void this.end();
        }, withinMs);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async end(): Promise<void> {
    this.#lose(new Error("the thread that compiles grammars was ended"));
    this.#worker.ref(); // or the process may end before the thread has
    await this.#worker.terminate();
  }

  #lose(error: Error): void {
    this.ended = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function vocabularyOf({ tokenizer, config, eosTokenIds }: DecoderModel): Vocabulary {
  if (!tokenizer) throw new ArgumentError("constraint", "given", "none: the model has no tokenizer");
  const tokens = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.token(id) ?? "");
  return {
    tokens,
    kind: tokenizer.pieces === "bytes" ? "byte_level" : "byte_fallback",
    size: Math.max(config.vocabSize, tokens.length),
    eosTokenIds: [...eosTokenIds],
  };
}

function toError({ code, message, details }: NonNullable<ConstraintReply["error"]>): Error {
  if (code === "internal_error") return new Error(message);
  return new InputError(code, message, { details });
}
