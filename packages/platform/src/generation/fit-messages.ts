import { ContextLengthError } from "./errors.ts";
import type { GenerationEvent } from "./event.ts";
import { type GenerationServices, generate } from "./generate.ts";
import type { GenerationRequest, Message } from "./request.ts";

/** So many characters of a prompt are one token at least, in any language that people write at length. */
const charactersPerToken = 4;

/** Generates, leaving out the oldest messages where the conversation is longer than the model's context. */
export async function* generateFitting(
  services: GenerationServices,
  request: GenerationRequest,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<GenerationEvent> {
  for (let { messages } = request; ; ) {
    try {
      return yield* generate(services, { ...request, messages }, options);
    } catch (error) {
      const shorter = error instanceof ContextLengthError ? withoutOldest(messages, error) : undefined;
      if (!shorter) throw error;
      messages = shorter;
    }
  }
}

/** Drops what surely does not fit, then a quarter at a time; what the system says stays, and so does the last message. */
function withoutOldest(messages: readonly Message[], { details }: ContextLengthError): readonly Message[] | undefined {
  const isSystem = ({ role }: Message) => role === "system" || role === "developer";
  const said = messages.filter((message) => !isSystem(message));
  if (said.length < 2) return undefined;
  let budget = (details.contextLength as number) * charactersPerToken;
  let fitting = 0;
  for (const message of said.toReversed()) {
    budget -= JSON.stringify(message.content ?? "").length;
    if (budget < 0) break;
    fitting++;
  }
  let from = said.length - Math.max(1, Math.min(fitting, Math.floor((said.length * 3) / 4)));
  // A result without its call means nothing.
  while (from < said.length - 1 && said[from]!.role === "tool") from++;
  return [...messages.filter(isSystem), ...said.slice(from)];
}
