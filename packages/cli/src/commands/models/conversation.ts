import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4StreamPart,
} from "@ai-sdk/provider";
import { span } from "@loam/observe";

export interface ConversationOptions
  extends Pick<LanguageModelV4CallOptions, "temperature" | "maxOutputTokens" | "seed"> {
  /** Said to the model before everything else. */
  system?: string;
}

/** An answer of the model. */
export interface Turn {
  text: string;
  /** What the model thought before it answered, where it shows that. */
  reasoning: string;
  /** `stop`, `length`, …; `cancelled` when the signal fired, with the text so far. */
  finishReason: string;
  inputTokens: number | null;
  outputTokens: number | null;
  ms: number;
  /** Id of the recorded trace; null while tracing is off. */
  trace: string | null;
}

/** A conversation with a language model that remembers what was said. */
export class Conversation {
  readonly #model: LanguageModelV4;
  readonly #options: ConversationOptions;
  readonly #said: LanguageModelV4Message[] = [];

  constructor(model: LanguageModelV4, options: ConversationOptions = {}) {
    this.#model = model;
    this.#options = options;
  }

  /** Begins anew; the system prompt stays. */
  forget(): void {
    this.#said.length = 0;
  }

  /**
   * Says something and follows the answer piece by piece. A cancelled answer is remembered as far as it came; a turn that
   * failed is forgotten, so that it can be said again.
   */
  say(
    text: string,
    { signal, onText }: { signal?: AbortSignal; onText?: (piece: string) => void } = {},
  ): Promise<Turn> {
    return span("chat turn", {}, async (opened) => {
      opened.input(text);
      const start = performance.now();
      const { system, ...settings } = this.#options;
      const prompt: LanguageModelV4Message[] = [
        ...(system ? [{ role: "system" as const, content: system }] : []),
        ...this.#said,
        { role: "user", content: [{ type: "text", text }] },
      ];
      const turn: Turn = {
        text: "",
        reasoning: "",
        finishReason: "cancelled",
        inputTokens: null,
        outputTokens: null,
        ms: 0,
        trace: opened.recording ? opened.traceId : null,
      };
      try {
        const { stream } = await this.#model.doStream({ ...settings, prompt, abortSignal: signal });
        for await (const part of stream) addPart(turn, part, onText);
      } catch (error) {
        if (!signal?.aborted) throw error;
      }
      turn.ms = Math.round(performance.now() - start);
      opened.output(turn.text);
      this.#said.push(prompt.at(-1)!, { role: "assistant", content: [{ type: "text", text: turn.text }] });
      return turn;
    });
  }
}

function addPart(turn: Turn, part: LanguageModelV4StreamPart, onText?: (piece: string) => void): void {
  switch (part.type) {
    case "text-delta":
      turn.text += part.delta;
      onText?.(part.delta);
      return;
    case "reasoning-delta":
      turn.reasoning += part.delta;
      return;
    case "finish":
      turn.finishReason = part.finishReason.unified;
      turn.inputTokens = part.usage.inputTokens.total ?? null;
      turn.outputTokens = part.usage.outputTokens.total ?? null;
      return;
    case "error":
      throw part.error;
  }
}
