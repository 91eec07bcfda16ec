/** What a model costs, in USD per million tokens. */
export interface ModelPrice {
  input: number;
  /** Input served from the provider's cache; the price of other input unless said otherwise. */
  cachedInput?: number;
  /** Input written to the provider's cache; the price of other input unless said otherwise. */
  cacheWrite?: number;
  /** Absent for models that only read (embeddings). */
  output?: number;
}

/** By model id without its date (`gpt-4o`, not `gpt-4o-2024-08-06`); an exact id with date wins over it. */
export type PriceTable = Record<string, ModelPrice>;

/** The day on which {@link builtinPrices} were the providers' list prices. Newer prices: pass `prices` to `startTracing`. */
export const pricesAsOf = "2026-03-21";

/** List prices of openai.com and anthropic.com for the standard tier, without batch or priority rates. */
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
  const price = model === undefined ? undefined : priceOf(model, prices);
  if (!price || inputTokens === undefined) return null;
  if (price.output !== undefined && outputTokens === undefined) return null;
  const plainInput = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  const total =
    plainInput * price.input +
    cacheReadTokens * (price.cachedInput ?? price.input) +
    cacheWriteTokens * (price.cacheWrite ?? price.input) +
    (outputTokens ?? 0) * (price.output ?? 0);
  return total / 1e6;
}

function priceOf(model: string, prices: PriceTable): ModelPrice | undefined {
  const undated = model.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, "");
  for (const id of [model, undated]) if (Object.hasOwn(prices, id)) return prices[id];
  return undefined;
}
