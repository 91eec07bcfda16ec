import { InputError } from "@loam/core";
import { type PreparedRows, prepareRows } from "../ingest/prepare-rows.ts";
import type { PriceTable } from "../prices/prices.ts";
import { recordOfPlain } from "../record/span-record.ts";
import { addSecret } from "../secrets/secrets.ts";
import { decodeOtlpJson } from "./decode-json.ts";
import { decodeOtlpProtobuf } from "./decode-protobuf.ts";

/** The body of a request to export traces, and what this process knows that reading it needs. */
export interface OtlpExport {
  bytes: Uint8Array;
  encoding: "json" | "protobuf";
  /** Where the spans belong; left out, their resource says it. */
  project?: string;
  prices: PriceTable;
  /** Known secrets, which a thread of its own has not heard of. */
  secrets: readonly string[];
}

export interface PreparedExport extends PreparedRows {
  /** Why spans could not be kept, one sentence each. */
  rejected: string[];
}

/** From bytes to rows: decoding, dialects, redaction. */
export async function prepareExport({
  bytes,
  encoding,
  project,
  prices,
  secrets,
}: OtlpExport): Promise<PreparedExport> {
  for (const secret of secrets) addSecret(secret);
  const { spans, rejected } = encoding === "protobuf" ? decodeOtlpProtobuf(bytes) : decodeOtlpJson(parseJson(bytes));
  const records = spans.map((span) =>
    recordOfPlain(span, { prices, project: project ?? serviceOf(span.resource) ?? "default" }),
  );
  return { ...(await prepareRows(records, prices)), rejected };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (cause) {
    throw new InputError("invalid_json", `The body is no JSON (${(cause as Error).message}).`, {
      hint: "send one JSON document in UTF-8",
      cause,
    });
  }
}

/** The project, else the service; an exporter whose user named neither says `unknown_service`. */
function serviceOf(resource: Record<string, unknown>): string | undefined {
  for (const key of ["openinference.project.name", "service.name"]) {
    const name = resource[key];
    if (typeof name === "string" && name !== "" && !name.startsWith("unknown_service")) return name;
  }
  return undefined;
}
