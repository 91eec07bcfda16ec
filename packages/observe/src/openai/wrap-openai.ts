import { withEstimate } from "../sdk/estimate-usage.ts";
import { type ModelRequest, type ModelResponse, type ModelSpan, openModelSpan } from "../tracing/gen-ai.ts";
import { chatEndpoint } from "./chat.ts";
import { embeddingsEndpoint } from "./embeddings.ts";
import { responsesEndpoint } from "./responses.ts";

/** How one endpoint's bodies map to a model call. Bodies are read leniently: a wrong one is the server's to refuse. */
export interface Endpoint {
  request(body: Record<string, unknown>): Omit<ModelRequest, "provider">;
  response(body: Record<string, unknown>): ModelResponse;
  /** Puts a streamed answer together again. */
  accumulate(): { add(chunk: Record<string, unknown>): void; response(): ModelResponse };
}

/** The parts of the official `openai` client that are traced. */
export interface OpenAIClient {
  baseURL: string;
  chat?: { completions: { create: unknown } };
  responses?: { create: unknown };
  embeddings?: { create: unknown };
}

export interface WrapOpenAIOptions {
  /** `gen_ai.provider.name`, for clients that talk to an OpenAI-compatible service. */
  provider?: string;
  /**
   * Whether streamed chat completions ask for their token usage (`stream_options.include_usage`) when the caller
   * did not: `auto` does for api.openai.com only, since other services may refuse the field. The extra last chunk
   * is kept from the caller.
   */
  streamUsage?: "auto" | "always" | "never";
}

type Create = (body: Record<string, unknown>, options?: unknown) => ApiPromise;
interface ApiPromise extends Promise<unknown> {
  _thenUnwrap?(transform: (data: unknown) => unknown): ApiPromise;
  asResponse?(): Promise<Response>;
}
interface ApiStream extends AsyncIterable<Record<string, unknown>> {
  controller: AbortController;
}

const wrapped = new WeakSet<object>();

/**
 * Traces every chat completion, response and embedding of an `openai` client, streamed or not, including those that
 * its helpers (`parse`, `stream`, `runTools`) make. The client is changed in place and returned; wrapping it again
 * does nothing. Calls behave as before: same values, same stream and promise classes, same errors.
 *
 * @example
 * import OpenAI from "openai";
 * const client = wrapOpenAI(new OpenAI({ apiKey: "sk-none" }));
 */
export function wrapOpenAI<C extends object>(
  client: C & OpenAIClient,
  { provider = "openai", streamUsage = "auto" }: WrapOpenAIOptions = {},
): C {
  const { baseURL: baseUrl } = client;
  const asksUsage =
    streamUsage === "always" ||
    (streamUsage === "auto" && URL.canParse(baseUrl) && new URL(baseUrl).hostname === "api.openai.com");
  const target = { provider, baseUrl };
  if (client.chat) traceCreate(client.chat.completions, chatEndpoint, { ...target, asksUsage });
  if (client.responses) traceCreate(client.responses, responsesEndpoint, { ...target, asksUsage: false });
  if (client.embeddings) traceCreate(client.embeddings, embeddingsEndpoint, { ...target, asksUsage: false });
  return client;
}

/** Puts a span around a client's `create`, for any client that is built like `openai`'s. */
export function traceCreate(
  resource: { create: unknown },
  endpoint: Endpoint,
  { provider, baseUrl, asksUsage }: { provider: string; baseUrl: string; asksUsage: boolean },
): void {
  if (wrapped.has(resource)) return;
  wrapped.add(resource);
  const create = (resource.create as Create).bind(resource);

  resource.create = (body: Record<string, unknown>, options?: unknown): ApiPromise => {
    const request = endpoint.request(body);
    const span = openModelSpan({ ...request, provider, baseUrl });
    const addsUsage = asksUsage && body.stream === true && body.stream_options === undefined;
    const sent = addsUsage ? { ...body, stream_options: { include_usage: true } } : body;
    let promise: ApiPromise;
    try {
      promise = span.run(() => create(sent, options));
    } catch (error) {
      span.fail(error);
      span.end();
      throw error;
    }
    return watch(promise, span, (data) =>
      isStream(data)
        ? followStream(data, span, endpoint, { request, hidesUsage: addsUsage })
        : finish(span, endpoint.response(asRecord(data)), data),
    );
  };
}

/** Sees the parsed answer without changing what the caller gets: `withResponse()` and `asResponse()` stay. */
function watch(promise: ApiPromise, span: ModelSpan, observe: (data: unknown) => unknown): ApiPromise {
  const fail = (error: unknown) => {
    span.fail(error);
    span.end();
  };
  if (!promise._thenUnwrap || !promise.asResponse) {
    const result = promise.then(observe);
    result.catch(fail);
    return result;
  }
  promise.asResponse().catch(fail);
  const observed = promise._thenUnwrap((data) => {
    try {
      return observe(data);
    } catch (error) {
      fail(error);
      return data;
    }
  });
  const asResponse = observed.asResponse!.bind(observed);
  // The raw response is all the caller wants: nobody will parse it here, so the call ends with its headers.
  observed.asResponse = () =>
    asResponse().then((response) => {
      setImmediate(() => span.end());
      return response;
    });
  return observed;
}

function finish<T>(span: ModelSpan, response: ModelResponse, data: T): T {
  span.respond(response);
  span.end();
  return data;
}

/** A stream of the client's own class that records what flows through it. */
function followStream(
  stream: ApiStream,
  span: ModelSpan,
  endpoint: Endpoint,
  { request, hidesUsage }: { request: Omit<ModelRequest, "provider">; hidesUsage: boolean },
): ApiStream {
  const answer = endpoint.accumulate();
  const end = () => finish(span, withEstimate(request, answer.response()), undefined);
  stream.controller.signal.addEventListener("abort", end, { once: true });
  async function* follow(): AsyncGenerator<Record<string, unknown>> {
    try {
      for await (const chunk of stream) {
        span.firstChunk();
        answer.add(chunk);
        if (!(hidesUsage && Array.isArray(chunk.choices) && chunk.choices.length === 0)) yield chunk;
      }
    } catch (error) {
      span.fail(error);
      throw error;
    } finally {
      end();
    }
  }
  const Stream = stream.constructor as new (
    iterator: () => AsyncIterator<unknown>,
    controller: AbortController,
  ) => ApiStream;
  return new Stream(follow, stream.controller);
}

function isStream(data: unknown): data is ApiStream {
  return typeof data === "object" && data !== null && Symbol.asyncIterator in data && "controller" in data;
}

function asRecord(data: unknown): Record<string, unknown> {
  return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
}
