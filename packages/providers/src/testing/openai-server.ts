import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerChat } from "./chat-wire.ts";
import { countWords } from "./count-words.ts";
import { answerResponses } from "./responses-wire.ts";

type Json = Record<string, unknown>;

/** A question, whichever endpoint it came through. */
export interface ChatQuestion {
  model: string;
  /** Text of the system or developer message and of `instructions`. */
  system: string;
  /** Text of the last user message. */
  text: string;
  /** Data URLs or URLs of the pictures in the last user message. */
  images: string[];
  tools: string[];
  /** Results of tools, when the last message brings some. */
  toolResults: string[];
  /** The schema asked for with `json_schema`. */
  schema?: Json;
  body: Json;
}

export interface Answer {
  text?: string;
  toolCalls?: { name: string; arguments: unknown }[];
  finishReason?: "stop" | "length" | "content_filter";
}

/** What goes wrong with one request. */
export type Fault =
  | { kind: "status"; status: number; retryAfter?: string; message?: string }
  /** The connection is closed before an answer. */
  | { kind: "disconnect" }
  /** Nothing for this long, then the usual answer. */
  | { kind: "slow-start"; delayMs: number }
  /** The usual answer, with this pause between its pieces (its halves when it is not streamed). */
  | { kind: "slow-body"; delayMs: number }
  /** 200 with something that is not JSON. */
  | { kind: "malformed" }
  /** The connection is closed in the middle of the answer. */
  | { kind: "truncated" };

export interface RecordedRequest {
  method: string;
  /** From `/v1` on: `/chat/completions`. */
  path: string;
  headers: IncomingMessage["headers"];
  body: Json;
  /** Milliseconds, `performance.now()`. */
  atMs: number;
  /** Whether the client hung up before the answer was complete. */
  aborted: boolean;
}

export interface OpenAIServerOptions {
  models?: string[];
  /** When set, any other bearer token is answered with 401. */
  apiKey?: string;
  /** What to answer; repeats the question unless said otherwise. */
  answer?: (question: ChatQuestion) => string | Answer;
  /** The vector of a text; an 8-wide one made of its characters unless said otherwise. */
  embed?: (text: string) => number[];
}

export interface OpenAIServer {
  /** Base URL for clients, ending in `/v1`. */
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** The next `times` requests go wrong in this way; faults queue up. */
  inject(fault: Fault, times?: number): void;
  close(): Promise<void>;
}

/**
 * A server that speaks OpenAI's wire format: chat completions and responses (whole and streamed, tools, pictures,
 * JSON schemas), embeddings and the list of models. It listens on a free port of this machine.
 */
export async function startOpenAIServer({
  models = ["test-chat", "test-embed"],
  apiKey,
  answer = repeat,
  embed = spell,
}: OpenAIServerOptions = {}): Promise<OpenAIServer> {
  const requests: RecordedRequest[] = [];
  const faults: Fault[] = [];
  const reply = (question: ChatQuestion): Answer => {
    const given = answer(question);
    return typeof given === "string" ? { text: given } : given;
  };

  const server = createServer(async (request, response) => {
    const record = await read(request);
    requests.push(record);
    response.on("close", () => {
      record.aborted = !response.writableFinished;
    });
    const fault = faults.shift();
    if (fault?.kind === "disconnect") return request.socket.destroy();
    if (fault?.kind === "slow-start") await pause(fault.delayMs);
    if (fault?.kind === "malformed") return send(response, ["<html>Bad gateway</html>"], "application/json", undefined);
    if (fault?.kind === "status") {
      if (fault.retryAfter !== undefined) response.setHeader("retry-after", fault.retryAfter);
      return fail(response, fault.status, fault.message ?? `injected ${fault.status}`, "server_error");
    }
    if (apiKey && request.headers.authorization !== `Bearer ${apiKey}`)
      return fail(response, 401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key");

    const { model = "" } = record.body as { model?: string };
    if (record.method === "POST" && !models.includes(model))
      return fail(response, 404, `The model \`${model}\` does not exist`, "invalid_request_error", "model_not_found");
    const json = (body: unknown) => send(response, halves(JSON.stringify(body)), "application/json", fault);
    const events = (pieces: string[]) => send(response, pieces, "text/event-stream", fault);
    switch (`${record.method} ${record.path}`) {
      case "GET /models":
        return json({
          object: "list",
          data: models.map((id) => ({ id, object: "model", created: 0, owned_by: "test" })),
        });
      case "POST /chat/completions":
        return answerChat(record.body, reply, { json, events });
      case "POST /responses":
        return answerResponses(record.body, reply, { json, events });
      case "POST /embeddings":
        return json(embeddings(record.body, embed));
      default:
        return fail(response, 404, `Unknown request URL: ${record.method} ${record.path}`, "invalid_request_error");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    inject: (fault, times = 1) => faults.push(...Array.from({ length: times }, () => fault)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<RecordedRequest> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return {
    method: request.method ?? "",
    path: (request.url ?? "").replace(/^\/v1/, "").replace(/\?.*/, ""),
    headers: request.headers,
    body: text ? (JSON.parse(text) as Json) : {},
    atMs: performance.now(),
    aborted: false,
  };
}

async function send(response: ServerResponse, pieces: string[], type: string, fault: Fault | undefined): Promise<void> {
  response.writeHead(200, { "content-type": type, "x-request-id": "req_test" });
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && fault?.kind === "slow-body") await pause(fault.delayMs);
    if (response.destroyed) return;
    await new Promise((resolve) => response.write(piece, resolve));
    if (fault?.kind === "truncated") {
      // What was written must have left, or the client sees no answer at all.
      await pause(20);
      response.destroy();
      return;
    }
  }
  response.end();
}

function fail(
  response: ServerResponse,
  status: number,
  message: string,
  type: string,
  code: string | null = null,
): void {
  response
    .writeHead(status, { "content-type": "application/json" })
    .end(JSON.stringify({ error: { message, type, param: null, code } }));
}

function embeddings(body: Json, embed: (text: string) => number[]): Json {
  const texts = (Array.isArray(body.input) ? body.input : [body.input]) as string[];
  const tokens = texts.reduce((sum, text) => sum + countWords(text), 0);
  const encode = (vector: number[]) =>
    body.encoding_format === "base64" ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector;
  return {
    object: "list",
    model: body.model,
    data: texts.map((text, index) => ({ object: "embedding", index, embedding: encode(embed(text)) })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function repeat({ text, images }: ChatQuestion): string {
  return images.length > 0 ? `You said: ${text} (and showed ${images.length} pictures)` : `You said: ${text}`;
}

function spell(text: string): number[] {
  const vector = new Array<number>(8).fill(0);
  for (const [index, letter] of [...text].entries()) vector[index % 8]! += letter.codePointAt(0)! % 97;
  return vector;
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
