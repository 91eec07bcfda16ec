import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { LoamError } from "@loam/core";
import type { Conversation } from "./conversation.ts";

export interface ChatLoopOptions {
  input: Readable;
  output: Writable;
  /** Ends the conversation from outside (SIGTERM). */
  signal?: AbortSignal;
}

const help = "/new begins anew, /exit or Ctrl-D ends, Ctrl-C stops an answer (or ends, when there is none).\n";

/**
 * Talks on a terminal until `/exit`, Ctrl-D, or Ctrl-C at the prompt. Ctrl-C during an answer stops that answer only. What
 * goes wrong with one is told, and the conversation goes on.
 */
export async function chatLoop(
  conversation: Conversation,
  { input, output, signal }: ChatLoopOptions,
): Promise<{ turns: number }> {
  // The terminal hands Ctrl-C to us as a key, not as a signal to the process.
  const lines = createInterface({ input, output, terminal: true, prompt: "> " });
  let answering: AbortController | undefined;
  let turns = 0;
  const end = () => {
    answering?.abort();
    lines.close();
  };
  lines.on("SIGINT", () => (answering ? answering.abort() : lines.close()));
  signal?.addEventListener("abort", end, { once: true });
  lines.prompt();
  try {
    for await (const line of lines) {
      const text = line.trim();
      if (text === "/exit") break;
      if (text === "/new") conversation.forget();
      else if (text === "/help") output.write(help);
      else if (text !== "") {
        answering = new AbortController();
        const { finishReason } = await conversation
          .say(text, { signal: answering.signal, onText: (piece) => output.write(piece) })
          .catch((error: unknown) => {
            if (!(error instanceof LoamError)) throw error;
            output.write(error.message);
            return { finishReason: "error" };
          });
        answering = undefined;
        output.write(finishReason === "cancelled" ? " … (stopped)\n" : "\n");
        turns++;
      }
      if (signal?.aborted) break;
      lines.prompt();
    }
  } finally {
    signal?.removeEventListener("abort", end);
    lines.close();
  }
  return { turns };
}
