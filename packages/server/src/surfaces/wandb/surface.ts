import { LoamError, loggable, NotFoundError } from "@loam/core";
import { checkPath, findFileByMd5, getFile, parseRelaxedJson, putFile, streamFile } from "@loam/observe";
import type { Store } from "@loam/store";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ForbiddenError, toErrorBody } from "../../http/errors.ts";
import { parseJson, readBytes, readJson } from "../../http/read-bytes.ts";
import { basicPassword, bearerToken, type Surface } from "../../http/surface.ts";
import { requireWriter } from "../../security/team-door.ts";
import type { Services } from "../../services/services.ts";
import { artifactNode } from "./artifact-node.ts";
import { execute, type GraphqlRequest } from "./execute.ts";
import { takeFileStream } from "./file-stream.ts";
import { mutationRoot } from "./mutations.ts";
import { queryRoot } from "./queries.ts";
import type { Graph, Json } from "./run-node.ts";
import { readStorageLink } from "./storage.ts";

const maxBytes = 64 * 1024 ** 2;
const maxFileBytes = 2 * 1024 ** 3;

/** W&B's API, for its clients from 0.20 on. */
export function wandbSurface({ store }: Services): Surface {
  const app = new Hono();
  app.post("/graphql", async (c) => {
    const body = (await readJson(c.req.raw, { maxBytes })) as Partial<GraphqlRequest> | null;
    if (typeof body?.query !== "string")
      return c.json({ errors: [{ message: "`query` is missing: send { query, variables }" }], data: null }, 400);
    const graph: Graph = {
      store,
      origin: new URL(c.req.url).origin,
      artifactNode: (artifact) => artifactNode(graph, artifact),
    };
    const answer = await execute(
      { query: body.query, variables: body.variables ?? {}, operationName: body.operationName },
      { query: queryRoot(graph), mutation: mutationRoot(graph) },
      (operation) => {
        if (operation === "mutation") requireWriter(c.req.raw, "A mutation");
      },
    );
    return c.json(answer);
  });
  app.post("/files/:entity/:project/:run/file_stream", async (c) => {
    const { project, run } = c.req.param();
    for (const name of [project, run]) checkPath(name);
    const bytes = await readBytes(c.req.raw, { maxBytes });
    const body = bytes.length === 0 ? {} : readStream(bytes);
    return c.json(await takeFileStream(store, project, run, body));
  });
  app.put("/storage/*", async (c) => {
    const { scope, path } = place(c);
    const bytes = await readBytes(c.req.raw, { maxBytes: maxFileBytes });
    await putFile(store, { scope, path, bytes, contentType: c.req.header("content-type") ?? null });
    return c.body(null, 200);
  });
  app.get("/storage/*", async (c) => {
    const { scope, path } = place(c);
    return await send(c, store, await getFile(store, scope, path));
  });
  // The addresses that clients make up themselves, from a file's MD5 in hex.
  const byMd5 = async (c: Context) => {
    const hex = c.req.param("hex") ?? "";
    const file = /^[0-9a-f]{32}$/.test(hex)
      ? await findFileByMd5(store, Buffer.from(hex, "hex").toString("base64"))
      : undefined;
    if (!file) throw new NotFoundError("file", hex);
    return await send(c, store, file);
  };
  app.get("/artifacts/:entity/:hex", byMd5);
  app.get("/artifactsV2/:region/:entity/:birth/:hex", byMd5);
  app.get("/artifactsV2/:region/:entity/:birth/:hex/:name", byMd5);
  app.get("/artifactsV2/:region/:entity/:collection/:birth/:hex/:name", byMd5);
  // What the client counts about itself.
  app.post("/sdk/*", async (c) => {
    await readBytes(c.req.raw, { maxBytes });
    return c.json({});
  });
  return {
    name: "wandb",
    prefixes: ["/graphql", "/files", "/storage", "/artifacts", "/artifactsV2", "/sdk"],
    app,
    respondToError: refuse,
    bodyLimitBytes: (_method, path) => (path.startsWith("/storage/") ? undefined : maxBytes),
    credential: (headers) => basicPassword(headers) ?? bearerToken(headers),
    reads: (_method, path) => path === "/graphql" || path.startsWith("/sdk/"), // a mutation is refused where it is read
    isOpen: (_method, path) => path.startsWith("/storage/") && readStorageLink(path) !== undefined,
  };
}

function readStream(bytes: Uint8Array): Json {
  try {
    return parseJson(bytes) as Json;
  } catch (error) {
    const text = Buffer.from(bytes).toString("utf8");
    if (!/NaN|Infinity/.test(text)) throw error;
    return parseRelaxedJson(text) as Json;
  }
}

function place(c: Context): { scope: string; path: string } {
  const found = readStorageLink(new URL(c.req.url).pathname);
  if (!found)
    throw new ForbiddenError("invalid_link", "This link is not one that the server gave.", "ask for a new one");
  checkPath(found.path);
  return found;
}

async function send(c: Context, store: Store, file: Awaited<ReturnType<typeof getFile>>): Promise<Response> {
  return c.body(await streamFile(store, file), 200, {
    "content-type": file.contentType ?? "application/octet-stream",
    "content-length": String(file.sizeBytes),
    "content-disposition": "attachment",
    "content-security-policy": "sandbox",
  });
}

/** GraphQL's errors, which the client shows. */
function refuse(error: Error, c: Context): Response {
  const { body, status } = toErrorBody(error);
  if (status >= 500 && !(error instanceof LoamError)) console.error(loggable(error));
  if (status === 503) c.header("Retry-After", "2");
  const { message } = body.error;
  return c.json({ errors: [{ message }], error: message, data: null }, status as ContentfulStatusCode);
}
