import type { Attributes } from "@opentelemetry/api";

/** What is left out of spans before they leave the process, besides secrets, which always are. */
export interface HideOptions {
  hideInputs?: boolean;
  hideOutputs?: boolean;
  hideMetadata?: boolean;
  /** Each gets every text of a span and answers what is kept of it. One that throws costs the text, never the call. */
  redactors?: readonly ((text: string) => string)[];
}

const inputs =
  /^input\.|^gen_ai\.(input\.messages|system_instructions|tool\.definitions|tool\.call\.arguments|prompt|retrieval\.query)|^llm\.(input_messages|prompts?|tools)/;
const outputs =
  /^output\.|^gen_ai\.(output\.messages|tool\.call\.result|completion|retrieval\.documents)|^llm\.output_messages|^retrieval\.documents/;
const metadata = /^metadata(\.|$)|^(user\.id|tag\.tags)$/;

/** The attributes that may leave. */
export function hideAttributes(attributes: Attributes, options: HideOptions): Attributes {
  const { hideInputs, hideOutputs, hideMetadata, redactors = [] } = options;
  const hides = hideInputs || hideOutputs || hideMetadata;
  if (!hides && redactors.length === 0) return attributes;
  const kept: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (hideInputs && inputs.test(name)) continue;
    if (hideOutputs && outputs.test(name)) continue;
    if (hideMetadata && metadata.test(name)) continue;
    kept[name] =
      typeof value === "string"
        ? rewrite(value, redactors)
        : Array.isArray(value) && value.some((item) => typeof item === "string")
          ? (value as string[]).map((item) => (typeof item === "string" ? rewrite(item, redactors) : item))
          : value;
  }
  return kept;
}

/** A text as the caller's own rules leave it. */
export function rewrite(text: string, redactors: NonNullable<HideOptions["redactors"]>): string {
  let kept = text;
  for (const redactor of redactors)
    try {
      kept = String(redactor(kept));
    } catch {
      return "[redactor failed]";
    }
  return kept;
}
