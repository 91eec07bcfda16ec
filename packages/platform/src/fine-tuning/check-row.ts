import { show } from "@loam/core";

/** What is wrong in a row of training data: where, what is there, and what is wanted. */
export interface RowProblem {
  /** From 1; of problems that concern the whole file 0. */
  line: number;
  /** A path into the row: `messages[2].role`. */
  path: string;
  got: string;
  expected: string;
}

type Report = (path: string, got: unknown, expected: string) => void;

const roles = ["system", "developer", "user", "assistant", "tool", "function"];

/**
 * Checks a row of a chat for supervised fine-tuning (tools, legacy functions and weights too), and tells everything that
 * is wrong with it.
 */
export function checkChatRow(row: unknown, line: number): RowProblem[] {
  const problems: RowProblem[] = [];
  const report: Report = (path, got, expected) => problems.push({ line, path, got: show(got), expected });
  if (!isObject(row)) {
    report("", row, 'an object: {"messages": […]}');
    return problems;
  }
  const { messages, tools, functions, parallel_tool_calls } = row;
  if (!Array.isArray(messages) || messages.length === 0) {
    report(
      "messages",
      messages ?? Object.keys(row),
      "a list of messages; rows of prompt and completion are of an older format",
    );
    return problems;
  }
  const known = new Set([...namesOf(tools, "tools", report), ...namesOf(functions, "functions", report)]);
  if (parallel_tool_calls !== undefined && typeof parallel_tool_calls !== "boolean") {
    report("parallel_tool_calls", parallel_tool_calls, "true or false");
  }
  checkMessages(messages, known, report);
  const learned = messages.some((message) => isObject(message) && message.role === "assistant" && message.weight !== 0);
  if (!learned)
    report(
      "messages",
      messages.map((m) => (isObject(m) ? m.role : m)),
      "an assistant message to learn from",
    );
  return problems;
}

function checkMessages(messages: readonly unknown[], known: ReadonlySet<string>, report: Report): void {
  const open = new Set<string>();
  for (const [i, message] of messages.entries()) {
    const at = `messages[${i}]`;
    if (!isObject(message)) {
      report(at, message, 'a message: {"role": …, "content": …}');
      continue;
    }
    const { role, content, weight, tool_calls, function_call, tool_call_id, name } = message;
    if (typeof role !== "string" || !roles.includes(role)) {
      report(`${at}.role`, role, `one of ${roles.join(", ")}`);
      continue;
    }
    if ((role === "system" || role === "developer") && i > 0) {
      report(`${at}.role`, role, "system messages at the beginning only");
    }
    if (weight !== undefined && (role !== "assistant" || (weight !== 0 && weight !== 1))) {
      report(`${at}.weight`, weight, role === "assistant" ? "0 or 1" : "a weight on assistant messages only");
    }
    const calls = role === "assistant" && (tool_calls !== undefined || function_call !== undefined);
    if (!(isText(content) || (calls && (content === null || content === undefined)))) {
      report(`${at}.content`, content, calls ? "text, null or nothing beside the calls" : "text");
    }
    if (tool_calls !== undefined) checkCalls(tool_calls, role, known, `${at}.tool_calls`, open, report);
    if (function_call !== undefined) checkFunction(function_call, known, `${at}.function_call`, report);
    if (role === "tool") {
      if (typeof tool_call_id !== "string" || !open.has(tool_call_id)) {
        report(`${at}.tool_call_id`, tool_call_id, "the id of a call of an assistant message before");
      } else open.delete(tool_call_id);
    }
    if (role === "function" && typeof name !== "string") report(`${at}.name`, name, "the name of the function");
  }
}

function checkCalls(
  calls: unknown,
  role: string,
  known: ReadonlySet<string>,
  at: string,
  open: Set<string>,
  report: Report,
): void {
  if (role !== "assistant" || !Array.isArray(calls) || calls.length === 0) {
    report(at, calls, role === "assistant" ? "a list of calls" : "calls in assistant messages only");
    return;
  }
  for (const [i, call] of calls.entries()) {
    if (!isObject(call)) {
      report(`${at}[${i}]`, call, 'a call: {"id": …, "type": "function", "function": {…}}');
      continue;
    }
    if (typeof call.id !== "string" || call.id === "") report(`${at}[${i}].id`, call.id, "a text");
    else open.add(call.id);
    if (call.type !== "function") report(`${at}[${i}].type`, call.type, '"function"');
    checkFunction(call.function, known, `${at}[${i}].function`, report);
  }
}

function checkFunction(called: unknown, known: ReadonlySet<string>, at: string, report: Report): void {
  if (!isObject(called)) {
    report(at, called, "an object with name and arguments");
    return;
  }
  const { name, arguments: text } = called;
  if (typeof name !== "string") report(`${at}.name`, name, "the name of a function");
  else if (known.size > 0 && !known.has(name))
    report(`${at}.name`, name, `one of the row's tools: ${[...known].join(", ")}`);
  if (!isObjectText(text)) report(`${at}.arguments`, text, "the text of a JSON object");
}

function isObjectText(text: unknown): boolean {
  if (typeof text !== "string") return false;
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function namesOf(list: unknown, at: "tools" | "functions", report: Report): string[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) {
    report(at, list, "a list");
    return [];
  }
  return list.flatMap((tool, i) => {
    const definition = at === "tools" && isObject(tool) ? tool.function : tool;
    if (at === "tools" && isObject(tool) && tool.type !== "function")
      report(`${at}[${i}].type`, tool.type, '"function"');
    if (!isObject(definition) || typeof definition.name !== "string") {
      report(`${at}[${i}]`, tool, "a function with a name");
      return [];
    }
    const { parameters } = definition;
    if (parameters !== undefined && !isObject(parameters))
      report(`${at}[${i}].parameters`, parameters, "a JSON Schema");
    return [definition.name];
  });
}

function isText(content: unknown): boolean {
  if (typeof content === "string") return true;
  return (
    Array.isArray(content) &&
    content.length > 0 &&
    content.every((part) => isObject(part) && part.type === "text" && typeof part.text === "string")
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A problem in words. */
export function sayProblem({ line, path, got, expected }: RowProblem): string {
  const place = line > 0 ? `Line ${line}${path ? `, \`${path}\`` : ""}` : path;
  return `${place} is ${got}; expected ${expected}.`;
}
