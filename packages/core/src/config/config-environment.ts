import type { ConfigInput } from "./config.ts";

type Read = (text: string) => unknown;
const text: Read = (value) => value;
/** What is no number or switch is passed on as it is, for the schema to refuse by name. */
const number: Read = (value) => (value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value);
const toggle: Read = (value) =>
  /^(1|true|on|yes)$/i.test(value) ? true : /^(0|false|off|no)$/i.test(value) ? false : value;
/** Names with commas between them. */
const list: Read = (value) => value.split(",").flatMap((name) => name.trim() || []);
/** Ollama's own variable holds `host`, `host:port` or an URL, without the path of its OpenAI-compatible API. */
const ollamaHost: Read = (value) => {
  const url = /^https?:\/\//.test(value) ? value : `http://${value}`;
  const withPort = /:\d+\/?$/.test(url) || url.startsWith("https:") ? url : `${url.replace(/\/$/, "")}:11434`;
  return `${withPort.replace("//0.0.0.0", "//127.0.0.1").replace(/\/$/, "")}/v1`;
};

/** Every environment variable that sets a value: its name, the value's path, how it is read. */
export const CONFIG_VARIABLES: readonly (readonly [variable: string, path: string, read: Read])[] = [
  ["LOAM_HOME", "home", text],
  ["DATABASE_URL", "databaseUrl", text],
  ["BLOB_URL", "blobUrl", text],
  ["LOAM_POOL_SIZE", "store.poolSize", number],
  ["LOAM_DATABASE_TIMEOUT", "store.databaseTimeoutSeconds", number],
  ["LOAM_BLOB_TIMEOUT", "store.blobTimeoutSeconds", number],
  ["LOAM_HOST", "server.host", text],
  ["LOAM_PORT", "server.port", number],
  ["LOAM_TOKEN", "server.token", text],
  ["LOAM_ALLOWED_HOSTS", "server.allowedHosts", list],
  ["LOAM_FORWARD", "server.forward", toggle],
  ["LOAM_WEBHOOKS", "server.webhooks", text],
  ["LOAM_CHAT_MODEL", "models.chat", text],
  ["LOAM_VISION_MODEL", "models.vision", text],
  ["LOAM_EMBED_MODEL", "models.embed", text],
  ["LOAM_JUDGE_MODEL", "models.judge", text],
  ["LOAM_RERANKER_MODEL", "models.reranker", text],
  ["LOAM_TRACING", "tracing.enabled", toggle],
  ["LOAM_TRACING_CONTENT", "tracing.content", text],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "tracing.otlpEndpoint", text],
  ["OPENAI_API_KEY", "providers.openai.apiKey", text],
  ["OPENAI_BASE_URL", "providers.openai.baseUrl", text],
  ["ANTHROPIC_API_KEY", "providers.anthropic.apiKey", text],
  ["ANTHROPIC_BASE_URL", "providers.anthropic.baseUrl", text],
  ["OLLAMA_HOST", "providers.ollama.baseUrl", ollamaHost],
  ["DEEPSEEK_API_KEY", "providers.deepseek.apiKey", text],
  ["DASHSCOPE_API_KEY", "providers.qwen.apiKey", text],
  ["MOONSHOT_API_KEY", "providers.kimi.apiKey", text],
  ["ZHIPUAI_API_KEY", "providers.glm.apiKey", text],
  ["SILICONFLOW_API_KEY", "providers.siliconflow.apiKey", text],
  ["OPENROUTER_API_KEY", "providers.openrouter.apiKey", text],
  ["GROQ_API_KEY", "providers.groq.apiKey", text],
];

/** The values that the environment sets, each with the variable it comes from. An empty variable sets nothing. */
export function readEnvironment(env: NodeJS.ProcessEnv): { variable: string; path: string; value: unknown }[] {
  return CONFIG_VARIABLES.flatMap(([variable, path, read]) => {
    const value = env[variable];
    return value ? [{ variable, path, value: read(value) }] : [];
  });
}

/** `{ "a.b": 1 }` for one path becomes `{ a: { b: 1 } }`. */
export function nest(path: string, value: unknown): ConfigInput {
  return path.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as ConfigInput;
}
