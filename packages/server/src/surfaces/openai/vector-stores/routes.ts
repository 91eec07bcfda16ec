import type { ChunkingStrategy, Page, StoredVectorStore } from "@loam/platform";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { readPage, toList } from "../wire/paging.ts";
import { setPollPace } from "../wire/poll-pace.ts";
import { projectOf } from "../wire/project.ts";
import { parseJson, readJson } from "../wire/read-json.ts";
import { toBatchObject, toSearchResult, toVectorStoreFileObject, toVectorStoreObject } from "./object.ts";
import { CreateFile, CreateFileBatch, CreateVectorStore, Search, UpdateFile, UpdateVectorStore } from "./schema.ts";

const Status = z.enum(["in_progress", "completed", "failed", "cancelled"]).optional();

export function vectorStoreRoutes({ platform: { vectorStores } }: Services) {
  const app = new Hono();

  const toObject = async (store: StoredVectorStore) =>
    toVectorStoreObject(store, (await vectorStores.usage([store.id])).get(store.id)!);
  const fileStatus = (c: Context) => parseJson(c.req.query("filter"), Status, "filter");

  app.post("/vector_stores", async (c) => {
    const { file_ids = [], chunking_strategy, expires_after, ...fields } = await readJson(c, CreateVectorStore);
    const files = file_ids.map((fileId) => ({ fileId, chunking: chunking_strategy }));
    const expiresAfterDays = expires_after?.days;
    return c.json(await toObject(await vectorStores.create(projectOf(c), { ...fields, expiresAfterDays }, files)));
  });
  app.get("/vector_stores", async (c) => {
    const page: Page<StoredVectorStore> = await vectorStores.page(
      projectOf(c),
      readPage(c.req.query(), "vector_stores"),
    );
    const usage = await vectorStores.usage(page.data.map(({ id }) => id));
    return c.json(toList(page, (store) => toVectorStoreObject(store, usage.get(store.id)!)));
  });
  app.get("/vector_stores/:id", async (c) => {
    setPollPace(c);
    return c.json(await toObject(await vectorStores.get(projectOf(c), c.req.param("id"))));
  });
  app.post("/vector_stores/:id", async (c) => {
    const { expires_after, name, metadata } = await readJson(c, UpdateVectorStore);
    const expiresAfterDays = expires_after === undefined ? undefined : (expires_after?.days ?? null);
    const fields = { name, metadata, expiresAfterDays };
    return c.json(await toObject(await vectorStores.update(projectOf(c), c.req.param("id"), fields)));
  });
  app.delete("/vector_stores/:id", async (c) => {
    const id = c.req.param("id");
    await vectorStores.remove(projectOf(c), id);
    return c.json({ id, object: "vector_store.deleted", deleted: true });
  });
  app.post("/vector_stores/:id/search", async (c) => {
    const { query, filters, max_num_results, ranking_options } = await readJson(c, Search);
    const queries = typeof query === "string" ? [query] : query;
    const hybrid = ranking_options?.hybrid_search;
    const hits = await vectorStores.search(projectOf(c), c.req.param("id"), {
      ...{ queries, k: max_num_results, filter: filters, signal: c.req.raw.signal },
      threshold: ranking_options?.score_threshold,
      weights: hybrid && { embedding: hybrid.embedding_weight, text: hybrid.text_weight },
    });
    return c.json({
      object: "vector_store.search_results.page",
      search_query: queries,
      data: hits.map(toSearchResult),
      has_more: false,
      next_page: null,
    });
  });

  app.post("/vector_stores/:id/files", async (c) => {
    const body = await readJson(c, CreateFile);
    return c.json(toVectorStoreFileObject(await vectorStores.addFile(projectOf(c), c.req.param("id"), toAdd(body))));
  });
  app.get("/vector_stores/:id/files", async (c) => {
    const query = readPage(c.req.query(), "vector_store_files");
    const page = await vectorStores.filePage(projectOf(c), c.req.param("id"), query, { status: fileStatus(c) });
    return c.json(toList(page, toVectorStoreFileObject));
  });
  app.get("/vector_stores/:id/files/:fileId", async (c) => {
    const { id, fileId } = c.req.param();
    setPollPace(c);
    return c.json(toVectorStoreFileObject(await vectorStores.getFile(projectOf(c), id, fileId)));
  });
  app.post("/vector_stores/:id/files/:fileId", async (c) => {
    const { id, fileId } = c.req.param();
    const { attributes } = await readJson(c, UpdateFile);
    return c.json(toVectorStoreFileObject(await vectorStores.setAttributes(projectOf(c), id, fileId, attributes)));
  });
  app.delete("/vector_stores/:id/files/:fileId", async (c) => {
    const { id, fileId } = c.req.param();
    await vectorStores.removeFile(projectOf(c), id, fileId);
    return c.json({ id: fileId, object: "vector_store.file.deleted", deleted: true });
  });
  app.get("/vector_stores/:id/files/:fileId/content", async (c) => {
    const { id, fileId } = c.req.param();
    const text = await vectorStores.fileText(projectOf(c), id, fileId);
    return c.json({
      object: "vector_store.file_content.page",
      data: [{ type: "text", text }],
      has_more: false,
      next_page: null,
    });
  });

  app.post("/vector_stores/:id/file_batches", async (c) => {
    const { file_ids, files, attributes, chunking_strategy } = await readJson(c, CreateFileBatch);
    const list = files ?? file_ids!.map((file_id) => ({ file_id, attributes, chunking_strategy }));
    const batch = await vectorStores.addBatch(projectOf(c), c.req.param("id"), list.map(toAdd));
    return c.json(await batchObject(c, c.req.param("id"), batch.id));
  });
  app.get("/vector_stores/:id/file_batches/:batchId", async (c) => {
    const { id, batchId } = c.req.param();
    setPollPace(c);
    return c.json(await batchObject(c, id, batchId));
  });
  app.post("/vector_stores/:id/file_batches/:batchId/cancel", async (c) => {
    const { id, batchId } = c.req.param();
    await vectorStores.cancelBatch(projectOf(c), id, batchId);
    return c.json(await batchObject(c, id, batchId));
  });
  app.get("/vector_stores/:id/file_batches/:batchId/files", async (c) => {
    const { id, batchId } = c.req.param();
    const query = readPage(c.req.query(), "vector_store_files");
    const page = await vectorStores.filePage(projectOf(c), id, query, { status: fileStatus(c), batchId });
    return c.json(toList(page, toVectorStoreFileObject));
  });

  async function batchObject(c: Context, storeId: string, id: string) {
    const batch = await vectorStores.getBatch(projectOf(c), storeId, id);
    return toBatchObject(batch, (await vectorStores.usage([storeId], { batchId: id })).get(storeId)!.counts);
  }
  return app;
}

function toAdd({ file_id, attributes, chunking_strategy }: z.output<typeof CreateFile>) {
  return { fileId: file_id, attributes, chunking: chunking_strategy as ChunkingStrategy | undefined };
}
