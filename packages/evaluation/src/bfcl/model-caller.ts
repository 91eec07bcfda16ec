import type { LanguageModelV4 } from "@ai-sdk/provider";
import { mapConcurrently } from "../concurrency/map-concurrently.ts";
import type { CallerAnswer, CallerRow, Decoding, FunctionCaller } from "./run-benchmark.ts";

/** A model behind the AI SDK's interface. Names with dots, which many services refuse, go out with underscores. */
export const modelCaller = (
  model: LanguageModelV4,
  { concurrency = 4 }: { concurrency?: number } = {},
): FunctionCaller => ({
  name: model.modelId,
  batchSize: concurrency,
  call: (rows, { decoding, signal }) =>
    mapConcurrently(rows, (row) => callOnce(model, row, { decoding, signal }), {
      concurrency,
      signal,
      what: "the evaluation",
    }),
});

async function callOnce(
  model: LanguageModelV4,
  row: CallerRow,
  { decoding, signal }: { decoding: Decoding; signal?: AbortSignal },
): Promise<CallerAnswer> {
  const names = new Map(row.tools.map(({ name }) => [wireName(name), name]));
  const { content } = await model.doGenerate({
    prompt: row.messages.map(toPrompt),
    tools: row.tools.map(({ name, description, parameters }) => ({
      type: "function",
      name: wireName(name),
      description,
      inputSchema: parameters,
    })),
    toolChoice: { type: decoding === "constrained" && !row.decisionOnly ? "required" : "auto" },
    temperature: 0,
    ...(signal && { abortSignal: signal }),
  });
  return {
    calls: content.flatMap((part) =>
      part.type === "tool-call" ? [{ name: names.get(part.toolName) ?? part.toolName, input: part.input }] : [],
    ),
    text: content.map((part) => (part.type === "text" ? part.text : "")).join(""),
  };
}

const wireName = (name: string): string => name.replaceAll(".", "_");

function toPrompt({ role, content }: CallerRow["messages"][number]) {
  if (role === "system") return { role: "system" as const, content };
  if (role === "assistant") return { role: "assistant" as const, content: [{ type: "text" as const, text: content }] };
  return { role: "user" as const, content: [{ type: "text" as const, text: content }] };
}
