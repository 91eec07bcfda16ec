import type { SpanKind } from "../kind/span-kind.ts";
import { type OpenSpan, openSpan } from "./span.ts";

export interface TraceableOptions<F extends (...args: never[]) => unknown> {
  /** The span's name; the function's own name unless said otherwise. */
  name?: string;
  kind?: SpanKind;
  attributes?: Record<string, unknown>;
  /** Chooses what is recorded as the input; the arguments unless said otherwise, nothing when it returns undefined. */
  input?: (...args: Parameters<F>) => unknown;
  /** Chooses what is recorded as the output, given the result (for streams: the array of items). */
  output?: (result: never) => unknown;
}

/** Items of a stream kept for the span's output; the rest is counted. */
const MAX_RECORDED_ITEMS = 1000;

/**
 * The same function, each call a span: arguments, result, duration and error are recorded, calls made inside nest
 * under it. Works for functions that return a value, a promise, an async iterable (async generators, `ReadableStream`)
 * or a promise of one; a stream's span ends when the stream has been read, was closed or failed. A promise or stream
 * class keeps its own methods.
 *
 * @example
 * const answer = traceable(async (question: string) => question.toUpperCase(), { name: "answer", kind: "chain" });
 * await answer("why?"); // "WHY?"
 */
export function traceable<F extends (...args: never[]) => unknown>(fn: F, options: TraceableOptions<F> = {}): F {
  const name = options.name ?? (fn.name || "anonymous");
  const output = options.output as ((result: unknown) => unknown) | undefined;

  function traced(this: unknown, ...args: Parameters<F>): unknown {
    const opened = openSpan(name, { kind: options.kind, attributes: options.attributes });
    if (opened.recording) record(opened, () => opened.input(options.input ? options.input(...args) : inputOf(args)));
    try {
      return settle(
        opened.run(() => fn.apply(this, args)),
        opened,
        (result) => opened.output(output ? output(result) : result),
      );
    } catch (error) {
      opened.fail(error);
      opened.end();
      throw error;
    }
  }
  return Object.defineProperties(traced, { name: { value: fn.name }, length: { value: fn.length } }) as unknown as F;
}

/** A single argument is recorded as itself, several as a list. */
function inputOf(args: unknown[]): unknown {
  return args.length <= 1 ? args[0] : args;
}

/** A mapper of the caller's that throws costs its attribute, never the call. */
function record(opened: OpenSpan, write: () => void): void {
  try {
    write();
  } catch (error) {
    opened.event("not recorded", { reason: error instanceof Error ? error.message : String(error) });
  }
}

function settle(result: unknown, opened: OpenSpan, output: (result: unknown) => void): unknown {
  const succeed = (value: unknown) => {
    record(opened, () => output(value));
    opened.end();
  };
  const fail = (error: unknown) => {
    opened.fail(error);
    opened.end();
  };
  if (result instanceof Promise) {
    // A subclass (a client's own promise) is handed back as it is, and only watched.
    if (result.constructor !== Promise) {
      result.then(succeed, fail);
      return result;
    }
    return result.then(
      (value) => settle(value, opened, output),
      (error) => {
        fail(error);
        throw error;
      },
    );
  }
  if (result instanceof ReadableStream) return followReadable(result, opened, succeed, fail);
  if (isAsyncIterable(result)) return followIterable(result, opened, succeed, fail);
  succeed(result);
  return result;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> & object {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function collector(): { items: () => unknown[]; add: (item: unknown) => void } {
  const items: unknown[] = [];
  let more = 0;
  return {
    add: (item) => (items.length < MAX_RECORDED_ITEMS ? items.push(item) : more++),
    items: () => (more > 0 ? [...items, `[${more} more items]`] : items),
  };
}

function followReadable(
  stream: ReadableStream<unknown>,
  opened: OpenSpan,
  succeed: (items: unknown[]) => void,
  fail: (error: unknown) => void,
): ReadableStream<unknown> {
  const seen = collector();
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await opened.run(() => reader.read());
        if (done) {
          succeed(seen.items());
          controller.close();
        } else {
          seen.add(value);
          controller.enqueue(value);
        }
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    async cancel(reason) {
      succeed(seen.items());
      await reader.cancel(reason);
    },
  });
}

/** The same object, except that reading it runs inside the span and ends it. */
function followIterable(
  iterable: AsyncIterable<unknown> & object,
  opened: OpenSpan,
  succeed: (items: unknown[]) => void,
  fail: (error: unknown) => void,
): unknown {
  const seen = collector();
  type Method = "next" | "return" | "throw";
  const step = async (iterator: AsyncIterator<unknown>, method: Method, args: unknown[]) => {
    const call = iterator[method] as ((...args: unknown[]) => Promise<IteratorResult<unknown>>) | undefined;
    try {
      if (!call && method === "throw") throw args[0];
      const result = call ? await opened.run(() => call.apply(iterator, args)) : { done: true, value: args[0] };
      if (result.done) succeed(seen.items());
      else seen.add(result.value);
      return result;
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  const follow = (iterator: AsyncIterator<unknown>) => {
    const followed = {
      next: (...args: unknown[]) => step(iterator, "next", args),
      return: (...args: unknown[]) => step(iterator, "return", args),
      throw: (...args: unknown[]) => step(iterator, "throw", args),
      [Symbol.asyncIterator]: () => followed,
    };
    return followed;
  };
  return new Proxy(iterable, {
    get(target, key) {
      if (key === Symbol.asyncIterator) return () => follow(target[Symbol.asyncIterator]());
      const value = Reflect.get(target, key, target) as unknown;
      if (typeof value !== "function") return value;
      if (key === "next" || key === "return" || key === "throw")
        return (...args: unknown[]) => step(target as unknown as AsyncIterator<unknown>, key, args);
      return value.bind(target);
    },
  });
}
