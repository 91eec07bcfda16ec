import { InputError, LoamError, NotFoundError, UnavailableError } from "@loam/core";
import { redactText } from "@loam/observe";

/** The fields of the AI SDK's `APICallError` and its kin that are read here. */
interface CallError {
  name?: string;
  message?: string;
  statusCode?: number;
  responseBody?: string;
  cause?: unknown;
}

/** Where the key of a service is looked for. */
const keyVariables: Record<string, string> = { openai: "OPENAI_API_KEY", anthropic: "ANTHROPIC_API_KEY" };

/**
 * What a model call threw, as one of Loam's errors that says what to do. An abort stays what it is: whoever aborted
 * expects it.
 */
export function toModelError(error: unknown, { provider, model }: { provider: string; model: string }): unknown {
  const own = findLoamError(error);
  if (own) return own;
  const { name = "", message = String(error), statusCode } = (error ?? {}) as CallError;
  if (name === "AbortError" || name === "TimeoutError") return error;
  if (!name.startsWith("AI_")) return error;
  const said = redactText(message);
  const details = { provider, model, ...(statusCode === undefined ? {} : { status: statusCode }) };
  const key = keyVariables[provider] ?? `providers.${provider}.apiKey`;
  switch (true) {
    case statusCode === 401 || statusCode === 403:
      return new UnavailableError(provider, `refused the API key (${statusCode}: ${said})`, {
        details,
        hint: `check ${key}`,
        cause: error,
      });
    case statusCode === 404:
      return new NotFoundError("Model", `${provider}:${model}`, {
        details: { ...details, said },
        hint: "`loam models` shows what is set; `LOAM_CHAT_MODEL` and its kin choose another",
        cause: error,
      });
    case statusCode === 429:
      return new UnavailableError(provider, `too many requests (429: ${said})`, {
        details,
        hint: "wait a little, or check the quota of the account",
        cause: error,
      });
    case statusCode !== undefined && statusCode >= 500:
      return new UnavailableError(provider, `failed (${statusCode}: ${said})`, {
        details,
        hint: "try again later",
        cause: error,
      });
    case statusCode !== undefined && statusCode >= 400:
      return new InputError(
        "model_refused_request",
        `${provider}:${model} refused the request (${statusCode}: ${said})`,
        {
          details,
          cause: error,
        },
      );
    case name === "AI_LoadAPIKeyError":
      return new UnavailableError(provider, "no API key.", { details, hint: `set ${key}`, cause: error });
    default:
      return new UnavailableError(provider, `answered something that cannot be read (${said}).`, {
        details,
        hint: "check that its base URL ends in /v1 and speaks OpenAI's format",
        cause: error,
      });
  }
}

/** The SDK wraps what `fetch` throws: an error of ours somewhere in the chain of causes says it best. */
function findLoamError(error: unknown): LoamError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++)
    if (at instanceof LoamError) return at;
  return undefined;
}
