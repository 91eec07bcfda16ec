import { Template } from "@huggingface/jinja";
import { ArgumentError, InputError, withinTime } from "@loam/core";
import { renderBounded } from "./bounded-interpreter.ts";

/** A message as chat templates read it; more fields pass through. */
export interface ChatMessage {
  role: "system" | "user" | "assistant" | "tool" | (string & {});
  content?: unknown;
  tool_calls?: unknown[];
  [key: string]: unknown;
}

export interface ChatTemplateOptions {
  /** Ends with what opens the model's answer. */
  addGenerationPrompt?: boolean;
  /** Function definitions in OpenAI's form. */
  tools?: readonly unknown[];
  /** Further variables of the template, such as `enable_thinking`. */
  [variable: string]: unknown;
}

/** A conversation is rendered in a millisecond; a template that takes this long was made to. */
const limitMs = 2000;

/** The conversation format a model was trained on: a Jinja template, as in `tokenizer_config.json`. */
export class ChatTemplate {
  readonly source: string;
  readonly #template: Template;
  readonly #tokens: Record<string, unknown>;

  /** @param tokens `bos_token`, `eos_token` and others that the template may name. */
  constructor(source: string, tokens: Record<string, unknown> = {}) {
    this.source = source;
    this.#tokens = tokens;
    try {
      this.#template = withinTime("Reading the chat template", limitMs, () => new Template(source));
    } catch (cause) {
      throw new InputError("bad_chat_template", `The chat template cannot be parsed: ${(cause as Error).message}.`, {
        hint: "correct `chat_template` in tokenizer_config.json, or download the file again",
        cause,
      });
    }
  }

  /** The mark with which a turn ends, where it is known. */
  get eosToken(): string | undefined {
    return typeof this.#tokens.eos_token === "string" ? this.#tokens.eos_token : undefined;
  }

  /**
   * The text of a conversation, special tokens spelled out: encode it without adding special tokens.
   *
   * @throws {ArgumentError} with the template's own words when it refuses the messages.
   */
  render(messages: readonly ChatMessage[], options: ChatTemplateOptions = {}): string {
    const { addGenerationPrompt = true, tools, ...variables } = options;
    try {
      return withinTime("Rendering the chat template", limitMs, () =>
        renderBounded(this.#template.parsed, {
          ...this.#tokens,
          ...variables,
          messages: [...messages],
          tools: tools ? [...tools] : null,
          add_generation_prompt: addGenerationPrompt,
        }),
      );
    } catch (cause) {
      if (cause instanceof InputError) throw cause;
      throw new ArgumentError(
        "messages",
        messages,
        `a conversation that the model's template accepts (${(cause as Error).message})`,
      );
    }
  }
}
