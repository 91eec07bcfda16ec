import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** `ExportTraceServiceResponse` (and those of metrics and logs, which are alike): empty unless something was refused. */
export function otlpExportResponse(rejected: number, message: string): { json: unknown; bytes: Uint8Array } {
  if (rejected === 0) return { json: {}, bytes: new Uint8Array() };
  const bytes = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int64(rejected)
    .tag(2, WireType.LengthDelimited)
    .string(message)
    .join()
    .finish();
  return { json: { partialSuccess: { rejectedSpans: String(rejected), errorMessage: message } }, bytes };
}

/** `google.rpc.Status`, the body of a refusal. */
export function otlpStatus(code: number, message: string): { json: unknown; bytes: Uint8Array } {
  const bytes = new BinaryWriter()
    .tag(1, WireType.Varint)
    .int32(code)
    .tag(2, WireType.LengthDelimited)
    .string(message)
    .finish();
  return { json: { code, message }, bytes };
}
