import { z } from "zod";
import { optional } from "./optional.ts";

/** How tokens are chosen; the last three are llama.cpp's and vLLM's, which many clients know. */
export const samplingFields = {
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  frequency_penalty: optional(z.number().min(-2).max(2)),
  presence_penalty: optional(z.number().min(-2).max(2)),
  logit_bias: optional(
    z.record(z.string().regex(/^\d{1,9}$/, "expected the id of a token"), z.number().min(-100).max(100)),
  ),
  seed: optional(z.int()),
  stop: optional(z.union([z.string(), z.array(z.string()).max(4, "expected at most 4 texts")])),
  top_k: optional(z.int().min(0)),
  min_p: optional(z.number().min(0).max(1)),
  repetition_penalty: optional(z.number().gt(0).max(10)),
};

/** What says who asks and how, and changes nothing in the answer of a model of this machine. */
export const sharedFields = {
  model: z.string().min(1),
  metadata: z.unknown().optional(),
  user: optional(z.string()),
  safety_identifier: optional(z.string().max(64)),
  prompt_cache_key: optional(z.string()),
  prompt_cache_retention: optional(z.enum(["in_memory", "in-memory", "24h"])),
  prompt_cache_options: optional(z.looseObject({})),
  service_tier: optional(z.enum(["auto", "default", "flex", "scale", "priority", "fast"])),
  chat_template_kwargs: optional(z.record(z.string(), z.unknown())),
};

type SamplingFields = { [Name in keyof typeof samplingFields]?: z.output<(typeof samplingFields)[Name]> };

/** The fields as a generation has them. */
export function toSampling(fields: SamplingFields) {
  const { stop } = fields;
  return {
    temperature: fields.temperature,
    topP: fields.top_p,
    topK: fields.top_k || undefined,
    minP: fields.min_p,
    frequencyPenalty: fields.frequency_penalty,
    presencePenalty: fields.presence_penalty,
    repetitionPenalty: fields.repetition_penalty,
    logitBias: fields.logit_bias,
    seed: fields.seed,
    stop: stop === undefined ? undefined : typeof stop === "string" ? [stop] : stop,
  };
}
