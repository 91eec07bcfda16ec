import { InputError, NotFoundError, UnavailableError } from "@loam/core";
import { getTrace, type SpanNode } from "@loam/observe";
import type { Workspace } from "../../command/workspace.ts";
import { chatOf } from "./chat-of-span.ts";

/**
 * Asks a recorded call again on the chat role's model.
 *
 * @throws {NotFoundError} when there is no such span or no model call in the trace.
 * @throws {InputError} `no_prompt` when the prompt was not kept.
 * @throws {UnavailableError} when no chat model is set.
 */
export async function replayCall(
  workspace: Workspace,
  { id, span, temperature }: { id: string; span?: string; temperature?: number },
  signal: AbortSignal,
) {
  const { roots } = await getTrace(workspace.store, id);
  const calls: SpanNode[] = [];
  const coming = [...roots];
  for (let node = coming.pop(); node; node = coming.pop()) {
    if (span ? node.spanId.startsWith(span) : node.kind === "llm") calls.push(node);
    coming.push(...node.children);
  }
  const call = calls.sort((a, b) => a.startUs - b.startUs).at(-1);
  if (!call) throw new NotFoundError(span ? "span" : "model call in the trace", span ?? id);
  const chat = chatOf(call);
  if (!chat)
    throw new InputError("no_prompt", `The call ${call.name} has no prompt that can be asked again.`, {
      hint: "prompts are kept with `tracing.content` at `full`",
    });
  const { chat: model } = await workspace.models();
  if (!model)
    throw new UnavailableError("chat model", "is not set.", {
      hint: "give one: `--model local:…` or `--model openai:…`",
    });
  const result = await model.doGenerate({
    prompt: chat.messages.map(({ role, content }) =>
      role === "system" ? { role, content } : { role, content: [{ type: "text" as const, text: content }] },
    ),
    temperature,
    abortSignal: signal,
  });
  const text = result.content.map((part) => (part.type === "text" ? part.text : "")).join("");
  return {
    span: call.spanId,
    messages: chat.messages,
    before: { model: call.model, text: chat.answer },
    after: { model: `${model.provider}:${model.modelId}`, text },
  };
}
