import { z } from "zod";
import { optional } from "../wire/optional.ts";
import { samplingFields, sharedFields } from "../wire/sampling-schema.ts";

const tokenIds = z.array(z.int().min(0)).min(1);
const { metadata: _, chat_template_kwargs: __, ...shared } = sharedFields;

/** What `POST /v1/completions` takes. */
export const CompletionRequest = z.strictObject({
  ...shared,
  ...samplingFields,
  prompt: z.union([z.string(), z.array(z.string()).min(1).max(2048), tokenIds, z.array(tokenIds).min(1).max(2048)]),
  max_tokens: optional(z.int().min(0)),
  n: optional(z.int().min(1).max(128)),
  best_of: optional(z.int().min(1).max(20)),
  echo: optional(z.boolean()),
  logprobs: optional(z.int().min(0).max(5)),
  suffix: optional(z.string()),
  stream: optional(z.boolean()),
  stream_options: optional(
    z.strictObject({ include_usage: optional(z.boolean()), include_obfuscation: optional(z.boolean()) }),
  ),
});
export type CompletionRequest = z.output<typeof CompletionRequest>;
