import { renderPrompt } from "@loam/models";
import { estimateTokens } from "@loam/providers";
import type { GenerationServices } from "./generate.ts";
import { offeredChatTools, toChatMessage } from "./local.ts";
import { textOf } from "./message-text.ts";
import type { GenerationRequest } from "./request.ts";

/** How many tokens a model reads for a request: exactly with a model of this machine, about with a remote one. */
export async function countPromptTokens(
  { registry }: GenerationServices,
  request: Pick<GenerationRequest, "model" | "messages" | "tools" | "toolChoice" | "templateVariables">,
): Promise<number> {
  const model = await registry.open(request.model);
  if (model.kind === "remote") {
    const texts = request.messages.map((message, i) => textOf(message, `messages[${i}]`));
    const tools = request.tools?.length ? JSON.stringify(request.tools) : "";
    return [...texts, tools].reduce((sum, text) => sum + estimateTokens(text) + 4, 0);
  }
  const messages = request.messages.map(toChatMessage);
  const prompt = await renderPrompt(
    model.generator.model,
    messages,
    offeredChatTools(request),
    request.templateVariables,
  );
  return prompt.ids.length;
}
