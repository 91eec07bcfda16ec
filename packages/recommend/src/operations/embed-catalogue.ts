import { NotFoundError, operation } from "@loam/core";
import type { Embedder } from "@loam/models";
import { z } from "zod";
import type { Catalogues } from "../catalogues/catalogues-types.ts";

export const embedCatalogueOperation = operation({
  name: "catalogue.embed",
  summary: "Embed the items of a catalogue, so that meaning counts beside words",
  description:
    "Goes on at the block of items it had reached. A catalogue that was deleted meanwhile is nothing to embed.",
  lasts: "work",
  input: z.strictObject({ catalogue: z.string().min(1).max(200).describe("id of a catalogue") }),
  run: async (
    { catalogues, embedder }: { catalogues: Catalogues; embedder(): Embedder },
    { catalogue },
    { signal, progress },
  ) => {
    try {
      const { items } = await catalogues.embed(catalogue, embedder(), { signal, onProgress: progress });
      return { catalogue, embedded: items };
    } catch (error) {
      if (error instanceof NotFoundError) return { catalogue, embedded: 0 };
      throw error;
    }
  },
});
