import { randomUUID } from "node:crypto";
import { InputError, LoamError, loggable, NotFoundError } from "@loam/core";
import {
  aliasesOf,
  createDataset,
  getDataset,
  getEntry,
  listDatasets,
  listVersions,
  NameTakenError,
  type NewFeedback,
  OverloadedError,
  putExamples,
  putFeedback,
  recordOf,
} from "@loam/observe";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { toErrorBody } from "../../http/errors.ts";
import { readJson } from "../../http/read-bytes.ts";
import type { Surface } from "../../http/surface.ts";
import type { Services } from "../../services/services.ts";
import { otlpCredential, takeTraces } from "../otlp/surface.ts";

type Json = Record<string, unknown>;
const maxBytes = 64 * 1024 ** 2;

/** What Langfuse's clients (5 and later) need: traces by OTLP, scores, prompts and datasets. */
export function langfuseSurface({ store, prices, version }: Services): Surface {
  const app = new Hono().basePath("/api/public");
  const project = { id: "loam", name: "loam", metadata: {}, organization: { id: "loam", name: "loam" } };
  app.get("/projects", (c) => c.json({ data: [project] }));
  app.get("/health", (c) => c.json({ status: "OK", version }));
  app.post("/otel/v1/traces", (c) => takeTraces(c, store, prices));
  app.post("/scores", async (c) => {
    const body = await readJson(c.req.raw, { maxBytes });
    const made = await putFeedback(store, (Array.isArray(body) ? body : [body]).map(readScore));
    return c.json(Array.isArray(body) ? made.map(({ id }) => ({ id })) : { id: made[0]!.id });
  });
  app.post("/ingestion", async (c) => {
    const batch = recordOf(await readJson(c.req.raw, { maxBytes }))?.batch;
    if (!Array.isArray(batch))
      throw new InputError("invalid_body", "`batch` is no list.", {
        details: { name: "batch" },
        hint: 'send `{ "batch": [ … ] }`',
      });
    const successes: Json[] = [];
    const errors: Json[] = [];
    for (const event of batch as Json[])
      try {
        if (event.type !== "score-create")
          throw new InputError("unsupported_event", `Events of type ${JSON.stringify(event.type)} come by OTLP.`, {
            hint: "send them to /api/public/otel/v1/traces, as Langfuse's SDK from version 3 does",
          });
        await putFeedback(store, [readScore(event.body)]);
        successes.push({ id: event.id, status: 201 });
      } catch (error) {
        if (!(error instanceof LoamError)) throw error;
        errors.push({ id: event?.id, status: error.status, message: error.message });
      }
    return c.json({ successes, errors }, 207);
  });
  app.get("/v2/prompts/:name", async (c) => {
    const entry = await getEntry(store, c.req.param("name"));
    const versions = await listVersions(store, { name: entry.name });
    const aliases = (await aliasesOf(store, [entry.name])).get(entry.name) ?? {};
    const wanted = c.req.query("version")
      ? Number(c.req.query("version"))
      : aliases[c.req.query("label") ?? "production"];
    const newest = Math.max(...versions.map((each) => each.version));
    const found = versions.find((each) => each.version === (wanted ?? newest));
    if (!found)
      throw new NotFoundError("prompt", `${entry.name}/${c.req.query("version") ?? c.req.query("label") ?? ""}`);
    const labels = Object.entries(aliases).flatMap(([label, number]) => (number === found.version ? [label] : []));
    const manifest = recordOf(found.content)?.manifest;
    const prompt = found.tags["mlflow.prompt.text"] ?? (manifest === undefined ? "" : JSON.stringify(manifest));
    return c.json({ name: entry.name, version: found.version, type: "text", prompt, config: {}, labels, tags: [] });
  });
  app.post("/v2/datasets", async (c) => {
    const body = await object(c);
    const name = text(body, "name");
    const [before] = await listDatasets(store, { name });
    const made =
      before ?? (await createDataset(store, { name, description: (body.description as string | null) ?? null }));
    return c.json({ ...made, projectId: "loam", metadata: body.metadata ?? null, updatedAt: made.modifiedAt });
  });
  app.get("/v2/datasets/:name", async (c) => c.json(await getDataset(store, { name: c.req.param("name") })));
  app.post("/dataset-items", async (c) => {
    const body = await object(c);
    const { id: datasetId, name } = await getDataset(store, { name: text(body, "datasetName") });
    const [made] = await putExamples(store, datasetId, [
      {
        id: typeof body.id === "string" ? body.id : randomUUID(),
        inputs: recordOf(body.input) ?? { input: body.input ?? null },
        outputs:
          body.expectedOutput === undefined ? null : (recordOf(body.expectedOutput) ?? { output: body.expectedOutput }),
        metadata: recordOf(body.metadata) ?? null,
      },
    ]);
    return c.json({
      id: made!.id,
      status: "ACTIVE",
      input: body.input,
      expectedOutput: body.expectedOutput ?? null,
      datasetId,
      datasetName: name,
    });
  });
  return {
    name: "langfuse",
    prefixes: ["/api/public"],
    app,
    respondToError: refuse,
    bodyLimitBytes: () => maxBytes,
    credential: otlpCredential,
    isOpen: (method, path) => method === "GET" && path === "/api/public/health",
  };
}

async function object(c: Context): Promise<Json> {
  const body = recordOf(await readJson(c.req.raw, { maxBytes }));
  if (!body) throw new InputError("invalid_body", "The body is no JSON object.", { hint: "send a JSON object" });
  return body;
}

function text(body: Json, name: string): string {
  const value = body[name];
  if (typeof value === "string" && value !== "") return value;
  throw new InputError("invalid_field", `\`${name}\` is ${JSON.stringify(value)}; expected a text.`, {
    details: { name },
  });
}

/** A score: of a trace, or of one of its observations. @throws {InputError} */
function readScore(given: unknown): NewFeedback {
  const body = recordOf(given);
  if (!body)
    throw new InputError("invalid_score", "A score is no JSON object.", {
      hint: 'send `{ "traceId": …, "name": …, "value": … }`',
    });
  const value = typeof body.value === "boolean" ? Number(body.value) : body.value;
  if (typeof value !== "number" && typeof value !== "string")
    throw new InputError("invalid_score", `\`value\` is ${JSON.stringify(value)}; expected a number or a text.`, {
      details: { name: "value" },
    });
  return {
    ...(typeof body.id === "string" ? { id: body.id } : {}),
    key: text(body, "name"),
    traceId: typeof body.traceId === "string" ? body.traceId.replaceAll("-", "").toLowerCase() : null,
    spanId: typeof body.observationId === "string" ? body.observationId.toLowerCase() : null,
    score: typeof value === "number" && Number.isFinite(value) ? value : null,
    value,
    comment: typeof body.comment === "string" ? body.comment : null,
    source: { type: "api" },
    origin: { data_type: body.dataType, metadata: body.metadata, session_id: body.sessionId },
  };
}

function refuse(error: Error, c: Context): Response {
  const { body, status } = toErrorBody(error);
  if (status >= 500 && !(error instanceof LoamError)) console.error(loggable(error));
  if (error instanceof OverloadedError) c.header("Retry-After", String(error.retryAfterSeconds));
  const shown = error instanceof NameTakenError ? 409 : status;
  return c.json({ message: body.error.message, error: body.error.code }, shown as ContentfulStatusCode);
}
