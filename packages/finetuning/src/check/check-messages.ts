import { nearestName } from "@loam/core";
import { checkFields, type KnownFunctions } from "./check-tools.ts";
import { mismatches } from "./fits-schema.ts";
import { isObject, type Report } from "./problem.ts";

export const roles = ["system", "developer", "user", "assistant", "tool", "function"];
/** What other formats call the roles. */
export const roleAliases: Readonly<Record<string, string>> = {
  human: "user",
  customer: "user",
  gpt: "assistant",
  bot: "assistant",
  ai: "assistant",
  model: "assistant",
  agent: "assistant",
  observation: "tool",
};

const messageFields: readonly string[] = [
  "role",
  "content",
  "name",
  "weight",
  "tool_calls",
  "function_call",
  "tool_call_id",
  "refusal",
  "annotations",
  "audio",
  "reasoning_content",
];

/** What the messages of a row come to, for those who ask what they end with. */
interface MessageState {
  known: KnownFunctions;
  /** Ids of calls that have no output yet, with the places of the calls. */
  open: Map<string, string>;
  /** Names of legacy calls that have no output yet. */
  openLegacy: string | undefined;
  ids: Set<string>;
  parallel: boolean;
}

/** Checks the messages of a conversation: roles and their order, contents, calls with their arguments and outputs. */
export function checkMessages(
  messages: readonly unknown[],
  known: KnownFunctions,
  report: Report,
  { at = "messages", parallel = true }: { at?: string; parallel?: boolean } = {},
): void {
  const state: MessageState = { known, open: new Map(), openLegacy: undefined, ids: new Set(), parallel };
  let before: string | undefined;
  for (const [i, message] of messages.entries()) {
    const here = `${at}[${i}]`;
    if (!isObject(message)) {
      report(here, message, 'a message: {"role": …, "content": …}');
      continue;
    }
    const { role } = message;
    if (typeof role !== "string" || !roles.includes(role)) {
      const meant =
        typeof role === "string"
          ? (roleAliases[role.toLowerCase()] ?? nearestName(role.toLowerCase(), roles))
          : undefined;
      report(`${here}.role`, role, `one of ${roles.join(", ")}`, meant ? { fix: `write "${meant}"` } : {});
      continue;
    }
    checkFields(message, messageFields, here, report);
    checkOrder(role, before, here, state, report);
    checkMessage(message, role, here, state, report);
    before = role;
  }
  // A row may end with calls; calls of which some have been answered are not at its end.
  if (before === "assistant") return;
  for (const [id, call] of state.open)
    report(call, id, "an output: a message with role tool and this tool_call_id", { severity: "warning" });
}

const isSystem = (role: string | undefined) => role === "system" || role === "developer";

function checkOrder(
  role: string,
  before: string | undefined,
  at: string,
  { open }: MessageState,
  report: Report,
): void {
  if (isSystem(role)) {
    if (before !== undefined && !isSystem(before))
      report(`${at}.role`, role, "system messages at the beginning only", { fix: "move it to the front" });
    return;
  }
  if (role === "assistant" && (before === undefined || isSystem(before)))
    report(`${at}.role`, role, "a message of the user before the first answer", { severity: "warning" });
  if (role === "assistant" && before === "assistant")
    report(`${at}.role`, role, "a message of somebody else between two of the assistant", {
      fix: "join them, or put what came between them back",
      severity: "warning",
    });
  if ((role === "user" || role === "assistant") && open.size > 0) {
    const missing = [...open.keys()].join(", ");
    report(`${at}.role`, role, `the outputs of ${missing} first`, { fix: `add a tool message for ${missing}` });
    open.clear();
  }
}

function checkMessage(
  message: Record<string, unknown>,
  role: string,
  at: string,
  state: MessageState,
  report: Report,
): void {
  const { content, weight, tool_calls, function_call, name } = message;
  if (weight !== undefined && (role !== "assistant" || (weight !== 0 && weight !== 1))) {
    const isNear = role === "assistant" && (String(weight) === "0" || String(weight) === "1");
    report(`${at}.weight`, weight, role === "assistant" ? "0 or 1" : "a weight on assistant messages only", {
      fix: isNear
        ? `write ${weight}`
        : role === "assistant"
          ? "leave it out to learn from the message"
          : "leave it out",
    });
  }
  const hasCalls = tool_calls !== undefined && tool_calls !== null;
  const hasLegacy = function_call !== undefined && function_call !== null;
  const calls = role === "assistant" && (hasCalls || hasLegacy);
  checkContent(content, { calls, isRefusal: typeof message.refusal === "string", role }, at, report);
  if (hasCalls && hasLegacy) report(`${at}.function_call`, function_call, "`tool_calls` or `function_call`, not both");
  if (hasCalls) checkCalls(tool_calls, role, `${at}.tool_calls`, state, report);
  if (hasLegacy) {
    if (role !== "assistant") report(`${at}.function_call`, function_call, "calls in assistant messages only");
    const called = checkFunction(function_call, state.known, `${at}.function_call`, report, { isLegacy: true });
    state.openLegacy = called;
  }
  if (name !== undefined && name !== null && (typeof name !== "string" || name === ""))
    report(`${at}.name`, name, "a name");
  if (role === "tool") checkToolOutput(message.tool_call_id, at, state, report);
  else if (message.tool_call_id !== undefined)
    report(`${at}.tool_call_id`, message.tool_call_id, "an id on tool messages only", { fix: "leave it out" });
  if (role === "function") {
    if (typeof name !== "string") report(`${at}.name`, name, "the name of the function");
    else if (state.openLegacy === undefined) report(at, name, "a function_call of the assistant before its output");
    else if (state.openLegacy !== name)
      report(`${at}.name`, name, `"${state.openLegacy}", the function that was called`);
    state.openLegacy = undefined;
  }
}

function checkToolOutput(id: unknown, at: string, { open }: MessageState, report: Report): void {
  if (typeof id === "string" && open.delete(id)) return;
  const near =
    typeof id === "string" ? nearestName(id, [...open.keys()]) : open.size === 1 ? [...open.keys()][0] : undefined;
  report(
    `${at}.tool_call_id`,
    id,
    "the id of a call of an assistant message before",
    near ? { fix: `write "${near}"` } : {},
  );
}

function checkContent(
  content: unknown,
  { calls, isRefusal, role }: { calls: boolean; isRefusal: boolean; role: string },
  at: string,
  report: Report,
): void {
  if (typeof content === "string") {
    if (content.trim() === "" && role === "assistant" && !calls)
      report(`${at}.content`, content, "text to learn", { fix: "leave the row out" });
    else if (content.trim() === "" && role === "user")
      report(`${at}.content`, content, "text", { severity: "warning" });
    if (!content.isWellFormed() || content.includes("\0")) {
      const odd = unwritable.exec(content)!;
      const code = odd[0].charCodeAt(0).toString(16).padStart(4, "0");
      report(`${at}.content`, `\\u${code} at ${odd.index}`, "text without NUL and halves of characters", {
        fix: "take it out",
      });
    }
    return;
  }
  if ((calls || isRefusal) && (content === null || content === undefined)) return;
  if (Array.isArray(content) && content.length > 0) {
    for (const [i, part] of content.entries()) checkPart(part, `${at}.content[${i}]`, report);
    return;
  }
  const text = typeof content === "number" || typeof content === "boolean" ? { fix: `write "${content}"` } : {};
  report(`${at}.content`, content, calls ? "text, null or nothing beside the calls" : "text", text);
}

/** NUL, and halves of surrogate pairs that stand alone. */
const unwritable = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

function checkPart(part: unknown, at: string, report: Report): void {
  if (isObject(part) && (part.type === "text" || part.type === "refusal")) {
    const text = part.type === "text" ? part.text : part.refusal;
    if (typeof text !== "string") report(`${at}.${part.type}`, text, "text");
  } else if (isObject(part) && typeof part.type === "string")
    report(`${at}.type`, part.type, "text: the models of this machine learn from text only", {
      fix: "leave the part out",
    });
  else report(at, part, 'a part: {"type": "text", "text": …}');
}

function checkCalls(calls: unknown, role: string, at: string, state: MessageState, report: Report): void {
  if (role !== "assistant" || !Array.isArray(calls) || calls.length === 0) {
    report(at, calls, role === "assistant" ? "a list of calls" : "calls in assistant messages only");
    return;
  }
  if (!state.parallel && calls.length > 1) report(at, calls, "one call, as `parallel_tool_calls` is false");
  for (const [i, call] of calls.entries()) {
    const here = `${at}[${i}]`;
    if (!isObject(call)) {
      report(here, call, 'a call: {"id": …, "type": "function", "function": {…}}');
      continue;
    }
    const { id, type } = call;
    if (typeof id !== "string" || id === "") report(`${here}.id`, id, "a text", { fix: `for example "call_${i + 1}"` });
    else {
      if (state.ids.has(id)) report(`${here}.id`, id, "an id that no other call of the row has");
      state.ids.add(id);
      state.open.set(id, `${here}.id`);
    }
    if (type !== "function") report(`${here}.type`, type, '"function"', { fix: 'write "function"' });
    checkFunction(call.function, state.known, `${here}.function`, report);
  }
}

/**
 * @param options.isLegacy whether the call is a `function_call`. Those were never strict, and files of their time leave out
 * what a schema requires: such a row is learned from, with a warning.
 * @returns the name that was called.
 */
function checkFunction(
  called: unknown,
  known: KnownFunctions,
  at: string,
  report: Report,
  { isLegacy = false }: { isLegacy?: boolean } = {},
): string | undefined {
  if (!isObject(called)) {
    report(at, called, "an object with name and arguments");
    return undefined;
  }
  const { name, arguments: text } = called;
  const isName = typeof name === "string" && name !== "";
  if (!isName) report(`${at}.name`, name, "the name of a function");
  else if (known.size === 0)
    report(`${at}.name`, name, "`tools` in the row that tell of the function", { severity: "warning" });
  else if (!known.has(name)) {
    const near = nearestName(name, [...known.keys()]);
    report(
      `${at}.name`,
      name,
      `one of the row's tools: ${[...known.keys()].join(", ")}`,
      near ? { fix: `write "${near}"` } : {},
    );
  }
  const values = checkArguments(text, `${at}.arguments`, report);
  if (values && isName && known.has(name)) {
    for (const { path, got, expected } of mismatches(values, known.get(name))) {
      const meant =
        path.startsWith(".") && got !== undefined && expected.startsWith("one of ")
          ? nearestName(path.slice(1), expected.slice(7).split(", "))
          : undefined;
      report(`${at}.arguments${path}`, got, expected, {
        ...(meant && !expected.startsWith('one of "') ? { fix: `rename it to "${meant}"` } : {}),
        ...(isLegacy && got === undefined ? { severity: "warning" } : {}),
      });
    }
  }
  return isName ? name : undefined;
}

function checkArguments(text: unknown, at: string, report: Report): Record<string, unknown> | undefined {
  if (isObject(text)) {
    report(at, text, "the text of a JSON object", { fix: "write the object as JSON text" });
    return text;
  }
  if (typeof text !== "string") {
    report(at, text, "the text of a JSON object");
    return undefined;
  }
  try {
    const values: unknown = JSON.parse(text);
    if (isObject(values)) return values;
    report(at, text, "the text of a JSON object");
  } catch (error) {
    report(at, text, `the text of a JSON object (${(error as Error).message})`);
  }
  return undefined;
}
