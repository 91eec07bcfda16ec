import { z } from "@hono/zod-openapi";
import { searchOperation } from "@loam/library";
import { momentRoute } from "../../../../http/operation-routes.ts";
import type { Services } from "../../../../services/services.ts";
import { SearchHitSchema } from "../../schemas/answer.ts";

export function searchRoutes({ library }: Services) {
  return momentRoute("/search", searchOperation, library, {
    result: z.object({ hits: z.array(SearchHitSchema), ms: z.number() }),
    shape: (hits, ms) => ({ hits, ms }),
  });
}
