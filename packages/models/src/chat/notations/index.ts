import type { ChatTemplate } from "../../tokenizers/chat-template.ts";
import { generic } from "./generic.ts";
import { hermes } from "./hermes.ts";
import { llama3 } from "./llama3.ts";
import { mistral } from "./mistral.ts";
import { mistralArgs } from "./mistral-args.ts";
import type { CallNotation } from "./notation.ts";

/** How a template is recognised. The first that fits counts; a template without functions gets the generic form. */
const families: readonly { notation: CallNotation; fits: (template: string) => boolean }[] = [
  { notation: mistralArgs, fits: (template) => template.includes("[ARGS]") },
  { notation: mistral, fits: (template) => template.includes("[TOOL_CALLS]") },
  { notation: hermes, fits: (template) => template.includes("<tool_call>") },
  { notation: llama3, fits: (template) => /"parameters"/.test(template) && template.includes("<|start_header_id|>") },
];

/** The form in which a model with this template writes calls. */
export function notationOf(template: ChatTemplate | undefined): CallNotation {
  if (!template || !/\btools\b/.test(template.source)) return generic;
  return families.find(({ fits }) => fits(template.source))?.notation ?? hermes;
}
