import { type OnProgress, throwIfCancelled, UnavailableError } from "@loam/core";

/** A line of Ollama's answer to a pull. */
interface PullLine {
  status?: string;
  error?: string;
  total?: number;
  completed?: number;
}

/**
 * Lets Ollama fetch a model, which it keeps and runs itself.
 *
 * @param baseUrl of its OpenAI-compatible API, as the configuration names it
 * @throws {UnavailableError} when Ollama does not run or cannot fetch the model.
 */
export async function pullThroughOllama(
  model: string,
  { baseUrl, signal, onProgress }: { baseUrl: string; signal?: AbortSignal; onProgress?: OnProgress },
): Promise<void> {
  const address = baseUrl.replace(/\/v1\/?$/, "");
  const response = await fetch(`${address}/api/pull`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, stream: true }),
    signal,
  }).catch((error) => {
    throwIfCancelled(signal, `Downloading ${model}`);
    const { message, cause } = error as { message: string; cause?: { code?: string } };
    throw new UnavailableError("ollama", `${address} cannot be reached (${cause?.code ?? message}).`, {
      hint: "install it from ollama.com and start it with `ollama serve`, or set OLLAMA_HOST",
      cause: error,
    });
  });
  let last: PullLine = { error: `HTTP ${response.status}` };
  for await (const line of lines(response)) {
    last = JSON.parse(line) as PullLine;
    if (last.error !== undefined) break;
    const { status, completed = 0, total } = last;
    onProgress?.({ task: "download", label: model, unit: "byte", done: completed, total, message: status });
  }
  throwIfCancelled(signal, `Downloading ${model}`);
  if (last.status !== "success")
    throw new UnavailableError("ollama", `${model} was not fetched: ${last.error ?? "the answer was cut off"}.`, {
      hint: "run it again: Ollama goes on where it stopped",
    });
}

async function* lines(response: Response): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    const pieces = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = pieces.pop()!;
    yield* pieces.filter((piece) => piece.trim() !== "");
  }
  if (rest.trim() !== "") yield rest;
}
