import type { Config } from "@loam/core";
import { loadConfig } from "@loam/core";
import type { Embedder } from "@loam/models";
import { priceOf } from "@loam/observe";
import { generateText } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { knownProviders } from "./known-providers.ts";
import { openModels } from "./models.ts";
import { type OpenAIServer, startOpenAIServer } from "./testing/openai-server.ts";

const embed: Embedder = { id: "test:none", dimensions: 2, embed: async () => [], countTokens: () => 0 };
const nowhere = "http://127.0.0.1:9/v1";

let server: OpenAIServer;
beforeAll(async () => {
  server = await startOpenAIServer({ models: ["nomic-embed-text", "qwen3:8b", "llava:7b"] });
});
afterAll(() => server.close());

async function roles(env: Record<string, string>): Promise<Record<string, [string | null, string]>> {
  const { config, sources } = await loadConfig({
    cwd: "/",
    env: { OLLAMA_HOST: "127.0.0.1:9", ...env },
    userFile: "/nonexistent/config.json",
  });
  const models = await openModels(config, { sources, embed });
  return Object.fromEntries(models.describe().map(({ role, model, reason }) => [role, [model, reason]]));
}

describe("which model plays which role, and why", () => {
  test("nothing set and nothing found", async () => {
    expect(await roles({})).toEqual({
      chat: [null, "not set: answers are extractive"],
      vision: [null, "not set: figures are read by OCR"],
      judge: [null, "not set: model-graded metrics are off"],
      embed: ["test:none", "given by the program"],
      reranker: [null, "not set: passages stay in the order of the search"],
    });
    await expect(roles({ LOAM_RERANKER_MODEL: "openai:gpt-5" })).rejects.toThrow(/cannot play the role reranker/);
  });

  test("a key in the environment", async () => {
    expect(await roles({ OPENAI_API_KEY: "sk-test", ANTHROPIC_API_KEY: "sk-ant-test" })).toMatchObject({
      chat: ["openai:gpt-5-mini", "OPENAI_API_KEY found"],
      vision: ["openai:gpt-5-mini", "OPENAI_API_KEY found"],
      judge: ["openai:gpt-5-mini", "the chat model"],
    });
    expect(await roles({ ANTHROPIC_API_KEY: "sk-ant-test" })).toMatchObject({
      chat: ["anthropic:claude-sonnet-4-5", "ANTHROPIC_API_KEY found"],
    });
  });

  test("a key of a service that is known by name, which brings its address", async () => {
    expect(await roles({ DEEPSEEK_API_KEY: "sk-test", DASHSCOPE_API_KEY: "sk-test" })).toMatchObject({
      chat: ["deepseek:deepseek-chat", "DEEPSEEK_API_KEY found"],
      vision: [null, "not set: figures are read by OCR"],
    });
    expect(await roles({ DASHSCOPE_API_KEY: "sk-test" })).toMatchObject({
      chat: ["qwen:qwen-plus", "DASHSCOPE_API_KEY found"],
      vision: ["qwen:qwen3-vl-plus", "DASHSCOPE_API_KEY found"],
    });
    const { config } = await loadConfig({ cwd: "/", env: {}, userFile: "/nonexistent/config.json" });
    for (const { name, keyVariable, models } of knownProviders) {
      const keyed = await loadConfig({ cwd: "/", env: { [keyVariable]: "sk" }, userFile: "/nonexistent/config.json" });
      expect(keyed.config.providers[name]?.apiKey, name).toBe("sk");
      for (const { id } of models) expect(priceOf(id, { provider: name }), `${name}:${id}`).toBeDefined();
      const { chat } = await openModels({ ...config, models: { chat: `${name}:${models[0]!.id}` } }, { embed });
      await expect(generateText({ model: chat!, prompt: "Hi" })).rejects.toThrow(
        `set ${keyVariable}`.replace("set", "Set"),
      );
    }
  });

  test("a role that is set wins over what is found", async () => {
    expect(
      await roles({ OPENAI_API_KEY: "sk-test", LOAM_CHAT_MODEL: "ollama:qwen3:8b", LOAM_JUDGE_MODEL: "openai:o3" }),
    ).toMatchObject({
      chat: ["ollama:qwen3:8b", "set by LOAM_CHAT_MODEL"],
      vision: ["openai:gpt-5-mini", "OPENAI_API_KEY found"],
      judge: ["openai:o3", "set by LOAM_JUDGE_MODEL"],
    });
  });

  test("an Ollama that answers offers its models: one that chats, one that sees", async () => {
    const host = new URL(server.url).host;
    expect(await roles({ OLLAMA_HOST: host })).toMatchObject({
      chat: ["ollama:qwen3:8b", `Ollama found at ${host}`],
      vision: ["ollama:llava:7b", `Ollama found at ${host}`],
    });
  });

  test("a base URL of one's own offers what it lists", async () => {
    expect(await roles({ OPENAI_BASE_URL: `${server.url}/`, OPENAI_API_KEY: "x" })).toMatchObject({
      chat: ["openai:qwen3:8b", `OPENAI_BASE_URL set, offered by ${new URL(server.url).host}`],
    });
    expect(await roles({ OPENAI_BASE_URL: nowhere })).toMatchObject({
      chat: [null, "not set: answers are extractive"],
    });
  });
});

const config = (models: Config["models"], providers: Config["providers"] = {}): Config => ({
  server: { host: "127.0.0.1", port: 0 },
  models,
  providers: { ollama: { baseUrl: nowhere }, ...providers },
  tracing: { enabled: true, content: "full" },
});

test("a name that cannot be read, or an unknown provider, is refused with the way out", async () => {
  await expect(openModels(config({ chat: "gpt-5" }), { embed })).rejects.toThrow(
    '`models.chat` is "gpt-5"; expected provider:model. Write for example openai:gpt-5-mini',
  );
  await expect(openModels(config({ chat: "vllm:qwen" }), { embed })).rejects.toThrow(
    '`models.chat` is "vllm:qwen"; expected one of the providers openai, anthropic, ollama, deepseek, qwen, kimi, glm, siliconflow, openrouter, groq, local. For another OpenAI-compatible service set providers.vllm.baseUrl in loam.config.ts.',
  );
  await expect(openModels(config({ chat: "local:use-lite" }), { embed })).rejects.toThrow("cannot generate text");
  await expect(openModels(config({ embed: "anthropic:x" }))).rejects.toThrow("Anthropic has no embedding models.");
  await expect(openModels(config({ embed: "local:use-light" }))).rejects.toThrow(
    'Local embedding model "use-light" does not exist. Did you mean "use-lite"?',
  );
});

test("a provider's own service without a key says which variable to set, before sending anything", async () => {
  const { chat } = await openModels(config({ chat: "openai:gpt-5-mini", judge: "anthropic:claude-haiku-4-5" }), {
    embed,
  });
  const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "hi" }] }];
  await expect(chat!.doGenerate({ prompt })).rejects.toThrow("openai: no API key. Set OPENAI_API_KEY.");
});
