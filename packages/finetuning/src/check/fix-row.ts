import { nearestName } from "@loam/core";
import { roleAliases, roles } from "./check-messages.ts";
import { checkRow, type RowKind } from "./check-row.ts";
import { isObject } from "./problem.ts";

type Row = Record<string, unknown>;

/** A row with everything mended that can be mended without guessing what was meant, and what was done. */
export interface FixedRow {
  row: unknown;
  done: string[];
}

/** JSON that is nearly right: commas and byte order marks around it, Python's spellings in it. Undefined where it is not. */
export function fixJson(text: string): unknown {
  const bare = text
    .replace(/^\uFEFF/, "")
    .trim()
    .replace(/,$/, "");
  if (bare === "" || /^[[\]]$/.test(bare)) return undefined;
  const attempts = [
    bare,
    bare.replaceAll(/,(\s*[}\]])/g, "$1"),
    bare.replaceAll(/(?<=[:[,]\s*)(None|True|False)(?=\s*[,}\]])/g, pythonWord),
  ];
  for (const attempt of attempts) {
    try {
      return JSON.parse(attempt);
    } catch {}
  }
  return undefined;
}

const pythonWord = (word: string): string => ({ None: "null", True: "true", False: "false" })[word]!;

/**
 * Mends a row: other formats become messages, other names for roles become OpenAI's, arguments become JSON text, ids and
 * types that are missing are written, system messages move to the front, fields with a slip in their name get it right.
 */
export function fixRow(given: unknown, kind: RowKind = "supervised"): FixedRow {
  const done: string[] = [];
  if (!isObject(given)) return { row: given, done };
  let row: Row = structuredClone(given);
  row = fromOtherFormat(row, done);
  renameFields(
    row,
    [
      "messages",
      "tools",
      "functions",
      "parallel_tool_calls",
      "metadata",
      "input",
      "preferred_output",
      "non_preferred_output",
    ],
    done,
    kind !== "reinforcement",
  );
  if (kind === "preference") {
    for (const side of ["preferred_output", "non_preferred_output"]) {
      if (typeof row[side] === "string") {
        row[side] = [{ role: "assistant", content: row[side] }];
        done.push(`${side} is a list with one message`);
      } else if (isObject(row[side])) {
        row[side] = [row[side]];
        done.push(`${side} is a list with one message`);
      }
    }
    if (isObject(row.input)) fixConversation(row.input, done);
  } else fixConversation(row, done);
  return { row, done };
}

/** Whether a row can be learned from. */
export const isSound = (row: unknown, kind?: RowKind): boolean =>
  checkRow(row, 1, kind).every(({ severity }) => severity === "warning");

function fixConversation(row: Row, done: string[]): void {
  for (const field of ["tools", "functions"]) {
    if (typeof row[field] !== "string") continue;
    const parsed = fixJson(row[field]);
    if (!Array.isArray(parsed)) continue;
    row[field] = parsed;
    done.push(`${field} is a list instead of its JSON text`);
  }
  if (Array.isArray(row.tools)) row.tools = row.tools.map((tool) => fixTool(tool, done));
  if (!Array.isArray(row.messages)) return;
  row.messages = row.messages.map((message) => (isObject(message) ? fixMessage(message, done) : message));
  const messages = row.messages as Row[];
  fixIds(messages, done);
  const isSystem = (message: unknown) =>
    isObject(message) && (message.role === "system" || message.role === "developer");
  const sorted = [...messages.filter(isSystem), ...messages.filter((message) => !isSystem(message))];
  if (sorted.some((message, i) => message !== messages[i])) {
    row.messages = sorted;
    done.push("system messages are at the front");
  }
}

function fixTool(tool: unknown, done: string[]): unknown {
  if (!isObject(tool)) return tool;
  if (!isObject(tool.function) && typeof tool.name === "string") {
    const { type: _, ...definition } = tool;
    done.push(`the definition of ${tool.name} stands below function`);
    return { type: "function", function: definition };
  }
  if (isObject(tool.function) && tool.type !== "function") {
    done.push("tools have their type");
    return { ...tool, type: "function" };
  }
  return tool;
}

const messageFields = ["role", "content", "name", "weight", "tool_calls", "function_call", "tool_call_id"];

function fixMessage(message: Row, done: string[]): Row {
  renameFields(message, messageFields, done, true);
  if (typeof message.role === "string" && !roles.includes(message.role)) {
    const lower = message.role.toLowerCase();
    const meant = roleAliases[lower] ?? (roles.includes(lower) ? lower : nearestName(lower, roles));
    if (meant) {
      done.push(`the role ${message.role} is ${meant}`);
      message.role = meant;
    }
  }
  if (typeof message.content === "number" || typeof message.content === "boolean") {
    message.content = String(message.content);
    done.push("content is text");
  } else if (typeof message.content === "string" && /\0/.test(message.content)) {
    message.content = message.content.replaceAll("\0", "");
    done.push("NUL characters are taken out");
  }
  if (typeof message.content === "string" && !message.content.isWellFormed()) {
    message.content = message.content.toWellFormed();
    done.push("halves of characters are replaced");
  }
  if (message.weight !== undefined && message.role !== "assistant") {
    delete message.weight;
    done.push("weights are on assistant messages only");
  } else if (
    message.weight !== undefined &&
    typeof message.weight !== "number" &&
    /^[01]$|^true$|^false$/.test(String(message.weight))
  ) {
    message.weight = String(message.weight) === "1" || message.weight === true ? 1 : 0;
    done.push("weights are numbers");
  }
  const calls = Array.isArray(message.tool_calls) ? (message.tool_calls as Row[]).map((call) => call.function) : [];
  for (const called of [...calls, message.function_call]) {
    if (!isObject(called) || typeof called.arguments === "string" || called.arguments === undefined) continue;
    called.arguments = JSON.stringify(called.arguments);
    done.push("arguments are JSON text");
  }
  return message;
}

/** Calls get types and ids, and outputs without an id that of the call they stand behind. */
function fixIds(messages: Row[], done: string[]): void {
  let open: string[] = [];
  let made = 0;
  for (const message of messages) {
    if (!isObject(message)) continue;
    if (Array.isArray(message.tool_calls)) {
      open = [];
      for (const call of message.tool_calls as Row[]) {
        if (!isObject(call)) continue;
        if (call.type === undefined && isObject(call.function)) {
          call.type = "function";
          done.push("calls have their type");
        }
        if (typeof call.id !== "string" || call.id === "") {
          call.id = `call_${++made}`;
          done.push("calls have ids");
        }
        open.push(call.id as string);
      }
    } else if (message.role === "tool") {
      const at = open.indexOf(message.tool_call_id as string);
      if (at >= 0) open.splice(at, 1);
      else if (
        open.length === 1 &&
        (message.tool_call_id === undefined || nearestName(String(message.tool_call_id), open))
      ) {
        message.tool_call_id = open.pop();
        done.push("outputs name their call");
      }
    }
  }
}

function renameFields(value: Row, fields: readonly string[], done: string[], guess: boolean): void {
  if (!guess) return;
  for (const field of Object.keys(value)) {
    if (fields.includes(field)) continue;
    const near = nearestName(field, fields);
    if (!near || near in value) continue;
    value[near] = value[field];
    delete value[field];
    done.push(`${field} is ${near}`);
  }
}

const shareGptRoles: Readonly<Record<string, string>> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  system: "system",
  function_call: "assistant",
  observation: "tool",
  tool: "tool",
};

/** Rows of prompt and completion, of ShareGPT and of Alpaca as messages. */
function fromOtherFormat(row: Row, done: string[]): Row {
  if (Array.isArray(row.messages) || isObject(row.input)) return row;
  const { prompt, completion, conversations, instruction, input, output, response, system, ...rest } = row;
  const first = typeof system === "string" && system !== "" ? [{ role: "system", content: system }] : [];
  if (typeof prompt === "string" && typeof completion === "string") {
    done.push("prompt and completion are messages");
    return {
      ...rest,
      messages: [...first, { role: "user", content: prompt.trim() }, { role: "assistant", content: completion.trim() }],
    };
  }
  const answer = output ?? response;
  if (typeof instruction === "string" && typeof answer === "string") {
    done.push("instruction and output are messages");
    const request = typeof input === "string" && input !== "" ? `${instruction}\n\n${input}` : instruction;
    return {
      ...rest,
      messages: [...first, { role: "user", content: request }, { role: "assistant", content: answer }],
    };
  }
  if (!Array.isArray(conversations)) return row;
  const messages = conversations.map((turn: unknown) => {
    if (!isObject(turn)) return turn;
    const from = String(turn.from ?? turn.role);
    const content = turn.value ?? turn.content;
    if (from !== "function_call") return { role: shareGptRoles[from] ?? from, content };
    const called = typeof content === "string" ? fixJson(content) : content;
    const calls = [called].flat().filter(isObject);
    return {
      role: "assistant",
      content: null,
      tool_calls: calls.map((call) => ({ function: { name: call.name, arguments: call.arguments } })),
    };
  });
  done.push("conversations are messages");
  return { ...rest, messages: [...first, ...messages] };
}
