import type { LanguageModelV4 } from "@ai-sdk/provider";

/** Tells the model that a name of the registry stands for now: `judge@prod` gives `local:Qwen/…`. */
export type ResolveRegistered = (name: string) => Promise<string>;

/** A model by its name in the registry. It is looked up at each call: a promotion takes effect with the next one. */
export function registryLanguageModel(
  name: string,
  resolve: ResolveRegistered,
  connect: (target: string) => Promise<LanguageModelV4>,
): LanguageModelV4 {
  let current: { target: string; model: Promise<LanguageModelV4> } | undefined;
  const model = async () => {
    const target = await resolve(name);
    if (current?.target !== target) current = { target, model: connect(target) };
    return await current.model;
  };
  return {
    specificationVersion: "v4",
    provider: "registry",
    modelId: name,
    supportedUrls: {},
    doGenerate: async (options) => await (await model()).doGenerate(options),
    doStream: async (options) => await (await model()).doStream(options),
  };
}
