import { createRoute, z } from "@hono/zod-openapi";
import { NotFoundError } from "@loam/core";
import type { DocumentRecord, Library } from "@loam/library";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { type DocumentJson, DocumentSchema } from "../../schemas/document.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const byId = { params: z.object({ id: z.string() }) };

const list = createRoute({
  method: "get",
  path: "/documents",
  responses: { 200: json(z.array(DocumentSchema), "All documents, newest first") },
});
const get = createRoute({
  method: "get",
  path: "/documents/{id}",
  request: byId,
  responses: { 200: json(DocumentSchema, "The document"), 404: json(ErrorSchema, "No such document") },
});
const remove = createRoute({
  method: "delete",
  path: "/documents/{id}",
  request: byId,
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), "It is gone") },
});
const unlock = createRoute({
  method: "post",
  path: "/documents/{id}/unlock",
  description: "Gives the password of an encrypted document, which is then read. Kept in memory only.",
  request: { ...byId, ...body(z.object({ password: z.string().min(1).max(1000) })) },
  responses: { 200: json(DocumentSchema, "The password fits"), 400: json(ErrorSchema, "It does not") },
});
const retry = createRoute({
  method: "post",
  path: "/documents/{id}/retry",
  description: "Queues the reading of a document that failed.",
  request: byId,
  responses: { 202: json(DocumentSchema, "Queued") },
});
const sample = createRoute({
  method: "post",
  path: "/sample",
  description: "Adds the sample paper, unless it is there.",
  responses: { 202: json(DocumentSchema, "The sample paper"), 404: json(ErrorSchema, "This server has none") },
});

export function documentRoutes({ library, watch, passwords, samplePath }: Services) {
  return router()
    .openapi(list, async (c) => c.json((await library.documents()).map(toDocumentJson), 200))
    .openapi(get, async (c) => c.json(toDocumentJson(await library.document(c.req.valid("param").id)), 200))
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await library.document(id); // 404 rather than silence
      await library.remove(id);
      await passwords.delete(id);
      watch.wake();
      return c.json({ id, deleted: true as const }, 200);
    })
    .openapi(retry, async (c) => {
      const { id } = c.req.valid("param");
      const { name } = await library.document(id);
      const document = await library.enqueue({ name, bytes: await library.original(id) });
      watch.wake();
      return c.json(toDocumentJson(document), 202);
    })
    .openapi(sample, async (c) => {
      if (!samplePath) throw new NotFoundError("document", "sample", { hint: "start the server with `samplePath`" });
      const document = await library.enqueue(samplePath);
      watch.wake();
      return c.json(toDocumentJson(document), 202);
    })
    .openapi(unlock, async (c) => {
      const { id } = c.req.valid("param");
      const { password } = c.req.valid("json");
      const { name } = await library.document(id);
      const source = { name, bytes: await library.original(id) };
      await readWithPassword(library, source, password, () => watch.wake());
      await passwords.set(id, password);
      watch.wake();
      return c.json(toDocumentJson(await library.document(id)), 200);
    });
}

/**
 * Starts reading a locked document; resolves once its first page is done, which only happens when the password fits.
 * The reading then goes on by itself: its end shows in the document's status.
 */
function readWithPassword(
  library: Library,
  source: { name: string; bytes: Uint8Array },
  password: string,
  onPage: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onProgress = () => {
      onPage();
      resolve();
    };
    library.add(source, { password, onProgress }).then(() => resolve(), reject);
  });
}

export function toDocumentJson(record: DocumentRecord): DocumentJson {
  return { ...record, createdAt: record.createdAt.toISOString() };
}
