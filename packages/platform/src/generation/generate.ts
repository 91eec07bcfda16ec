import type { GenerationEvent } from "./event.ts";
import { generateLocally } from "./local.ts";
import type { ModelRegistry } from "./model-registry.ts";
import { generateRemotely } from "./remote.ts";
import type { GenerationRequest } from "./request.ts";
import { traced } from "./traced.ts";

/** What generation needs. */
export interface GenerationServices {
  registry: ModelRegistry;
}

/**
 * Answers a conversation, whatever the protocol and wherever the model is. Nothing happens before the first event is asked
 * for; leaving the loop, or the signal, ends the work at once.
 *
 * @param options.owner for whom: where many wait for one model, each is served in turn.
 *
 * @throws {ModelNotFoundError} {@link ContextLengthError} and {@link ArgumentError}s naming the field of the request.
 */
export async function* generate(
  { registry }: GenerationServices,
  request: GenerationRequest,
  { signal, owner }: { signal?: AbortSignal; owner?: string } = {},
): AsyncGenerator<GenerationEvent> {
  const model = await registry.open(request.model, { signal });
  const events =
    model.kind === "local"
      ? traced(request, generateLocally(model.generator, request, { signal, owner }))
      : generateRemotely(model.languageModel, request, { signal });
  // What is streamed is what is kept, and no database of ours keeps NUL.
  for await (const event of events)
    yield event.type === "text" || event.type === "reasoning"
      ? { ...event, text: event.text.replaceAll("\0", "\uFFFD") }
      : event;
}
