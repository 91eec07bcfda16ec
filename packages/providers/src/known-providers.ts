/** A model of a service; what it costs stands in the price table of `@loam/observe`. */
export interface KnownModel {
  id: string;
  /** Takes pictures. */
  sees?: boolean;
  /** Thinks before it answers; the thoughts come as reasoning, apart from the answer. */
  reasons?: boolean;
}

/** A service that speaks OpenAI's chat completions. */
export interface KnownProvider {
  /** What stands before the colon: `deepseek:deepseek-chat`. */
  name: string;
  /** As people know it. */
  title: string;
  baseUrl: string;
  keyVariable: string;
  /** The first is taken when nothing is chosen. Others of the service can be named too. */
  models: readonly KnownModel[];
}

/** Services that are known by name: address, key, a few models. */
export const knownProviders: readonly KnownProvider[] = [
  {
    name: "deepseek",
    title: "DeepSeek",
    baseUrl: "https://api.deepseek.com/v1",
    keyVariable: "DEEPSEEK_API_KEY",
    models: [{ id: "deepseek-chat" }, { id: "deepseek-reasoner", reasons: true }],
  },
  {
    name: "qwen",
    title: "Qwen (阿里云百炼)",
    baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    keyVariable: "DASHSCOPE_API_KEY",
    models: [
      { id: "qwen-plus" },
      { id: "qwen-flash" },
      { id: "qwen3-max" },
      { id: "qwen3-vl-plus", sees: true },
      { id: "text-embedding-v4" },
    ],
  },
  {
    name: "kimi",
    title: "Kimi (月之暗面)",
    baseUrl: "https://api.moonshot.cn/v1",
    keyVariable: "MOONSHOT_API_KEY",
    models: [
      { id: "kimi-k2-0905-preview" },
      { id: "kimi-k2-thinking", reasons: true },
      { id: "moonshot-v1-8k-vision-preview", sees: true },
    ],
  },
  {
    name: "glm",
    title: "GLM (智谱)",
    baseUrl: "https://open.bigmodel.cn/api/paas/v4",
    keyVariable: "ZHIPUAI_API_KEY",
    models: [
      { id: "glm-4.6", reasons: true },
      { id: "glm-4.5-air", reasons: true },
      { id: "glm-4.5v", sees: true, reasons: true },
      { id: "embedding-3" },
    ],
  },
  {
    name: "siliconflow",
    title: "SiliconFlow (硅基流动)",
    baseUrl: "https://api.siliconflow.cn/v1",
    keyVariable: "SILICONFLOW_API_KEY",
    models: [
      { id: "deepseek-ai/DeepSeek-V3.2-Exp" },
      { id: "Qwen/Qwen3-8B", reasons: true },
      { id: "Qwen/Qwen3-VL-30B-A3B-Instruct", sees: true },
      { id: "BAAI/bge-m3" },
    ],
  },
  {
    name: "openrouter",
    title: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    keyVariable: "OPENROUTER_API_KEY",
    models: [
      { id: "openai/gpt-5-mini", sees: true, reasons: true },
      { id: "anthropic/claude-sonnet-4.5", sees: true },
    ],
  },
  {
    name: "groq",
    title: "Groq",
    baseUrl: "https://api.groq.com/openai/v1",
    keyVariable: "GROQ_API_KEY",
    models: [
      { id: "llama-3.3-70b-versatile" },
      { id: "openai/gpt-oss-20b", reasons: true },
      { id: "meta-llama/llama-4-scout-17b-16e-instruct", sees: true },
    ],
  },
];

export const knownProvider = (name: string): KnownProvider | undefined =>
  knownProviders.find((provider) => provider.name === name.toLowerCase());
