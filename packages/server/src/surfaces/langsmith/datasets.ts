import { InputError } from "@loam/core";
import {
  createDataset,
  type Dataset,
  type DatasetWithCounts,
  deleteDataset,
  deleteExamples,
  type Example,
  filesOf,
  getDataset,
  getFile,
  listDatasets,
  listExamples,
  putExamples,
  putFile,
  type StoredFile,
  streamFile,
  updateDataset,
  updateExample,
} from "@loam/observe";
import type { Store } from "@loam/store";
import type { Context, Hono } from "hono";
import { parseJson } from "../../http/read-bytes.ts";
import { readMultipart } from "../../http/read-multipart.ts";
import { maxBytes, numberQuery, objectField, readObject, requiredText, textField } from "./http.ts";
import { isUuid, tenantId, uuidOf } from "./ids.ts";
import { readExample } from "./read-example.ts";
import type { Json } from "./read-run.ts";

/** Datasets and their examples, with attachments. */
export function datasetRoutes(app: Hono, store: Store, prefix: string): void {
  app.post("/datasets", async (c) => {
    const body = await readObject(c);
    const made = await createDataset(store, {
      name: requiredText(body, "name"),
      ...(body.id ? { id: uuidOf(body.id, "id") } : {}),
      description: textField(body, "description") ?? null,
      dataType: textField(body, "data_type") ?? "kv",
      extra: { ...objectField(body, "extra"), ...schemas(body) },
    });
    return c.json(showDataset({ ...made, examples: 0, experiments: 0 }));
  });
  app.get("/datasets", async (c) => {
    const found = await listDatasets(store, {
      ids: c.req.queries("id")?.map((id) => uuidOf(id, "id")),
      name: c.req.query("name"),
      nameContains: c.req.query("name_contains"),
      limit: numberQuery(c, "limit", 100, 1000),
      offset: numberQuery(c, "offset", 0, 1e9),
    });
    return c.json(found.map(showDataset));
  });
  app.get("/datasets/:id", async (c) =>
    c.json(showDataset(await getDataset(store, { id: uuidOf(c.req.param("id"), "id") }))),
  );
  app.patch("/datasets/:id", async (c) => {
    const body = await readObject(c);
    const id = uuidOf(c.req.param("id"), "id");
    const before = await getDataset(store, { id });
    const name = textField(body, "name");
    const description = textField(body, "description");
    const changed = await updateDataset(store, id, {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      extra: { ...before.extra, ...objectField(body, "metadata"), ...schemas(body) },
    });
    return c.json(showDataset(changed));
  });
  app.delete("/datasets/:id", async (c) => {
    await deleteDataset(store, uuidOf(c.req.param("id"), "id"));
    return c.json({});
  });
  const version = async (c: Context) => {
    const { modifiedAt } = await getDataset(store, { id: uuidOf(c.req.param("id"), "id") });
    return { tags: ["latest"], as_of: modifiedAt.toISOString() };
  };
  app.get("/datasets/:id/version", async (c) => c.json(await version(c)));
  app.get("/datasets/:id/versions", async (c) => c.json([await version(c)]));
  app.get("/datasets/:id/tags", async (c) => c.json([await version(c)]));
  app.put("/datasets/:id/tags", async (c) => c.json(await version(c)));
  app.get("/datasets/:id/splits", async (c) => {
    const all = await listExamples(store, { datasetId: uuidOf(c.req.param("id"), "id"), limit: 100_000 });
    return c.json([...new Set(all.flatMap(({ split }) => split ?? ["base"]))]);
  });
  app.put("/datasets/:id/splits", async (c) => {
    const body = await readObject(c);
    const split = requiredText(body, "split_name");
    const ids = list(body, "examples").map((id) => uuidOf(id, "examples"));
    for (const { id, split: splits } of await listExamples(store, { ids, limit: 100_000 })) {
      const others = (splits ?? ["base"]).filter((name) => name !== split);
      await updateExample(store, id, { split: body.remove === true ? others : [...others, split] });
    }
    return c.json([split]);
  });
  app.get("/datasets/:id/jsonl", async (c) => {
    const all = await listExamples(store, { datasetId: uuidOf(c.req.param("id"), "id"), limit: 100_000 });
    return c.text(
      all.map((example) => JSON.stringify({ inputs: example.inputs, outputs: example.outputs })).join("\n"),
    );
  });
  exampleRoutes(app, store, prefix);
}

function exampleRoutes(app: Hono, store: Store, prefix: string): void {
  const show = async (c: Context, found: readonly Example[]) => {
    const attachments = await filesOf(
      store,
      found.map(({ id }) => `example/${id}`),
    );
    const base = `${new URL(c.req.url).origin}${prefix}`;
    return found.map((example) => showExample(example, attachments.get(`example/${example.id}`) ?? [], base));
  };
  app.post("/examples", async (c) => {
    const body = await readObject(c);
    const datasetId = body.dataset_id
      ? uuidOf(body.dataset_id, "dataset_id")
      : (await getDataset(store, { name: requiredText(body, "dataset_name") })).id;
    return c.json((await show(c, await putExamples(store, datasetId, [readExample(body)])))[0]!);
  });
  app.post("/examples/bulk", async (c) => {
    const body: unknown = parseJson(new Uint8Array(await c.req.raw.arrayBuffer()));
    if (!Array.isArray(body))
      throw new InputError("invalid_body", "The body is no list of examples.", {
        hint: "send a JSON array of examples",
      });
    const byDataset = Map.groupBy(body as Json[], ({ dataset_id }) => uuidOf(dataset_id, "dataset_id"));
    const made: Example[] = [];
    for (const [datasetId, group] of byDataset)
      made.push(...(await putExamples(store, datasetId, group.map(readExample))));
    return c.json(await show(c, made));
  });
  app.patch("/examples/bulk", async (c) => {
    const body: unknown = parseJson(new Uint8Array(await c.req.raw.arrayBuffer()));
    if (!Array.isArray(body))
      throw new InputError("invalid_body", "The body is no list of examples.", {
        hint: "send a JSON array of examples",
      });
    for (const each of body as Json[]) await updateExample(store, uuidOf(each.id, "id"), changesOf(each));
    return c.json({ message: `${body.length} examples updated`, count: body.length });
  });
  app.get("/examples/count", async (c) => {
    const { examples } = await getDataset(store, { id: uuidOf(c.req.query("dataset"), "dataset") });
    return c.json(examples);
  });
  app.get("/examples", async (c) => {
    const metadata = c.req.query("metadata");
    const dataset = c.req.query("dataset");
    const found = await listExamples(store, {
      datasetId: dataset === undefined ? undefined : uuidOf(dataset, "dataset"),
      ids: c.req.queries("id")?.map((id) => uuidOf(id, "id")),
      splits: c.req.queries("splits"),
      metadata: metadata === undefined ? undefined : (parseJson(Buffer.from(metadata)) as Json),
      text: c.req.queries("full_text_contains"),
      limit: numberQuery(c, "limit", 100, 10_000),
      offset: numberQuery(c, "offset", 0, 1e9),
    });
    return c.json(await show(c, found));
  });
  app.get("/examples/:id", async (c) => {
    const id = uuidOf(c.req.param("id"), "id");
    const found = await listExamples(store, { ids: [id] });
    if (found.length === 0) await updateExample(store, id, {}); // says that there is none
    return c.json((await show(c, found))[0]!);
  });
  app.get("/examples/:id/attachments/:name", async (c) => {
    const file = await getFile(store, `example/${uuidOf(c.req.param("id"), "id")}`, c.req.param("name"));
    return c.body(await streamFile(store, file), 200, {
      "content-type": file.contentType ?? "application/octet-stream",
      "content-security-policy": "sandbox",
    });
  });
  app.patch("/examples/:id", async (c) => {
    const changed = await updateExample(store, uuidOf(c.req.param("id"), "id"), changesOf(await readObject(c)));
    return c.json((await show(c, [changed]))[0]!);
  });
  app.delete("/examples/:id", async (c) => {
    const id = uuidOf(c.req.param("id"), "id");
    if ((await deleteExamples(store, [id])) === 0) await updateExample(store, id, {});
    return c.json({});
  });
  app.delete("/examples", async (c) => {
    await deleteExamples(
      store,
      (c.req.queries("example_ids") ?? []).map((id) => uuidOf(id, "example_ids")),
    );
    return c.json({});
  });
  app.post("/v1/platform/datasets/examples/delete", async (c) => {
    const ids = list(await readObject(c), "example_ids").map((id) => uuidOf(id, "example_ids"));
    return c.json({ count: await deleteExamples(store, ids) });
  });

  const upload = async (c: Context) => {
    const datasetId = uuidOf(c.req.param("id"), "dataset id");
    await getDataset(store, { id: datasetId });
    const { examples, attachments } = readExampleParts(await readMultipart(c.req.raw, { maxBytes }));
    const ids = [...examples.keys()];
    if (c.req.method === "PATCH") for (const [id, each] of examples) await updateExample(store, id, changesOf(each));
    else
      await putExamples(
        store,
        datasetId,
        [...examples].map(([id, each]) => ({ ...readExample(each), id })),
      );
    for (const { id, name, contentType, bytes } of attachments)
      await putFile(store, { scope: `example/${id}`, path: name, contentType, bytes });
    return c.json({ count: ids.length, example_ids: ids }, 201);
  };
  for (const path of ["/v1/platform/datasets/:id/examples", "/platform/datasets/:id/examples"]) {
    app.post(path, upload);
    app.patch(path, upload);
  }
}

/** `<uuid>`, `<uuid>.inputs`, `.outputs`, `.metadata`, `.attachments_operations`, `<uuid>.attachment.<name>`. */
function readExampleParts(parts: Awaited<ReturnType<typeof readMultipart>>) {
  const examples = new Map<string, Json>();
  const attachments: { id: string; name: string; contentType: string; bytes: Uint8Array }[] = [];
  for (const { name, contentType, bytes } of parts) {
    const [, rawId, rest] = /^([0-9a-fA-F-]{32,36})(?:\.(.+))?$/.exec(name) ?? [];
    if (!isUuid(rawId))
      throw new InputError("invalid_part", `The part ${JSON.stringify(name.slice(0, 80))} is not understood.`, {
        hint: "parts are named ID, ID.inputs, ID.outputs or ID.attachments.NAME",
      });
    const id = uuidOf(rawId, name);
    const example = examples.get(id) ?? {};
    examples.set(id, example);
    if (rest === undefined) Object.assign(example, parseJson(bytes));
    else if (rest.startsWith("attachment."))
      attachments.push({
        id,
        name: rest.slice("attachment.".length),
        contentType: contentType.replace(/;?\s*length=\d+/, ""),
        bytes,
      });
    else if (["inputs", "outputs", "metadata"].includes(rest)) example[rest] = parseJson(bytes);
  }
  return { examples, attachments };
}

function changesOf(body: Json): Partial<Pick<Example, "inputs" | "outputs" | "metadata" | "split">> {
  const { split } = readExample(body);
  const inputs = objectField(body, "inputs");
  const outputs = objectField(body, "outputs");
  const metadata = objectField(body, "metadata");
  return {
    ...(inputs && { inputs }),
    ...(outputs && { outputs }),
    ...(metadata && { metadata }),
    ...(split && { split }),
  };
}

function list(body: Json, name: string): unknown[] {
  const value = body[name];
  if (Array.isArray(value)) return value;
  throw new InputError("invalid_field", `\`${name}\` is no list.`, { details: { name }, hint: "send a JSON array" });
}

function schemas(body: Json): Json {
  return Object.fromEntries(
    ["inputs_schema_definition", "outputs_schema_definition", "transformations", "externally_managed"].flatMap(
      (name) => (body[name] === undefined ? [] : [[name, body[name]]]),
    ),
  );
}

function showDataset(dataset: DatasetWithCounts | (Dataset & { examples: number; experiments: number })): Json {
  const { inputs_schema_definition, outputs_schema_definition, transformations, externally_managed, ...metadata } =
    dataset.extra;
  return {
    id: dataset.id,
    tenant_id: tenantId,
    name: dataset.name,
    description: dataset.description,
    data_type: dataset.dataType,
    created_at: dataset.createdAt.toISOString(),
    modified_at: dataset.modifiedAt.toISOString(),
    example_count: dataset.examples,
    session_count: dataset.experiments,
    last_session_start_time: null,
    inputs_schema_definition: inputs_schema_definition ?? null,
    outputs_schema_definition: outputs_schema_definition ?? null,
    externally_managed: externally_managed ?? false,
    transformations: transformations ?? null,
    metadata: metadata.metadata ?? metadata,
  };
}

function showExample(example: Example, attachments: readonly StoredFile[], base: string): Json {
  return {
    id: example.id,
    dataset_id: example.datasetId,
    name: example.id,
    inputs: example.inputs,
    outputs: example.outputs,
    metadata: { ...example.metadata, dataset_split: example.split ?? ["base"] },
    created_at: example.createdAt.toISOString(),
    modified_at: example.modifiedAt.toISOString(),
    source_run_id: example.sourceRunId,
    attachment_urls:
      attachments.length === 0
        ? null
        : Object.fromEntries(
            attachments.map(({ path, contentType }) => {
              const url = `${base}/examples/${example.id}/attachments/${encodeURIComponent(path)}`;
              return [`attachment.${path}`, { presigned_url: url, storage_url: url, mime_type: contentType }];
            }),
          ),
  };
}
