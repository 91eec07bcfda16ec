import type { Config } from "@loam/core";
import type { EvaluationContext } from "@loam/evaluation";
import type { Library } from "@loam/library";
import { resolveRegistered } from "@loam/observe";
import { ModelNotFoundError, type ModelRegistry } from "@loam/platform";
import { connectLanguageModel, type Models, parseModelName } from "@loam/providers";
import type { Store } from "@loam/store";
import { evaluationContext } from "./evaluation-context.ts";

export interface ServedEvaluationsOptions {
  store: Store;
  library: Library;
  registry: ModelRegistry;
  /** The configuration and the models in force. */
  config(): Config;
  models(): Models;
}

/** What a server or a worker runs evaluations in: with models that this machine serves, and those of its providers. */
export function servedEvaluations({
  store,
  library,
  registry,
  config,
  models,
}: ServedEvaluationsOptions): EvaluationContext {
  return evaluationContext({
    store,
    library: async () => library,
    models: async () => models(),
    languageModel: async (given) =>
      await connectLanguageModel(config(), parseModelName(await servedName(registry, given), "chat"), {
        role: "chat",
        registry: (name) => resolveRegistered(store, name),
      }),
  });
}

/**
 * The `provider:model` of what a request calls a model: something that is served here, or a model of a provider. Paths
 * of this machine are no names.
 *
 * @throws {ModelNotFoundError} naming the nearest id.
 */
export async function servedName(registry: ModelRegistry, given: string): Promise<string> {
  try {
    return (await registry.find(given)).target;
  } catch (error) {
    if (error instanceof ModelNotFoundError && /^(?!local:)[a-z][a-z0-9_-]*:/.test(given)) return given;
    throw error;
  }
}
