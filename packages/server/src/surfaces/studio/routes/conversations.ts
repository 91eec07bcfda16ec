import { createRoute, z } from "@hono/zod-openapi";
import { router } from "../../../http/router.ts";
import type { Services } from "../../../services/services.ts";
import { MessageSchema } from "../schemas/answer.ts";
import { ErrorSchema, json } from "../schemas/error.ts";

const get = createRoute({
  method: "get",
  path: "/conversations/{id}",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(z.array(MessageSchema), "Its messages, oldest first"), 404: json(ErrorSchema, "None such") },
});

export function conversationRoutes({ library }: Services) {
  return router().openapi(get, async (c) => {
    const messages = await library.conversation(c.req.valid("param").id);
    return c.json(
      messages.map((message) => ({ ...message, createdAt: message.createdAt.toISOString() })),
      200,
    );
  });
}
