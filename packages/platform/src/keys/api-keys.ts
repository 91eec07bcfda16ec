import { createHash } from "node:crypto";
import { ArgumentError, LoamError } from "@loam/core";
import type { Database } from "@loam/store";
import { Collection, type Stored } from "../objects/collection.ts";
import { randomLetters } from "../objects/ids.ts";
import { RateWindow } from "./rate-window.ts";

/** What a key may be used for: the first part of a path behind `/v1`, in groups. */
export const keyScopes = {
  chat: ["chat", "completions", "responses", "conversations", "embeddings", "messages", "models"],
  files: ["files", "uploads", "vector_stores"],
  assistants: ["assistants", "threads"],
  batches: ["batches"],
  evals: ["evals"],
  "fine-tuning": ["fine_tuning"],
} as const;

export type KeyScope = keyof typeof keyScopes;

export interface ApiKeyBody {
  name: string;
  /** Whose objects it sees; every key of a project sees the same. */
  ownProject: string;
  /** Empty: everything. */
  scopes: KeyScope[];
  requestsPerMinute: number | null;
  tokensPerMinute: number | null;
  /** The beginning of the key, to tell it by. */
  hint: string;
}

export type StoredApiKey = Stored<ApiKeyBody>;

/** A key that is wrong, or may not be used for this. */
class KeyError extends LoamError {
  constructor(code: "invalid_api_key" | "insufficient_permissions", message: string, hint: string) {
    super(code, message, { hint, status: code === "invalid_api_key" ? 401 : 403, exitCode: 2 });
  }
}

/** More requests or tokens than a key may use in a minute. */
class RateLimitError extends LoamError {
  constructor(what: "requests" | "tokens", limit: number, retryAfterSeconds: number) {
    super("rate_limit_exceeded", `The key is limited to ${limit} ${what} a minute.`, {
      details: { what, limit, retryAfterSeconds },
      hint: `try again in ${Math.ceil(retryAfterSeconds)} s`,
      status: 429,
      exitCode: 5,
    });
  }
}

export const keyPrefix = "sk-loam-";

/** What a request with a key may do, and what is left of its limits. */
export interface KeyAccess {
  project: string;
  /** `x-ratelimit-*`. */
  headers(): Record<string, string>;
  /** Counts what an answer has used. */
  use(tokens: number): void;
}

const isKeyScope = (scope: string): scope is KeyScope => scope in keyScopes;

/** Keys for programs, each of a project. Only the hash of a key is kept: it is shown once, when it is made. */
export class ApiKeys {
  readonly #rows: Collection<ApiKeyBody>;
  /** Windows of the last minute, of this process. */
  readonly #windows = new Map<string, { requests: RateWindow; tokens: RateWindow }>();

  constructor(db: Database) {
    this.#rows = new Collection(db, "api_key", "API key");
  }

  /** @throws {ArgumentError} for an unknown scope. */
  async create({ scopes, ...body }: Omit<ApiKeyBody, "hint" | "scopes"> & { scopes: readonly string[] }): Promise<{
    secret: string;
    key: StoredApiKey;
  }> {
    const unknown = scopes.find((scope) => !isKeyScope(scope));
    if (unknown) throw new ArgumentError("scope", unknown, `some of ${Object.keys(keyScopes).join(", ")}`);
    const secret = keyPrefix + randomLetters(40);
    const hint = `${secret.slice(0, keyPrefix.length + 4)}…`;
    return {
      secret,
      key: await this.#rows.insert({ key: hashOf(secret), body: { ...body, scopes: scopes.filter(isKeyScope), hint } }),
    };
  }

  async list(): Promise<StoredApiKey[]> {
    return (await this.#rows.page("", { limit: 1000, order: "asc" })).data;
  }

  async remove(id: string): Promise<void> {
    await this.#rows.remove("", id);
  }

  /**
   * Lets a request with a key pass.
   *
   * @throws {KeyError} for a key that is not known or not for this path.
   * @throws {RateLimitError}
   */
  async admit(secret: string, path: string): Promise<KeyAccess> {
    const row = await this.#rows.findByKey("", hashOf(secret));
    if (!row) {
      const shown = `${secret.slice(0, keyPrefix.length + 4)}…`;
      throw new KeyError("invalid_api_key", `Incorrect API key provided: ${shown}`, "`loam keys create` makes one");
    }
    const { ownProject, scopes, requestsPerMinute, tokensPerMinute } = row.body;
    const area = /^\/v1\/([^/]+)/.exec(path)?.[1] ?? "";
    const allowed =
      scopes.length === 0 || scopes.some((scope) => (keyScopes[scope] as readonly string[]).includes(area));
    if (!allowed) {
      const message = `The key ${row.body.hint} is for ${scopes.join(", ")}, and not for /v1/${area}.`;
      throw new KeyError("insufficient_permissions", message, "make a key with a wider `--scope`");
    }
    const windows = this.#windows.get(row.id) ?? { requests: new RateWindow(), tokens: new RateWindow() };
    this.#windows.set(row.id, windows);
    const { requests, tokens } = windows;
    if (tokensPerMinute !== null && tokens.used() >= tokensPerMinute) {
      throw new RateLimitError("tokens", tokensPerMinute, tokens.secondsUntil(tokensPerMinute - 1));
    }
    if (requestsPerMinute !== null && requests.used() >= requestsPerMinute) {
      throw new RateLimitError("requests", requestsPerMinute, requests.secondsUntil(requestsPerMinute - 1));
    }
    requests.add(1);
    return {
      project: ownProject,
      headers: () => ({
        ...limitHeaders("requests", requestsPerMinute, requests),
        ...limitHeaders("tokens", tokensPerMinute, tokens),
      }),
      use: (count) => tokens.add(count),
    };
  }
}

function limitHeaders(what: string, limit: number | null, window: RateWindow): Record<string, string> {
  if (limit === null) return {};
  return {
    [`x-ratelimit-limit-${what}`]: String(limit),
    [`x-ratelimit-remaining-${what}`]: String(Math.max(0, limit - window.used())),
    [`x-ratelimit-reset-${what}`]: `${Math.ceil(window.secondsUntil(0))}s`,
  };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
