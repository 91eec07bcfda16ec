import { UnavailableError } from "@loam/core";
import { bertScoreModelFor, openTokenEncoder, type TokenEncoderOptions } from "./open-token-encoder.ts";
import type { TokenEncoder } from "./token-encoder.ts";
import { openUseLiteTokenEncoder } from "./use-lite-token-encoder.ts";

export interface DefaultTokenEncoderOptions extends TokenEncoderOptions {
  /** A folder, a hub id or `local:use-lite`. */
  model?: string;
  /** Takes the model that `bert_score` takes for a language (`en`, `zh-CN`), from the cache or the hub. */
  language?: string;
}

/**
 * The encoder for BERTScore: the model named, else that of the language, else the one installed with Loam, which also
 * takes the place of a language's model while the hub cannot be reached. Which one it was stands in the encoder's `id`
 * and so in every hash.
 *
 * @returns `instead` says why the language's model was not taken.
 */
export async function openDefaultTokenEncoder({
  model,
  language,
  ...options
}: DefaultTokenEncoderOptions = {}): Promise<{ encoder: TokenEncoder; instead?: string }> {
  const useLite = () => openUseLiteTokenEncoder({ threads: options.threads });
  if (model === "local:use-lite" || (model === undefined && language === undefined)) {
    return { encoder: await openUseLiteTokenEncoder({ layer: options.layer, threads: options.threads }) };
  }
  if (model !== undefined) return { encoder: await openTokenEncoder(model, options) };
  const named = bertScoreModelFor(language!);
  try {
    return { encoder: await openTokenEncoder(named, options) };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { encoder: await useLite(), instead: `${named} is not here: ${error.message}` };
  }
}
