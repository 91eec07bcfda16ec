import { asArray, asNumber, asText, readUsage } from "./wire.ts";
import type { Endpoint } from "./wrap-openai.ts";

/** `POST /embeddings`. Vectors are not kept, only their width. */
export const embeddingsEndpoint: Endpoint = {
  request: (body) => ({
    operation: "embeddings",
    model: asText(body.model) ?? "unknown",
    inputs: body.input,
    attributes: {
      "gen_ai.request.encoding_formats": asText(body.encoding_format) ? [body.encoding_format] : undefined,
      "gen_ai.embeddings.dimension.count": asNumber(body.dimensions),
    },
  }),
  response: (body) => ({
    model: asText(body.model),
    usage: readUsage(body.usage),
    embeddingDimensions: (asArray(body.data)[0]?.embedding as ArrayLike<number> | undefined)?.length,
  }),
  accumulate: () => ({ add: () => {}, response: () => ({}) }),
};
