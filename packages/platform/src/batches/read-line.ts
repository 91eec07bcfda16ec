import type { BatchEndpoint, BatchProblem, BatchRequest } from "./types.ts";

/** Reads a line of a batch's input; what is wrong with it is told, never thrown. */
export function readBatchLine(
  text: string,
  { line, endpoint }: { line: number; endpoint: BatchEndpoint },
): { request: BatchRequest } | { problem: BatchProblem } {
  const problem = (code: string, message: string, param: string | null = null) => {
    return { problem: { code, message, param, line } };
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return problem("invalid_json_line", `This line is not parseable as valid JSON: ${(error as Error).message}.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return problem("invalid_request", "This line is no JSON object.");
  }
  const { custom_id, method, url, body } = value as Record<string, unknown>;
  if (typeof custom_id !== "string" || custom_id === "") {
    return problem("missing_required_parameter", "`custom_id` has to be a text that names the request.", "custom_id");
  }
  if (custom_id.length > 512) return problem("invalid_custom_id", "`custom_id` is longer than 512.", "custom_id");
  if (method !== "POST")
    return problem("invalid_method", `\`method\` is ${JSON.stringify(method)}, not "POST".`, "method");
  if (url !== endpoint) {
    return problem("mismatched_url", `\`url\` is ${JSON.stringify(url)}; this batch is for ${endpoint}.`, "url");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return problem("invalid_request", "`body` has to be the JSON object of the request.", "body");
  }
  return { request: { customId: custom_id, url: endpoint, body: body as Record<string, unknown> } };
}
