import { askOperation } from "@loam/library";
import { streamRoute } from "../../../../http/operation-routes.ts";
import type { Services } from "../../../../services/services.ts";
import { AnswerEventSchema } from "../../schemas/answer.ts";

export function askRoutes({ library }: Services) {
  return streamRoute("/ask", askOperation, library, {
    event: AnswerEventSchema,
    ready: ({ documents }) => library.expectDocuments(documents),
  });
}
