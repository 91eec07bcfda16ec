import { LoamError, loggable } from "@loam/core";
import { findProject, OverloadedError, otlpExportResponse, otlpStatus, takeOtlpExport } from "@loam/observe";
import type { Store } from "@loam/store";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { toErrorBody } from "../../http/errors.ts";
import { readBytes, UnsupportedMediaError } from "../../http/read-bytes.ts";
import { basicPassword, bearerToken, type Surface } from "../../http/surface.ts";
import type { Services } from "../../services/services.ts";

const maxBytes = 64 * 1024 ** 2;

/** OTLP over HTTP (opentelemetry-proto, docs/specification.md): traces are kept; metrics and logs are taken and let go. */
export function otlpSurface({ store, prices }: Services): Surface {
  const app = new Hono();
  app.post("/v1/traces", (c) => takeTraces(c, store, prices));
  for (const path of ["/v1/metrics", "/v1/logs"])
    app.post(path, async (c) => {
      const isProtobuf = checkType(c);
      await readBytes(c.req.raw, { maxBytes });
      return respond(c, isProtobuf, 200, otlpExportResponse(0, ""));
    });
  return {
    name: "otlp",
    prefixes: ["/v1/traces", "/v1/metrics", "/v1/logs"],
    app,
    respondToError: refuse,
    bodyLimitBytes: () => maxBytes,
    credential: otlpCredential,
  };
}

/** Exporters put a token where their user's `OTEL_EXPORTER_OTLP_HEADERS` say. */
export function otlpCredential(headers: Headers): string | undefined {
  return bearerToken(headers) ?? headers.get("x-api-key") ?? basicPassword(headers);
}

/** Reads the spans of an export, writes them, and says which could not be kept. */
export async function takeTraces(c: Context, store: Store, prices: Services["prices"]): Promise<Response> {
  const isProtobuf = checkType(c);
  const bytes = await readBytes(c.req.raw, { maxBytes });
  const rejected = await takeOtlpExport(store, {
    bytes,
    encoding: isProtobuf ? "protobuf" : "json",
    project: await projectOf(c, store),
    prices,
  });
  const reasons = rejected.slice(0, 5).join("; ");
  const message = rejected.length > 5 ? `${reasons}; and ${rejected.length - 5} more` : reasons;
  return respond(c, isProtobuf, 200, otlpExportResponse(rejected.length, message));
}

/** Whether the body is protobuf. @throws {UnsupportedMediaError} when it is neither that nor JSON. */
function checkType(c: Context): boolean {
  const type = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type === "application/x-protobuf" || type === "application/protobuf") return true;
  if (type === "application/json") return false;
  throw new UnsupportedMediaError(
    `The body is ${JSON.stringify(type)}.`,
    "send `application/x-protobuf` or `application/json`",
  );
}

/** MLflow's exporter names the experiment in a header. */
async function projectOf(c: Context, store: Store): Promise<string | undefined> {
  const experiment = c.req.header("x-mlflow-experiment-id");
  if (experiment === undefined || !/^\d{1,9}$/.test(experiment)) return undefined;
  return (await findProject(store, { id: Number(experiment) }))?.name;
}

function respond(
  c: Context,
  isProtobuf: boolean,
  status: number,
  { json, bytes }: { json: unknown; bytes: Uint8Array },
): Response {
  if (!isProtobuf) return c.json(json as Record<string, unknown>, status as ContentfulStatusCode);
  return c.body(bytes as Uint8Array<ArrayBuffer>, status as ContentfulStatusCode, {
    "content-type": "application/x-protobuf",
  });
}

/** `google.rpc.Status` in the request's own content type; a client tries again only after 429, 502, 503 and 504. */
function refuse(error: Error, c: Context): Response {
  const { body, status } = toErrorBody(error);
  if (status >= 500 && !(error instanceof LoamError)) console.error(loggable(error));
  if (error instanceof OverloadedError) c.header("Retry-After", String(error.retryAfterSeconds));
  else if (status === 503) c.header("Retry-After", "5");
  const isProtobuf = (c.req.header("content-type") ?? "").includes("protobuf");
  return respond(c, isProtobuf, status, otlpStatus(status === 400 ? 3 : status >= 500 ? 14 : 2, body.error.message));
}
