import type { FinishReason, GenerationEvent, TokenLogprob, Usage } from "../generation/event.ts";
import type { Annotation, Item, ItemPart } from "./items.ts";
import { newItemId } from "./items.ts";

/** A piece of the stream of a response, before it is numbered. */
export interface ResponseEvent {
  type: string;
  [field: string]: unknown;
}

type Open =
  | {
      kind: "message";
      index: number;
      item: Item & { type: "message" };
      text: string;
      logprobs: unknown[];
      refusal: boolean;
    }
  | { kind: "reasoning"; index: number; item: Item & { type: "reasoning" }; text: string }
  | { kind: "function"; index: number; item: Item & { type: "function_call" } }
  | { kind: "custom"; index: number; item: Item & { type: "custom_tool_call" } };

/**
 * Turns a generation into the items of a response and the events that tell of them: each item is opened, filled and closed
 * before the next, and what `done` events say is what their deltas add up to.
 */
export class ResponseWriter {
  /** Items that are done, and at last the whole output. */
  readonly output: Item[] = [];
  #open: Open | undefined;
  #finish: { reason: FinishReason; usage: Usage } | undefined;
  readonly #logprobs: boolean;

  constructor({ logprobs = false }: { logprobs?: boolean } = {}) {
    this.#logprobs = logprobs;
  }

  /** How the generation ended; undefined as long as it goes on. */
  get finish(): { reason: FinishReason; usage: Usage } | undefined {
    return this.#finish;
  }

  /** Adds an item that is done at once, or one that is worked on beside the generation. */
  *add(item: Item): Generator<ResponseEvent> {
    yield* this.#close("completed");
    yield { type: "response.output_item.added", output_index: this.output.length, item };
    this.output.push(item);
  }

  *write(event: GenerationEvent): Generator<ResponseEvent> {
    switch (event.type) {
      case "text":
        if (event.text !== "" || event.logprobs?.length) yield* this.#text(event.text, event.logprobs ?? []);
        return;
      case "refusal":
        yield* this.#refusal(event.text);
        return;
      case "reasoning":
        yield* this.#reasoning(event.text);
        return;
      case "call-start":
        yield* this.#close("completed");
        yield* this.#openCall(event);
        return;
      case "call-delta":
        yield* this.#extendCall(event.text);
        return;
      case "call-end":
        yield* this.#close("completed");
        return;
      case "finish":
        this.#finish = { reason: event.reason, usage: event.usage };
    }
  }

  /**
   * Closes what is open. An answer without words is a message too.
   *
   * @param citations are put behind the text.
   */
  *end(
    status: "completed" | "incomplete",
    citations: (text: string) => { text: string; annotations: Annotation[] } = () => ({ text: "", annotations: [] }),
  ): Generator<ResponseEvent> {
    const said = this.output.some(({ type }) => /^(message|function_call|custom_tool_call)$/.test(type));
    if (!said && this.#open?.kind !== "message" && !this.#open?.kind.match(/function|custom/)) {
      yield* this.#close("completed");
      yield* this.#openMessage();
    }
    if (this.#open?.kind === "message" && !this.#open.refusal) {
      const { text, annotations } = citations(this.#open.text);
      if (text) yield* this.#text(text, []);
      const { item, index } = this.#open;
      const part = item.content[0] as ItemPart & { type: "output_text" };
      for (const [i, annotation] of annotations.entries()) {
        part.annotations.push(annotation);
        const at = { item_id: item.id, output_index: index, content_index: 0 };
        yield { type: "response.output_text.annotation.added", ...at, annotation_index: i, annotation };
      }
    }
    yield* this.#close(status);
  }

  *#text(text: string, tokens: readonly TokenLogprob[]): Generator<ResponseEvent> {
    if (this.#open?.kind !== "message") {
      yield* this.#close("completed");
      yield* this.#openMessage();
    }
    const open = this.#open as Open & { kind: "message" };
    const logprobs = this.#logprobs ? tokens.map(toItemLogprob) : [];
    open.text += text;
    open.logprobs.push(...logprobs);
    const at = { item_id: open.item.id, output_index: open.index, content_index: 0 };
    yield { type: "response.output_text.delta", ...at, delta: text, logprobs };
  }

  *#refusal(text: string): Generator<ResponseEvent> {
    if (this.#open?.kind !== "message" || !this.#open.refusal) {
      yield* this.#close("completed");
      yield* this.#openMessage({ refusal: true });
    }
    const open = this.#open as Open & { kind: "message" };
    open.text += text;
    const at = { item_id: open.item.id, output_index: open.index, content_index: 0 };
    yield { type: "response.refusal.delta", ...at, delta: text };
  }

  *#reasoning(text: string): Generator<ResponseEvent> {
    if (this.#open?.kind !== "reasoning") {
      yield* this.#close("completed");
      const item = {
        id: newItemId("reasoning"),
        type: "reasoning" as const,
        summary: [],
        content: [],
        status: "in_progress" as const,
      };
      this.#open = { kind: "reasoning", index: this.output.length, item, text: "" };
      yield this.#added();
      yield this.#part("added", { type: "reasoning_text", text: "" });
    }
    const open = this.#open as Open & { kind: "reasoning" };
    open.text += text;
    const at = { item_id: open.item.id, output_index: open.index, content_index: 0 };
    yield { type: "response.reasoning_text.delta", ...at, delta: text };
  }

  *#openMessage({ refusal = false } = {}): Generator<ResponseEvent> {
    const item = {
      ...{ id: newItemId("message"), type: "message" as const, role: "assistant" as const },
      ...{ status: "in_progress" as const, content: [] },
    };
    this.#open = { kind: "message", index: this.output.length, item, text: "", logprobs: [], refusal };
    yield this.#added();
    const part: ItemPart = refusal
      ? { type: "refusal", refusal: "" }
      : { type: "output_text", text: "", annotations: [], logprobs: [] };
    this.#open.item = { ...item, content: [structuredClone(part)] };
    yield this.#part("added", part);
  }

  *#openCall({ id, name, kind }: GenerationEvent & { type: "call-start" }): Generator<ResponseEvent> {
    const facts = { call_id: id, name, status: "in_progress" as const };
    if (kind === "custom") {
      const item = { id: newItemId("custom_tool_call"), type: "custom_tool_call" as const, ...facts, input: "" };
      this.#open = { kind, index: this.output.length, item };
    } else {
      const item = { id: newItemId("function_call"), type: "function_call" as const, ...facts, arguments: "" };
      this.#open = { kind, index: this.output.length, item };
    }
    yield this.#added();
  }

  *#extendCall(delta: string): Generator<ResponseEvent> {
    const open = this.#open!;
    const at = { item_id: open.item.id, output_index: open.index };
    if (open.kind === "custom") {
      open.item.input += delta;
      yield { type: "response.custom_tool_call_input.delta", ...at, delta };
    } else if (open.kind === "function") {
      open.item.arguments += delta;
      yield { type: "response.function_call_arguments.delta", ...at, delta };
    }
  }

  *#close(status: "completed" | "incomplete"): Generator<ResponseEvent> {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    const at = { item_id: open.item.id, output_index: open.index };
    const inPart = { ...at, content_index: 0 };
    let item: Item;
    switch (open.kind) {
      case "message": {
        const [first] = open.item.content;
        const part: ItemPart = open.refusal
          ? { type: "refusal", refusal: open.text }
          : { ...(first as ItemPart & { type: "output_text" }), text: open.text, logprobs: open.logprobs };
        yield open.refusal
          ? { type: "response.refusal.done", ...inPart, refusal: open.text }
          : { type: "response.output_text.done", ...inPart, text: open.text, logprobs: open.logprobs };
        yield { type: "response.content_part.done", ...inPart, part };
        item = { ...open.item, status, content: [part] };
        break;
      }
      case "reasoning": {
        const part = { type: "reasoning_text" as const, text: open.text };
        yield { type: "response.reasoning_text.done", ...inPart, text: open.text };
        yield { type: "response.content_part.done", ...inPart, part };
        item = { ...open.item, status, content: [part] };
        break;
      }
      case "custom":
        item = { ...open.item, status };
        yield { type: "response.custom_tool_call_input.done", ...at, input: open.item.input };
        break;
      case "function":
        item = { ...open.item, status };
        yield {
          type: "response.function_call_arguments.done",
          ...at,
          name: open.item.name,
          arguments: open.item.arguments,
        };
    }
    this.output.push(item);
    yield { type: "response.output_item.done", output_index: open.index, item };
  }

  #added(): ResponseEvent {
    const { item, index } = this.#open!;
    return { type: "response.output_item.added", output_index: index, item: structuredClone(item) };
  }

  #part(what: "added", part: unknown): ResponseEvent {
    const { item, index } = this.#open!;
    return { type: `response.content_part.${what}`, item_id: item.id, output_index: index, content_index: 0, part };
  }
}

function toItemLogprob({ token, logprob, bytes, top }: TokenLogprob) {
  return {
    ...{ token, logprob: logprob ?? 0, bytes: bytes ?? [] },
    top_logprobs: top.map((other) => ({ token: other.token, logprob: other.logprob, bytes: other.bytes ?? [] })),
  };
}
