import type { EmbeddingModelV4, LanguageModelV4 } from "@ai-sdk/provider";
import { type Config, type ModelRole, UnavailableError, UnsupportedError } from "@loam/core";
import type { Embedder, LocalProvider, Reranker } from "@loam/models";
import { addSecret } from "@loam/observe";
import { type HttpOptions, retryingFetch } from "./http.ts";
import { knownProvider } from "./known-providers.ts";
import { openLocalEmbedder, openLocalLanguageModel, openLocalReranker } from "./local.ts";
import { ANTHROPIC_URL, baseUrlOf, type ModelName, OPENAI_URL, parseModelName } from "./model-name.ts";
import { type ResolveRegistered, registryLanguageModel } from "./registry-model.ts";
import { remoteEmbedder } from "./remote-embedder.ts";
import { tracedLanguageModel } from "./traced-language-model.ts";

/** How requests behave; the service's name is filled in. */
export type RequestOptions = Omit<HttpOptions, "service">;

/** Widths that are known without asking. */
const knownDimensions: Record<string, number> = {
  "text-embedding-3-small": 1536,
  "text-embedding-3-large": 3072,
  "text-embedding-ada-002": 1536,
};

export interface ConnectOptions {
  /** Retries and time limits of requests. */
  request?: RequestOptions;
  /** Runs the models named `local:…`; the process's own unless given. */
  local?: LocalProvider;
  /** Looks up the models named `registry:…`. */
  registry?: ResolveRegistered;
}

/**
 * A language model by name. Nothing is sent, and no local model read, before its first call; each provider's SDK is
 * loaded when it is named.
 */
export async function connectLanguageModel(
  config: Config,
  name: ModelName,
  { role, request, local, registry }: ConnectOptions & { role: ModelRole },
): Promise<LanguageModelV4> {
  if (name.provider === "registry" && registry)
    return registryLanguageModel(name.model, registry, async (target) => {
      const found = parseModelName(target, role);
      return await connectLanguageModel(config, found, { role, request, local });
    });
  if (name.provider === "local") return openLocalLanguageModel(name.model, { role, local });
  const baseUrl = baseUrlOf(config, name, role);
  const model = await sdkLanguageModel(config, name, {
    baseUrl,
    fetch: fetchFor(config, name, { baseUrl, request }),
  });
  return tracedLanguageModel(model, { provider: name.provider, baseUrl });
}

async function sdkLanguageModel(
  config: Config,
  { provider, model }: ModelName,
  { baseUrl, fetch }: { baseUrl: string; fetch: typeof globalThis.fetch },
): Promise<LanguageModelV4> {
  const apiKey = keyOf(config, provider);
  if (provider === "anthropic") {
    const { createAnthropic } = await import("@ai-sdk/anthropic");
    return createAnthropic({ baseURL: baseUrl, apiKey, fetch })(model);
  }
  // OpenAI's own service speaks the responses API; what merely looks like it often has chat completions only.
  if (provider === "openai" && baseUrl === OPENAI_URL) {
    const { createOpenAI } = await import("@ai-sdk/openai");
    return createOpenAI({ baseURL: baseUrl, apiKey, fetch }).responses(model);
  }
  const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
  const options = {
    name: provider,
    baseURL: baseUrl,
    apiKey,
    fetch,
    includeUsage: true,
    supportsStructuredOutputs: true,
  };
  return createOpenAICompatible(options).chatModel(model);
}

/**
 * An embedding model by name. Local ones are opened now: their width and tokenizer are asked for without waiting.
 *
 * @throws {UnsupportedError} for a provider without embedding models.
 */
export async function connectEmbedder(
  config: Config,
  name: ModelName,
  { request, local, registry }: ConnectOptions = {},
): Promise<Embedder> {
  if (name.provider === "registry" && registry)
    return await connectEmbedder(config, parseModelName(await registry(name.model), "embed"), { request, local });
  if (name.provider === "local") return openLocalEmbedder(name.model, { local });
  const baseUrl = baseUrlOf(config, name, "embed");
  const options = {
    baseURL: baseUrl,
    apiKey: keyOf(config, name.provider),
    fetch: fetchFor(config, name, { baseUrl, request }),
  };
  let model: EmbeddingModelV4;
  if (name.provider === "anthropic")
    throw new UnsupportedError("Anthropic has no embedding models.", {
      hint: "set LOAM_EMBED_MODEL to local:use-lite or openai:text-embedding-3-small",
    });
  if (name.provider === "openai") {
    const { createOpenAI } = await import("@ai-sdk/openai");
    model = createOpenAI(options).embeddingModel(name.model);
  } else {
    const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
    model = createOpenAICompatible({ name: name.provider, ...options }).embeddingModel(name.model);
  }
  return remoteEmbedder(model, { provider: name.provider, baseUrl, dimensions: knownDimensions[name.model] });
}

/** A reranker by name, read at its first use. @throws {UnsupportedError} unless it is a local one. */
export function connectReranker(name: ModelName, { local }: Pick<ConnectOptions, "local"> = {}): Reranker {
  if (name.provider === "local") return openLocalReranker(name.model, { local });
  throw new UnsupportedError(`\`${name.provider}:${name.model}\` cannot play the role reranker.`, {
    hint: "name a local cross-encoder: local:FOLDER or local:cross-encoder/ms-marco-MiniLM-L6-v2",
  });
}

/**
 * The key of a provider. Without one a placeholder is sent, since servers on one's own machine take any, while the
 * SDK would look for OpenAI's key in the environment and send it to them.
 */
function keyOf(config: Config, provider: string): string {
  const key = config.providers[provider]?.apiKey;
  addSecret(key);
  return key ?? "none";
}

/** The providers' own services cannot be used without a key: said before anything is sent. */
function fetchFor(
  config: Config,
  { provider }: ModelName,
  { baseUrl, request }: { baseUrl: string; request?: RequestOptions },
): typeof fetch {
  const known = knownProvider(provider);
  const needsKey = baseUrl === OPENAI_URL || baseUrl === ANTHROPIC_URL || baseUrl === known?.baseUrl;
  if (!needsKey || config.providers[provider]?.apiKey) return retryingFetch({ service: provider, ...request });
  return async () => {
    throw new UnavailableError(provider, "no API key.", {
      hint: `set ${known?.keyVariable ?? `${provider.toUpperCase()}_API_KEY`}`,
    });
  };
}
