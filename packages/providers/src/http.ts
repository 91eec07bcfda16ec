import { UnavailableError } from "@loam/core";
import { spanEvent } from "@loam/observe";

export interface HttpOptions {
  /** Name of the service in errors. */
  service: string;
  /** Tries after the first one. */
  maxRetries?: number;
  /** Longest wait for the beginning of an answer, per try. */
  timeoutMs?: number;
  /** Longest silence within an answer. */
  idleTimeoutMs?: number;
  /** Wait before the first retry; each further one doubles, with jitter. */
  backoffMs?: number;
  /** A longer `Retry-After` than this is not waited for: the error is given back at once. */
  maxRetryAfterMs?: number;
}

const RETRIED = new Set([408, 429, 500, 502, 503, 504, 529]);

/**
 * A `fetch` that tries again after 429, 5xx and lost connections (as long as `Retry-After` says, else with
 * exponential backoff), gives up on silent services, and stops at once when the caller's signal fires. Every retry
 * is noted on the current span.
 */
export function retryingFetch({
  service,
  maxRetries = 3,
  timeoutMs = 120_000,
  idleTimeoutMs = 60_000,
  backoffMs = 500,
  maxRetryAfterMs = 60_000,
}: HttpOptions): typeof fetch {
  return async (input, init) => {
    const signal = init?.signal ?? undefined;
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      const { response, error, retryAfterMs } = await attemptOnce(input, init, { service, timeoutMs, idleTimeoutMs });
      const waitMs = retryAfterMs ?? backoffMs * 2 ** attempt * (0.75 + Math.random() / 2);
      const retried = error !== undefined || RETRIED.has(response!.status);
      if (!retried || attempt >= maxRetries || waitMs > maxRetryAfterMs) {
        if (error !== undefined) throw error;
        return response!;
      }
      spanEvent("retry", {
        attempt: attempt + 1,
        reason: error instanceof Error ? error.message : `HTTP ${response!.status}`,
        waitMs: Math.round(waitMs),
      });
      await response?.body?.cancel();
      await sleep(waitMs, signal);
    }
  };
}

async function attemptOnce(
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  { service, timeoutMs, idleTimeoutMs }: { service: string; timeoutMs: number; idleTimeoutMs: number },
): Promise<{ response?: Response; error?: unknown; retryAfterMs?: number }> {
  const signal = init?.signal ?? undefined;
  const quit = new AbortController();
  const timer = setTimeout(() => quit.abort(), timeoutMs);
  try {
    const response = await fetch(input, {
      ...init,
      signal: signal ? AbortSignal.any([signal, quit.signal]) : quit.signal,
    });
    return {
      response: watchSilence(response, quit, { service, idleTimeoutMs }),
      retryAfterMs: readRetryAfter(response.headers),
    };
  } catch (error) {
    signal?.throwIfAborted();
    if (quit.signal.aborted)
      return {
        error: new UnavailableError(service, `no answer within ${timeoutMs / 1000} s.`, {
          details: { timeoutMs },
          hint: "try again, or use a smaller model",
        }),
      };
    return { error: unreachable(service, String(input instanceof Request ? input.url : input), error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a body that stays silent for too long with an error, instead of waiting for ever. */
function watchSilence(
  response: Response,
  quit: AbortController,
  { service, idleTimeoutMs }: { service: string; idleTimeoutMs: number },
): Response {
  if (!response.body) return response;
  const reader = response.body.getReader();
  const silence = () =>
    new UnavailableError(service, `its answer stopped for more than ${idleTimeoutMs / 1000} s.`, {
      details: { idleTimeoutMs },
      hint: "try again",
    });
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let timer: NodeJS.Timeout | undefined;
      try {
        const silent = new Promise<never>((_, reject) => {
          timer = setTimeout(() => {
            reject(silence());
            quit.abort();
          }, idleTimeoutMs);
        });
        const { done, value } = await Promise.race([reader.read(), silent]);
        if (done) controller.close();
        else controller.enqueue(value);
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
}

/** `Retry-After` in seconds or as a date, or `retry-after-ms`. */
function readRetryAfter(headers: Headers): number | undefined {
  const ms = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(ms)) return Math.max(0, ms);
  const value = headers.get("retry-after");
  if (!value) return undefined;
  const seconds = Number(value);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}

function unreachable(service: string, url: string, error: unknown): UnavailableError {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const reason = cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
  const { origin } = new URL(url);
  return new UnavailableError(service, `${origin} cannot be reached (${reason}).`, {
    details: { origin, reason },
    hint:
      service === "ollama" ? "start it with `ollama serve`, or set OLLAMA_HOST" : "check the network and the base URL",
    cause: error,
  });
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
