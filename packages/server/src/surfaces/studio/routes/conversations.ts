import { createRoute, z } from "@hono/zod-openapi";
import { NotFoundError } from "@loam/core";
import { answerFormats, answerMediaTypes, citationStyles, sheetLanguages, writeAnswer } from "@loam/library";
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

const file = createRoute({
  method: "get",
  path: "/conversations/{id}/file",
  description:
    "An answer as a Word document, PDF or one HTML file: footnotes with document, page and quote, each quote looked for " +
    "again on its page, and the cut-outs of the cited figures.",
  request: {
    params: z.object({ id: z.string() }),
    query: z.object({
      format: z.enum(answerFormats),
      style: z.enum(citationStyles).default("plain"),
      language: z.enum(sheetLanguages).optional().openapi({ description: "that of the question when left out" }),
      turn: z.coerce
        .number()
        .int()
        .min(1)
        .optional()
        .openapi({ description: "which answer, from 1; the last when left out" }),
    }),
  },
  responses: {
    200: { content: { "*/*": { schema: z.string().openapi({ format: "binary" }) } }, description: "The file" },
    404: json(ErrorSchema, "No such conversation or answer"),
  },
});

export function conversationRoutes({ library }: Services) {
  return router()
    .openapi(get, async (c) => {
      const messages = await library.conversation(c.req.valid("param").id);
      return c.json(
        messages.map((message) => ({ ...message, createdAt: message.createdAt.toISOString() })),
        200,
      );
    })
    .openapi(file, async (c) => {
      const { id } = c.req.valid("param");
      const { format, style, language, turn } = c.req.valid("query");
      const messages = await library.conversation(id);
      const answers = messages.flatMap(({ answer, createdAt }, i) =>
        answer ? [{ question: messages[i - 1]?.text ?? "", answer, answeredAt: createdAt }] : [],
      );
      const answered = turn === undefined ? answers.at(-1) : answers[turn - 1];
      if (!answered) {
        throw new NotFoundError("answer", String(turn ?? "last"), {
          hint: `conversation ${id} has ${answers.length} answers`,
        });
      }
      const bytes = await writeAnswer(library, answered, { format, style, language });
      c.header("Content-Type", answerMediaTypes[format]);
      c.header("Content-Disposition", `attachment; filename="answer.${format}"`);
      c.header("X-Content-Type-Options", "nosniff");
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200);
    });
}
