import { show } from "@loam/core";
import { checkChatRow, isObject, type RowProblem } from "./check-row.ts";

const answers = ["preferred_output", "non_preferred_output"] as const;

/**
 * Checks a row of preferences: `input` as a conversation, and two answers to it. What is wrong within is told by its path in
 * this row.
 */
export function checkPreferenceRow(row: unknown, line: number): RowProblem[] {
  if (!isObject(row) || !isObject(row.input)) {
    const expected = '{"input": {"messages": […]}, "preferred_output": […], "non_preferred_output": […]}';
    return [{ line, path: isObject(row) ? "input" : "", got: show(isObject(row) ? row.input : row), expected }];
  }
  const { messages, ...rest } = row.input;
  if (!Array.isArray(messages) || messages.length === 0) {
    return [{ line, path: "input.messages", got: show(messages), expected: "a list of messages" }];
  }
  const problems = answers.flatMap((field) => {
    const answer = row[field];
    if (!Array.isArray(answer) || answer.length === 0)
      return [{ line, path: field, got: show(answer), expected: "a list with the answer of the assistant" }];
    const last = answer.at(-1) as { role?: unknown } | null;
    if (last?.role !== "assistant")
      return [{ line, path: `${field}[${answer.length - 1}].role`, got: show(last?.role), expected: '"assistant"' }];
    return checkChatRow({ ...rest, messages: [...messages, ...answer] }, line).map((problem) => ({
      ...problem,
      path: problem.path
        .replace(/^messages\[(\d+)\]/, (_, i) =>
          Number(i) < messages.length ? `input.messages[${i}]` : `${field}[${Number(i) - messages.length}]`,
        )
        .replace(/^(messages|tools|functions|parallel_tool_calls)/, "input.$1"),
    }));
  });
  // What is wrong with the conversation is found with both answers.
  const told = new Set<string>();
  return problems.filter(({ path }) => !told.has(path) && told.add(path));
}
