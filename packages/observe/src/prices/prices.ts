/** What a model costs, per million tokens. */
export interface ModelPrice {
  /** The provider's own; USD unless given. */
  currency?: Currency;
  input: number;
  /** Input served from the provider's cache; the price of other input unless said otherwise. */
  cachedInput?: number;
  /** Input written to the provider's cache; the price of other input unless said otherwise. */
  cacheWrite?: number;
  /** Absent for models that only read (embeddings). */
  output?: number;
}

type Currency = "USD" | "CNY";

/** What one unit of a currency is in USD, on {@link pricesAsOf}; costs are sums in one currency. */
const usdPer: Readonly<Record<Currency, number>> = { USD: 1, CNY: 0.14 };

/**
 * By model id without its date (`gpt-4o`, not `gpt-4o-2024-08-06`); an exact id with date wins over it, and one with its
 * provider (`groq:openai/gpt-oss-20b`), for models that several serve, over both.
 */
export type PriceTable = Record<string, ModelPrice>;

/** The day on which {@link builtinPrices} were the providers' list prices. Newer prices: pass `prices` to `startTracing`. */
export const pricesAsOf = "2026-03-21";

/** List prices of the providers for the standard tier and short prompts, without batch or priority rates. */
export const builtinPrices: PriceTable = {
  "gpt-5.1": { input: 1.25, cachedInput: 0.125, output: 10 },
  "gpt-5": { input: 1.25, cachedInput: 0.125, output: 10 },
  "gpt-5-mini": { input: 0.25, cachedInput: 0.025, output: 2 },
  "gpt-5-nano": { input: 0.05, cachedInput: 0.005, output: 0.4 },
  "gpt-4.1": { input: 2, cachedInput: 0.5, output: 8 },
  "gpt-4.1-mini": { input: 0.4, cachedInput: 0.1, output: 1.6 },
  "gpt-4.1-nano": { input: 0.1, cachedInput: 0.025, output: 0.4 },
  "gpt-4o": { input: 2.5, cachedInput: 1.25, output: 10 },
  "gpt-4o-mini": { input: 0.15, cachedInput: 0.075, output: 0.6 },
  o3: { input: 2, cachedInput: 0.5, output: 8 },
  "o4-mini": { input: 1.1, cachedInput: 0.275, output: 4.4 },
  "text-embedding-3-small": { input: 0.02 },
  "text-embedding-3-large": { input: 0.13 },
  "text-embedding-ada-002": { input: 0.1 },
  "claude-opus-4-5": { input: 5, cachedInput: 0.5, cacheWrite: 6.25, output: 25 },
  "claude-opus-4-1": { input: 15, cachedInput: 1.5, cacheWrite: 18.75, output: 75 },
  "claude-sonnet-4-5": { input: 3, cachedInput: 0.3, cacheWrite: 3.75, output: 15 },
  "claude-sonnet-4": { input: 3, cachedInput: 0.3, cacheWrite: 3.75, output: 15 },
  "claude-haiku-4-5": { input: 1, cachedInput: 0.1, cacheWrite: 1.25, output: 5 },
  "claude-3-5-haiku": { input: 0.8, cachedInput: 0.08, cacheWrite: 1, output: 4 },
  "deepseek-chat": { currency: "CNY", input: 2, cachedInput: 0.2, output: 3 },
  "deepseek-reasoner": { currency: "CNY", input: 2, cachedInput: 0.2, output: 3 },
  "qwen-plus": { currency: "CNY", input: 0.8, output: 2 },
  "qwen-flash": { currency: "CNY", input: 0.15, output: 1.5 },
  "qwen3-max": { currency: "CNY", input: 3.2, output: 12.8 },
  "qwen3-vl-plus": { currency: "CNY", input: 1, output: 10 },
  "text-embedding-v4": { currency: "CNY", input: 0.5 },
  "kimi-k2-0905-preview": { currency: "CNY", input: 4, cachedInput: 1, output: 16 },
  "kimi-k2-thinking": { currency: "CNY", input: 4, cachedInput: 1, output: 16 },
  "moonshot-v1-8k-vision-preview": { currency: "CNY", input: 2, output: 10 },
  "glm-4.6": { currency: "CNY", input: 3, output: 14 },
  "glm-4.5-air": { currency: "CNY", input: 0.8, output: 6 },
  "glm-4.5v": { currency: "CNY", input: 2, output: 6 },
  "embedding-3": { currency: "CNY", input: 0.5 },
  "siliconflow:deepseek-ai/DeepSeek-V3.2-Exp": { currency: "CNY", input: 2, output: 3 },
  "siliconflow:Qwen/Qwen3-8B": { currency: "CNY", input: 0, output: 0 },
  "siliconflow:Qwen/Qwen3-VL-30B-A3B-Instruct": { currency: "CNY", input: 0.7, output: 2.8 },
  "siliconflow:BAAI/bge-m3": { currency: "CNY", input: 0 },
  "openrouter:openai/gpt-5-mini": { input: 0.25, cachedInput: 0.025, output: 2 },
  "openrouter:anthropic/claude-sonnet-4.5": { input: 3, cachedInput: 0.3, cacheWrite: 3.75, output: 15 },
  "groq:llama-3.3-70b-versatile": { input: 0.59, output: 0.79 },
  "groq:openai/gpt-oss-20b": { input: 0.075, output: 0.3 },
  "groq:meta-llama/llama-4-scout-17b-16e-instruct": { input: 0.11, output: 0.34 },
};

/** The built-in table with the caller's prices over it. */
export function mergePrices(prices: PriceTable = {}): PriceTable {
  return { ...builtinPrices, ...prices };
}

/** What one call used. Cached and reasoning tokens are part of input and output, not added to them. */
export interface TokenUsage {
  inputTokens?: number;
  outputTokens?: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  reasoningTokens?: number;
}

/**
 * What a call cost in USD. Null, never 0, when the model has no price in the table or the usage is not known;
 * 0 for models that run on this machine.
 */
export function costUsd(
  { provider, model, usage }: { provider?: string; model?: string; usage: TokenUsage },
  prices: PriceTable = builtinPrices,
): number | null {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage;
  if (provider === "local") return 0;
  const price = model === undefined ? undefined : priceOf(model, { provider, prices });
  if (!price || inputTokens === undefined) return null;
  if (price.output !== undefined && outputTokens === undefined) return null;
  const plainInput = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  const total =
    plainInput * price.input +
    cacheReadTokens * (price.cachedInput ?? price.input) +
    cacheWriteTokens * (price.cacheWrite ?? price.input) +
    (outputTokens ?? 0) * (price.output ?? 0);
  return (total * usdPer[price.currency ?? "USD"]) / 1e6;
}

/** The price of a model, where the table has one. */
export function priceOf(
  model: string,
  { provider, prices = builtinPrices }: { provider?: string; prices?: PriceTable } = {},
): ModelPrice | undefined {
  const undated = model.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, "");
  for (const id of [`${provider}:${model}`, model, undated]) if (Object.hasOwn(prices, id)) return prices[id];
  return undefined;
}
