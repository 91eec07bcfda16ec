import type { FinishReason, GenerationEvent, TokenLogprob, Usage } from "./event.ts";

/** A call that the model made. */
export interface Call {
  id: string;
  name: string;
  kind: "function" | "custom";
  /** JSON text of a function's arguments, or a custom tool's input; broken where the answer was cut by length. */
  text: string;
}

/** One whole answer. */
export interface Choice {
  text: string;
  reasoning: string;
  refusal: string;
  calls: Call[];
  logprobs: TokenLogprob[];
  finishReason: FinishReason;
  /** The text of `stop` that ended it, if one did. */
  stoppedBy?: string;
}

/** Adds events up to whole answers, as they come. */
export class Answers {
  readonly choices: Choice[];
  /** Tokens of all choices, the prompt's once. */
  readonly usage: Usage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 };

  constructor(n = 1) {
    this.choices = Array.from({ length: n }, () => ({
      ...{ text: "", reasoning: "", refusal: "", calls: [], logprobs: [] },
      finishReason: "stop" as const,
    }));
  }

  add(event: GenerationEvent): void {
    const choice = this.choices[event.choice]!;
    switch (event.type) {
      case "text":
        choice.text += event.text;
        choice.logprobs.push(...(event.logprobs ?? []));
        break;
      case "reasoning":
      case "refusal":
        choice[event.type] += event.text;
        break;
      case "call-start":
        choice.calls[event.call] = { id: event.id, name: event.name, kind: event.kind, text: "" };
        break;
      case "call-delta":
        choice.calls[event.call]!.text += event.text;
        break;
      case "finish":
        choice.finishReason = event.reason;
        choice.stoppedBy = event.stoppedBy;
        this.#count(event.usage);
    }
  }

  #count({ promptTokens, cachedTokens, completionTokens, reasoningTokens }: Usage): void {
    this.usage.promptTokens = promptTokens;
    this.usage.cachedTokens = Math.max(this.usage.cachedTokens, cachedTokens);
    this.usage.completionTokens += completionTokens;
    this.usage.reasoningTokens += reasoningTokens;
  }
}

/** Whole answers of a generation. */
export async function collect(events: AsyncIterable<GenerationEvent>, n = 1): Promise<Answers> {
  const answers = new Answers(n);
  for await (const event of events) answers.add(event);
  return answers;
}
