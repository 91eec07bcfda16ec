/** A function that a model asked for. */
export interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export type ChatMessage =
  | { role: "system" | "user"; content: string }
  | { role: "assistant"; content: string | null; tool_calls?: ToolCall[] }
  | { role: "tool"; tool_call_id: string; content: string };

/** What all columns are asked with. */
export interface ChatSettings {
  system: string;
  temperature: number;
  topP: number;
  maxTokens: number;
  /** Empty: any. */
  seed: string;
  logprobs: boolean;
  /** A JSON Schema that the answer keeps to; empty: free text. */
  schema: string;
  /** Functions as JSON, a list or one; empty: none. */
  functions: string;
}

export const usualSettings: ChatSettings = {
  system: "",
  temperature: 0.7,
  topP: 1,
  maxTokens: 400,
  seed: "",
  logprobs: false,
  schema: "",
  functions: "",
};

/** What a JSON text says, or what is wrong with it. */
export type Parsed<T> = { value: T; problem?: undefined } | { value?: undefined; problem: string };

/** @returns the schema of structured answers; undefined for an empty text. */
export function parseSchema(text: string): Parsed<Record<string, unknown> | undefined> {
  if (text.trim() === "") return { value: undefined };
  const parsed = parseJson(text);
  if (parsed.problem !== undefined) return parsed;
  if (!isRecord(parsed.value)) return { problem: 'a JSON Schema is an object: {"type": "object", …}' };
  return { value: parsed.value };
}

export interface FunctionTool {
  type: "function";
  function: { name: string; description?: string; parameters?: Record<string, unknown>; strict?: boolean };
}

/**
 * Functions as people write them: a list or a single one, as `tools` or as bare definitions.
 *
 * @returns them as `tools`, or the first thing that is wrong, by its place.
 */
export function parseFunctions(text: string): Parsed<FunctionTool[]> {
  if (text.trim() === "") return { value: [] };
  const parsed = parseJson(text);
  if (parsed.problem !== undefined) return parsed;
  const tools: FunctionTool[] = [];
  for (const [index, entry] of [parsed.value].flat().entries()) {
    const at = `[${index}]`;
    const definition = isRecord(entry) && isRecord(entry.function) ? entry.function : entry;
    if (!isRecord(definition)) return { problem: `${at}: a function is an object with a name` };
    const { name, description, parameters, strict } = definition;
    if (typeof name !== "string" || !/^[\w-]{1,64}$/.test(name))
      return { problem: `${at}.name is ${JSON.stringify(name)}; expected 1 to 64 letters, digits, _ or -` };
    if (tools.some((tool) => tool.function.name === name)) return { problem: `${at}.name: ${name} stands there twice` };
    if (description !== undefined && typeof description !== "string")
      return { problem: `${at}.description: expected a text` };
    if (parameters !== undefined && (!isRecord(parameters) || parameters.type !== "object"))
      return { problem: `${at}.parameters: expected a JSON Schema with "type": "object"` };
    const missing = missingRequired(parameters);
    if (missing !== undefined)
      return { problem: `${at}.parameters.required names ${JSON.stringify(missing)}, which is no property` };
    tools.push({
      type: "function",
      function: {
        name,
        ...(description !== undefined && { description: description as string }),
        ...(parameters !== undefined && { parameters: parameters as Record<string, unknown> }),
        ...(typeof strict === "boolean" && { strict }),
      },
    });
  }
  return { value: tools };
}

function missingRequired(parameters: unknown): unknown {
  if (!isRecord(parameters) || !Array.isArray(parameters.required)) return undefined;
  const properties = isRecord(parameters.properties) ? parameters.properties : {};
  return parameters.required.find((name) => typeof name !== "string" || !(name in properties));
}

/** The body of `POST /v1/chat/completions`. */
export function toRequest(model: string, messages: readonly ChatMessage[], settings: ChatSettings) {
  const schema = parseSchema(settings.schema).value;
  const tools = parseFunctions(settings.functions).value ?? [];
  return {
    model,
    messages: [
      ...(settings.system.trim() === "" ? [] : [{ role: "system" as const, content: settings.system }]),
      ...messages,
    ],
    temperature: settings.temperature,
    ...(settings.topP !== 1 && { top_p: settings.topP }),
    max_completion_tokens: settings.maxTokens,
    ...(settings.seed.trim() !== "" && { seed: Number(settings.seed) }),
    ...(settings.logprobs && { logprobs: true, top_logprobs: 3 }),
    ...(schema && { response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } } }),
    ...(tools.length > 0 && { tools }),
  };
}

export type ChatRequest = ReturnType<typeof toRequest>;

function parseJson(text: string): Parsed<unknown> {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
