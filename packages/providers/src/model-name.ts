import { ArgumentError, type Config, type ModelRole } from "@loam/core";
import { knownProviders } from "./known-providers.ts";

/** `openai:gpt-5-mini` taken apart; the model may hold colons of its own (`ollama:qwen3:8b`). */
export interface ModelName {
  provider: string;
  model: string;
}

/** @throws {ArgumentError} when there is no `provider:` in front. */
export function parseModelName(name: string, role: ModelRole): ModelName {
  const colon = name.indexOf(":");
  if (colon < 1 || colon === name.length - 1)
    throw new ArgumentError(
      `models.${role}`,
      name,
      "provider:model",
      "write for example openai:gpt-5-mini, anthropic:claude-sonnet-4-5, ollama:qwen3 or local:Qwen/Qwen2.5-0.5B-Instruct",
    );
  return { provider: name.slice(0, colon).toLowerCase(), model: name.slice(colon + 1) };
}

export const OPENAI_URL = "https://api.openai.com/v1";
export const ANTHROPIC_URL = "https://api.anthropic.com/v1";
export const OLLAMA_URL = "http://127.0.0.1:11434/v1";

const defaultUrls: Record<string, string> = {
  openai: OPENAI_URL,
  anthropic: ANTHROPIC_URL,
  ollama: OLLAMA_URL,
  ...Object.fromEntries(knownProviders.map(({ name, baseUrl }) => [name, baseUrl])),
};

/**
 * Where a provider's API is.
 * @throws {ArgumentError} for a name that is neither known nor configured with a base URL.
 */
export function baseUrlOf(config: Config, { provider, model }: ModelName, role: ModelRole): string {
  const url = config.providers[provider]?.baseUrl ?? defaultUrls[provider];
  if (!url)
    throw new ArgumentError(
      `models.${role}`,
      `${provider}:${model}`,
      `one of the providers ${[...new Set([...Object.keys(defaultUrls), "local", ...Object.keys(config.providers)])].join(", ")}`,
      `for another OpenAI-compatible service set providers.${provider}.baseUrl in loam.config.ts`,
    );
  return url.replace(/\/+$/, "");
}
