import type { Config, ModelRole } from "@loam/core";
import { knownProviders } from "./known-providers.ts";
import { OLLAMA_URL, OPENAI_URL } from "./model-name.ts";

/** The model for a role and why it was chosen; `model` is undefined where there is none. */
export interface Choice {
  model: string | undefined;
  reason: string;
}

/** What a provider's key gives each role when nothing is said. */
const openaiModel = "openai:gpt-5-mini";
const anthropicModel = "anthropic:claude-sonnet-4-5";
export const defaultEmbedder = "local:use-lite";

const withoutModel: Record<ModelRole, string> = {
  chat: "not set: answers are extractive",
  vision: "not set: figures are read by OCR",
  judge: "not set: model-graded metrics are off",
  embed: "",
  reranker: "not set: passages stay in the order of the search",
};

const embeds = /embed|bge|minilm|\be5\b|gte-/i;
const sees = /llava|vl\b|vl[:-]|vision|gemma3|minicpm-v|moondream|pixtral|gpt-4o|gpt-4\.1|gpt-5|claude/i;

/**
 * Chooses a model for each role: what the configuration says, else what a key or a server on this machine offers.
 * The embedder never changes by itself, since vectors of different models cannot be compared.
 *
 * @param sources where each configured value comes from, as `loadConfig` reports it.
 */
export async function chooseModels(
  config: Config,
  {
    sources = new Map(),
    probeTimeoutMs = 700,
  }: { sources?: ReadonlyMap<string, string>; probeTimeoutMs?: number } = {},
): Promise<Record<ModelRole, Choice>> {
  const set = (role: ModelRole): Choice | undefined =>
    config.models[role]
      ? { model: config.models[role], reason: `set by ${origin(sources.get(`models.${role}`))}` }
      : undefined;
  const open = (["chat", "vision", "judge"] as const).filter((role) => !set(role));
  const offer = open.length > 0 ? await findOffer(config, { sources, probeTimeoutMs }) : {};
  const chat = set("chat") ?? offer.chat ?? { model: undefined, reason: withoutModel.chat };
  return {
    chat,
    vision: set("vision") ?? offer.vision ?? { model: undefined, reason: withoutModel.vision },
    judge:
      set("judge") ??
      (chat.model ? { model: chat.model, reason: "the chat model" } : { model: undefined, reason: withoutModel.judge }),
    reranker: set("reranker") ?? { model: undefined, reason: withoutModel.reranker },
    embed: set("embed") ?? { model: defaultEmbedder, reason: "built in; set LOAM_EMBED_MODEL for another" },
  };
}

type Offer = Partial<Record<"chat" | "vision", Choice>>;

async function findOffer(
  config: Config,
  { sources, probeTimeoutMs }: { sources: ReadonlyMap<string, string>; probeTimeoutMs: number },
): Promise<Offer> {
  const { openai, anthropic, ollama } = config.providers;
  const everything = (model: string, reason: string): Offer => ({ chat: { model, reason }, vision: { model, reason } });
  const key = (provider: string) =>
    `${origin(sources.get(`providers.${provider}.apiKey`), `the key of ${provider}`)} found`;

  if (openai?.baseUrl && openai.baseUrl.replace(/\/+$/, "") !== OPENAI_URL) {
    const where = origin(sources.get("providers.openai.baseUrl"), "openai.baseUrl");
    const models = await listModels(openai.baseUrl, { apiKey: openai.apiKey, timeoutMs: probeTimeoutMs });
    return offerOf("openai", models, `${where} set, offered by ${new URL(openai.baseUrl).host}`);
  }
  if (openai?.apiKey) return everything(openaiModel, key("openai"));
  if (anthropic?.apiKey) return everything(anthropicModel, key("anthropic"));
  for (const { name, models } of knownProviders) {
    if (!config.providers[name]?.apiKey) continue;
    const [chat, seeing] = [models[0]!, models.find(({ sees }) => sees)];
    const choose = ({ id }: { id: string }): Choice => ({ model: `${name}:${id}`, reason: key(name) });
    return { chat: choose(chat), ...(seeing && { vision: choose(seeing) }) };
  }
  const ollamaUrl = ollama?.baseUrl ?? OLLAMA_URL;
  const models = await listModels(ollamaUrl, { timeoutMs: probeTimeoutMs });
  return offerOf("ollama", models, `Ollama found at ${new URL(ollamaUrl).host}`);
}

function offerOf(provider: string, models: readonly string[], reason: string): Offer {
  const usable = models.filter((model) => !embeds.test(model));
  const seeing = usable.find((model) => sees.test(model));
  const choose = (model: string): Choice => ({ model: `${provider}:${model}`, reason });
  return {
    ...(usable[0] ? { chat: choose(usable[0]) } : {}),
    ...(seeing ? { vision: choose(seeing) } : {}),
  };
}

/** What a server offers, by `GET /models`; empty when it does not answer in time. */
async function listModels(
  baseUrl: string,
  { apiKey, timeoutMs }: { apiKey?: string; timeoutMs: number },
): Promise<string[]> {
  try {
    const response = await fetch(`${baseUrl.replace(/\/+$/, "")}/models`, {
      headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return [];
    const { data } = (await response.json()) as { data?: { id?: unknown }[] };
    return (data ?? []).flatMap(({ id }) => (typeof id === "string" ? [id] : []));
  } catch {
    return [];
  }
}

/** `environment (LOAM_CHAT_MODEL)` reads `LOAM_CHAT_MODEL`; a file keeps its path. */
function origin(source: string | undefined, otherwise = "the configuration"): string {
  return source?.match(/^environment \((.*)\)$/)?.[1] ?? source ?? otherwise;
}
