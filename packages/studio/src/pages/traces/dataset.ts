import type { TraceJson } from "@loam/server";
import { toMessage } from "../chat/answer.ts";
import { toReplay } from "../chat/replay.ts";
import type { ChatMessage } from "../chat/request.ts";

/** The conversation of a model call: system prompt, messages, and what was answered. */
export function conversationOf(span: TraceJson["tree"][number]): ChatMessage[] | undefined {
  const replay = toReplay(span);
  if (replay?.answer.state !== "done") return undefined;
  const { system } = replay.settings;
  return [
    ...(system ? [{ role: "system" as const, content: system }] : []),
    ...replay.messages,
    toMessage(replay.answer),
  ];
}

/**
 * Conversations of traces as JSONL, which fine-tuning and evaluation take: the last model call of each trace (it holds what
 * came before), each conversation once.
 */
export function toDataset(traces: readonly Pick<TraceJson, "tree">[]): string {
  const lines = traces.flatMap(({ tree }) => {
    const messages = tree
      .filter(({ model }) => model !== null)
      .map(conversationOf)
      .findLast((found) => found !== undefined);
    return messages ? [JSON.stringify({ messages })] : [];
  });
  return [...new Set(lines)].map((line) => `${line}\n`).join("");
}
