import { InputError, LoamError, loggable, UnavailableError } from "@loam/core";
import type { Store } from "@loam/store";
import { cancelWork, followWork, startWorkWith, type WorkKind } from "@loam/work";
import { z } from "zod";
import type { Conversations } from "../conversations/conversations.ts";
import { checkMessages } from "../generation/check-messages.ts";
import { generateFitting } from "../generation/fit-messages.ts";
import { generate } from "../generation/generate.ts";
import type { ModelRegistry } from "../generation/model-registry.ts";
import type { Message } from "../generation/request.ts";
import { Collection, StateError } from "../objects/collection.ts";
import type { Metadata } from "../objects/metadata.ts";
import type { VectorStores } from "../vector-stores/vector-stores.ts";
import { endingEvent } from "../webhooks/event-types.ts";
import type { NoteEvent } from "../webhooks/webhooks.ts";
import { contextOf } from "./context.ts";
import { type FileResult, type Item, newItemId } from "./items.ts";
import { type ResponseEvent, ResponseWriter } from "./response-writer.ts";
import { citedFiles, searchFiles } from "./search-files.ts";
import { toMessages } from "./to-messages.ts";
import type { ResponseBody, ResponseObject, ResponsePlan, ResponseUsage, StoredResponse } from "./types.ts";

export interface ResponsesContext {
  store: Store;
  registry: ModelRegistry;
  vectorStores: VectorStores;
  conversations: Conversations;
  /** Tells of the end of what is made in the background. */
  note: NoteEvent;
}

/** A response about to be made. */
export interface NewResponse {
  project: string;
  /** As it is shown before anything is written. */
  response: ResponseObject;
  input: Item[];
  plan: ResponsePlan;
  metadata: Metadata;
}

/** An event of a response's stream. */
export type NumberedEvent = ResponseEvent & { sequence_number: number };

const kindName = "openai.response";
const Input = z.object({ project: z.string(), id: z.string() });
const isOver = (status: string) => status !== "queued" && status !== "in_progress";

/** Responses: made at once or in the background, kept, and followed from anywhere. */
export class Responses {
  readonly rows: Collection<ResponseBody>;
  readonly #context: ResponsesContext;

  constructor(context: ResponsesContext) {
    this.#context = context;
    this.rows = new Collection(context.store.db, "response", "response");
  }

  /** Works on responses in the background. */
  get kind(): WorkKind {
    return {
      name: kindName,
      concurrency: 8,
      maxAttempts: 3,
      parse: (input) => Input.parse(input),
      run: async (input, { signal, emit, work }) => {
        const { project, id } = input as z.infer<typeof Input>;
        const row = await this.rows.find(project, id);
        if (!row || isOver(row.status)) return;
        const write = (event: NumberedEvent) => emit({ type: "response", event });
        // An answer of which a part has been heard is not begun again: it would be another one.
        if (work.attempts > 1 && (await this.#heard(row)) > 0) return await this.#interrupted(row, write);
        try {
          for await (const event of this.#answer({ ...row, ...row.body }, { signal, background: true })) write(event);
        } catch (error) {
          const now = await this.rows.find(project, id);
          if (signal?.aborted && now && !isOver(now.status)) throw error; // the worker stops: another goes on
          if (!signal?.aborted) throw error;
        }
      },
    };
  }

  /**
   * Answers at once. The first event comes when the model has begun to write, so that a request that cannot be answered
   * throws before.
   *
   * @param keep whether the response can be asked for afterwards.
   */
  run(request: NewResponse, { signal, keep }: { signal?: AbortSignal; keep: boolean }): AsyncGenerator<NumberedEvent> {
    return this.#answer(request, { signal, background: false, keep });
  }

  /** Accepts a response: when this resolves it is on disk, and a worker answers it. */
  async start(request: NewResponse): Promise<StoredResponse> {
    const { project, response, input, plan, metadata } = request;
    await this.#messagesOf(request); // refuses what cannot be answered before it is accepted
    const queued = { ...response, status: "queued" as const };
    const body = { response: queued, input, plan, workId: null };
    return await startWorkWith(this.#context.store, this.kind, async (tx, startIt) => {
      const rows = this.rows.in(tx);
      await rows.insert({ id: response.id, project, status: "queued", metadata, body });
      const work = await startIt({ project, id: response.id }, { name: response.id });
      return await rows.update(project, response.id, { body: { workId: work.id } });
    });
  }

  /**
   * The events of a response that was made in the background, from a number on, as they come.
   *
   * @throws {StateError} for a response that was not made in the background.
   */
  async *follow(
    project: string,
    id: string,
    { after = -1, signal }: { after?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<NumberedEvent> {
    const { body } = await this.rows.get(project, id);
    if (!body.workId)
      throw new StateError(`The response ${id} was not made in the background: it has no stream to go on with.`, {
        details: { name: "stream" },
        hint: "create it with `background: true`",
      });
    for await (const { type, data } of followWork(this.#context.store, body.workId, { signal })) {
      if (type !== "response") continue;
      const { event } = data as unknown as { event: NumberedEvent };
      if (event.sequence_number > after) yield event;
    }
  }

  /** Ends a response that is made in the background; one that has ended stays as it is. */
  async cancel(project: string, id: string): Promise<StoredResponse> {
    const row = await this.rows.update(project, id, async ({ status, body }, tx) => {
      if (!body.workId)
        throw new StateError(
          `The response ${id} was not created with \`background: true\`; only such can be cancelled.`,
          { hint: "close the connection to end one that streams" },
        );
      if (isOver(status)) return undefined;
      await this.#context.note(tx, { project, type: "response.cancelled", id });
      return { status: "cancelled", body: { response: { ...body.response, status: "cancelled", completed_at: null } } };
    });
    if (row.status === "cancelled") await cancelWork(this.#context.store, row.body.workId!);
    return row;
  }

  /** The conversation that a request is about, as items. */
  async itemsOf({ project, input, plan }: Pick<NewResponse, "project" | "input" | "plan">): Promise<Item[]> {
    return [...(await contextOf(this.rows, this.#context.conversations, project, plan)), ...input];
  }

  async #messagesOf(
    request: Pick<NewResponse, "project" | "input" | "plan">,
  ): Promise<{ items: Item[]; messages: Message[] }> {
    const items = await this.itemsOf(request);
    const messages = toMessages(items);
    try {
      checkMessages(messages);
    } catch (error) {
      throw error instanceof InputError ? asInputError(error) : error;
    }
    return { items, messages };
  }

  async *#answer(
    request: NewResponse | (StoredResponse & ResponseBody),
    { signal, background, keep = true }: { signal?: AbortSignal; background: boolean; keep?: boolean },
  ): AsyncGenerator<NumberedEvent> {
    const { project, plan, response: asked } = request;
    const { registry, vectorStores } = this.#context;
    let sequence = 0;
    const number = (event: ResponseEvent): NumberedEvent => ({ ...event, sequence_number: sequence++ });
    if (background) {
      yield number({ type: "response.created", response: { ...asked, status: "queued" } });
      yield number({ type: "response.queued", response: { ...asked, status: "queued" } });
    }
    let response: ResponseObject = { ...asked, status: "in_progress" };
    const writer = new ResponseWriter({ logprobs: plan.generation.logprobs });
    let results: FileResult[] = [];
    let search: (Item & { type: "file_search_call" }) | undefined;
    try {
      const { items, messages } = await this.#messagesOf(request);
      const found = plan.fileSearch
        ? await searchFiles(vectorStores, project, items, plan.fileSearch, { signal })
        : undefined;
      if (found) {
        results = found.results;
        const call = { id: newItemId("file_search_call"), type: "file_search_call" as const, queries: [found.query] };
        search = { ...call, status: "completed", results: found.results };
        messages.push(...toMessages([search]));
      }
      const said: Message[] = plan.instructions ? [{ role: "developer", content: plan.instructions }] : [];
      const generation = { ...plan.generation, messages: [...said, ...messages] };
      const start = plan.truncation === "auto" ? generateFitting : generate;
      const events = start({ registry }, generation, { signal });
      const first = await events.next();
      if (background) await this.#update(request, { status: "in_progress", response });
      else yield number({ type: "response.created", response });
      yield number({ type: "response.in_progress", response });
      if (search) for (const event of searched(writer, search, plan.includeResults)) yield number(event);
      try {
        for (let next = first; !next.done; next = await events.next()) {
          for (const event of writer.write(next.value)) yield number(event);
        }
      } finally {
        await events.return(undefined);
      }
      const isCut = writer.finish?.reason === "length" || writer.finish?.reason === "content_filter";
      const cite = results.length > 0 ? (text: string) => citedFiles(text, results) : undefined;
      for (const event of writer.end(isCut ? "incomplete" : "completed", cite)) yield number(event);
      response = ended(response, writer);
    } catch (error) {
      // What is wrong with a request is said before its stream begins.
      if (signal?.aborted || (sequence === 0 && !background)) throw error;
      response = failed(response, writer, error);
    }
    const kept = keep ? await this.#keep(request, response, { background }) : response;
    yield number({ type: kept.status === "cancelled" ? "response.failed" : `response.${kept.status}`, response: kept });
  }

  /** Writes the response as it is at its end; one that was cancelled meanwhile stays cancelled. */
  async #keep(
    request: NewResponse | (StoredResponse & ResponseBody),
    response: ResponseObject,
    { background }: { background: boolean },
  ): Promise<ResponseObject> {
    const { project, input, plan, metadata } = request;
    const { conversations, store, note } = this.#context;
    return await store.db.transaction(async (tx) => {
      const rows = this.rows.in(tx);
      if (background) {
        const row = await rows.update(project, response.id, async ({ status }, inner) => {
          if (isOver(status)) return undefined;
          await note(inner, { project, type: endingEvent("response", response.status), id: response.id });
          return { status: response.status, body: { response } };
        });
        if (row.status !== response.status) return row.body.response;
      } else {
        const body = { response, input, plan, workId: null };
        await rows.insert({ id: response.id, project, status: response.status, metadata, body });
      }
      if (plan.conversationId && response.status !== "failed")
        await conversations.in(tx).addItems(project, plan.conversationId, [...input, ...response.output]);
      return response;
    });
  }

  async #update(
    { project }: NewResponse,
    { status, response }: { status: ResponseObject["status"]; response: ResponseObject },
  ): Promise<void> {
    await this.rows.update(project, response.id, async (row, tx) => {
      if (isOver(row.status)) return undefined;
      await this.#context.note(tx, { project, type: endingEvent("response", status), id: response.id });
      return { status, body: { response } };
    });
  }

  /** How many events of a response have been written. */
  async #heard({ body }: StoredResponse): Promise<number> {
    let count = 0;
    for await (const { type } of followWork(this.#context.store, body.workId!, { until: () => true })) {
      if (type === "response") count++;
    }
    return count;
  }

  async #interrupted(row: StoredResponse, write: (event: NumberedEvent) => void): Promise<void> {
    const message = "The server that wrote this response was stopped in the middle of it.";
    const response: ResponseObject = {
      ...row.body.response,
      status: "failed",
      error: { code: "server_error", message },
    };
    const sequence = await this.#heard(row);
    await this.#update({ ...row, ...row.body }, { status: "failed", response });
    write({ type: "response.failed", response, sequence_number: sequence });
  }
}

function* searched(
  writer: ResponseWriter,
  item: Item & { type: "file_search_call" },
  includeResults: boolean,
): Generator<ResponseEvent> {
  const at = { item_id: item.id, output_index: writer.output.length };
  const shown = { ...item, results: includeResults ? item.results : null };
  const begun: Item = { ...item, status: "in_progress", results: null };
  yield { type: "response.output_item.added", output_index: at.output_index, item: begun };
  for (const step of ["in_progress", "searching", "completed"])
    yield { type: `response.file_search_call.${step}`, ...at };
  writer.output.push(shown);
  yield { type: "response.output_item.done", output_index: at.output_index, item: shown };
}

function ended(response: ResponseObject, { output, finish }: ResponseWriter): ResponseObject {
  const reasons = { length: "max_output_tokens", content_filter: "content_filter" } as const;
  const reason = finish ? reasons[finish.reason as keyof typeof reasons] : undefined;
  return {
    ...response,
    status: reason ? "incomplete" : "completed",
    completed_at: reason ? null : Math.floor(Date.now() / 1000),
    incomplete_details: reason ? { reason } : null,
    output,
    usage: finish ? toResponseUsage(finish.usage) : null,
  };
}

function failed(response: ResponseObject, { output }: ResponseWriter, error: unknown): ResponseObject {
  const known = error instanceof LoamError;
  if (!known) console.error(loggable(error));
  const code = known && !(error instanceof UnavailableError) && error.status < 500 ? "invalid_prompt" : "server_error";
  const message = known ? error.message : "The server met an error of its own.";
  return { ...response, status: "failed", error: { code, message }, output: [...output] };
}

export function toResponseUsage({
  promptTokens,
  cachedTokens,
  completionTokens,
  reasoningTokens,
}: {
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  reasoningTokens: number;
}): ResponseUsage {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + completionTokens,
  };
}

/** What is wrong with the messages is wrong with the `input`. */
function asInputError(error: InputError): InputError {
  return new InputError(error.code, error.message.replaceAll(/messages(?=\[|`)/g, "input"), {
    details: { ...error.details, name: "input" },
  });
}
