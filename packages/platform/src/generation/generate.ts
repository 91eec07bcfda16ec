import type { GenerationEvent } from "./event.ts";
import { generateLocally } from "./local.ts";
import type { ModelRegistry } from "./model-registry.ts";
import { generateRemotely } from "./remote.ts";
import type { GenerationRequest } from "./request.ts";

/** What generation needs. */
export interface GenerationServices {
  registry: ModelRegistry;
}

/**
 * Answers a conversation, whatever the protocol and wherever the model is. Nothing happens before the first event is asked
 * for; leaving the loop, or the signal, ends the work at once.
 *
 * @throws {ModelNotFoundError} {@link ContextLengthError} and {@link ArgumentError}s naming the field of the request.
 */
export async function* generate(
  { registry }: GenerationServices,
  request: GenerationRequest,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<GenerationEvent> {
  const model = await registry.open(request.model, { signal });
  yield* model.kind === "local"
    ? generateLocally(model.generator, request, { signal })
    : generateRemotely(model.languageModel, request, { signal });
}
