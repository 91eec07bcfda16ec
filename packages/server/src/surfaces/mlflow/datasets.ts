import { createHash } from "node:crypto";
import {
  createDataset,
  type Dataset,
  deleteDataset,
  deleteExamples,
  type Example,
  getDataset,
  listDatasets,
  listExamples,
  putExamples,
  updateDataset,
} from "@loam/observe";
import type { Store } from "@loam/store";
import type { Context, Hono } from "hono";
import { given, invalidParameter, type Json, object, page, readRequest, required, text, texts } from "./http.ts";

/** Evaluation datasets: the same ones that LangSmith's clients see. */
export function datasetRoutes(app: Hono, store: Store): void {
  app.post("/datasets/create", async (c) => {
    const body = await readRequest(c);
    const made = await createDataset(store, {
      id: `d-${crypto.randomUUID().replaceAll("-", "")}`,
      name: required(body, "name"),
      tags: jsonObject(body, "tags") as Record<string, string>,
      extra: given({
        experiment_ids: texts(body, "experiment_ids"),
        source: body.source,
        source_type: body.source_type,
      }),
    });
    return c.json({ dataset: await show(store, made) });
  });
  const search = async (c: Context) => {
    const body = await readRequest(c);
    const { limit, offset, next } = page(body, { otherwise: 1000, most: 10_000 });
    const name = /^\s*(?:attributes\.)?name\s*=\s*'([^']*)'\s*$/.exec(
      text(body, "filter_string") ?? text(body, "filter") ?? "",
    )?.[1];
    const found = await listDatasets(store, { name, limit: limit + 1, offset });
    const wanted = texts(body, "experiment_ids");
    const shown = found
      .slice(0, limit)
      .filter(
        ({ extra }) =>
          wanted.length === 0 || wanted.some((id) => ((extra.experiment_ids as string[]) ?? []).includes(id)),
      );
    return c.json({
      datasets: await Promise.all(shown.map((each) => show(store, each))),
      next_page_token: next(found.length),
    });
  };
  app.post("/datasets/search", search);
  app.get("/datasets/search", search);
  app.get("/datasets/:id", async (c) => c.json({ dataset: await show(store, await one(store, c)) }));
  app.delete("/datasets/:id", async (c) => {
    await deleteDataset(store, c.req.param("id"));
    return c.json({});
  });
  app.patch("/datasets/:id/tags", async (c) => {
    const { id, tags } = await one(store, c);
    const changed = await updateDataset(store, id, {
      tags: { ...tags, ...jsonObject(await readRequest(c), "tags") } as Record<string, string>,
    });
    return c.json({ dataset: await show(store, changed) });
  });
  app.delete("/datasets/:id/tags/:key", async (c) => {
    const { id, tags } = await one(store, c);
    const { [c.req.param("key")]: _, ...rest } = tags;
    await updateDataset(store, id, { tags: rest });
    return c.json({});
  });
  app.get("/datasets/:id/experiment-ids", async (c) => {
    const { extra } = await one(store, c);
    return c.json({ experiment_ids: extra.experiment_ids ?? [] });
  });
  const experiments = (how: "add" | "remove") => async (c: Context) => {
    const { id, extra } = await one(store, c);
    const named = texts(await readRequest(c), "experiment_ids");
    const known = (extra.experiment_ids as string[] | undefined) ?? [];
    const ids = how === "add" ? [...new Set([...known, ...named])] : known.filter((each) => !named.includes(each));
    return c.json({
      dataset: await show(store, await updateDataset(store, id, { extra: { ...extra, experiment_ids: ids } })),
    });
  };
  app.post("/datasets/:id/add-experiments", experiments("add"));
  app.post("/datasets/:id/remove-experiments", experiments("remove"));
  app.post("/datasets/:id/records", async (c) => {
    const { id } = await one(store, c);
    const body = await readRequest(c);
    const records = typeof body.records === "string" ? (JSON.parse(body.records) as unknown) : body.records;
    if (!Array.isArray(records)) throw invalidParameter("records", body.records, "a list, or its JSON");
    const known = new Set(
      (await listExamples(store, { datasetId: id, limit: 1_000_000 })).map((example) => example.id),
    );
    // A record with the same inputs is the same record.
    const added = (records as Json[]).map((record) => ({
      id: `dr-${createHash("sha256")
        .update(`${id} ${JSON.stringify(record.inputs)}`)
        .digest("hex")
        .slice(0, 32)}`,
      inputs: object(record, "inputs") ?? {},
      outputs: given({ expectations: object(record, "expectations"), outputs: record.outputs }),
      metadata: given({ tags: object(record, "tags"), source: record.source }),
    }));
    const byId = new Map(added.map((each) => [each.id, each]));
    await putExamples(store, id, [...byId.values()]);
    const updated = [...byId.keys()].filter((each) => known.has(each)).length;
    return c.json({ inserted_count: byId.size - updated, updated_count: updated });
  });
  app.get("/datasets/:id/records", async (c) => {
    const { id } = await one(store, c);
    const { limit, offset, next } = page(await readRequest(c), { otherwise: 1000, most: 10_000 });
    const found = await listExamples(store, { datasetId: id, limit: limit + 1, offset });
    return c.json({
      records: JSON.stringify(found.slice(0, limit).map(showRecord)),
      next_page_token: next(found.length),
    });
  });
  app.delete("/datasets/:id/records", async (c) => {
    await one(store, c);
    return c.json({ deleted_count: await deleteExamples(store, texts(await readRequest(c), "dataset_record_ids")) });
  });
}

async function one(store: Store, c: Context) {
  return await getDataset(store, { id: c.req.param("id")! });
}

/** An object, or the JSON of one. */
function jsonObject(body: Json, name: string): Json {
  const value = body[name];
  if (typeof value !== "string") return object(body, name) ?? {};
  try {
    return object({ [name]: value === "" ? {} : JSON.parse(value) }, name) ?? {};
  } catch {
    throw invalidParameter(name, value, "a JSON object");
  }
}

async function show(store: Store, dataset: Dataset): Promise<Json> {
  const { examples } = await getDataset(store, { id: dataset.id });
  return {
    dataset_id: dataset.id,
    name: dataset.name,
    tags: JSON.stringify(dataset.tags),
    schema: "{}",
    profile: JSON.stringify({ num_records: examples }),
    digest: createHash("sha256").update(`${dataset.id} ${dataset.modifiedAt.getTime()}`).digest("hex").slice(0, 8),
    created_time: dataset.createdAt.getTime(),
    last_update_time: dataset.modifiedAt.getTime(),
    created_by: "",
    last_updated_by: "",
    experiment_ids: dataset.extra.experiment_ids ?? [],
  };
}

function showRecord(example: Example): Json {
  const outputs = example.outputs ?? {};
  return given({
    dataset_record_id: example.id,
    dataset_id: example.datasetId,
    inputs: example.inputs,
    expectations:
      outputs.expectations ?? (outputs.outputs === undefined && Object.keys(outputs).length > 0 ? outputs : {}),
    outputs: outputs.outputs,
    tags: example.metadata?.tags ?? {},
    source: example.metadata?.source,
    created_time: example.createdAt.getTime(),
    last_update_time: example.modifiedAt.getTime(),
  });
}
