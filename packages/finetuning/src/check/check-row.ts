import { checkMessages } from "./check-messages.ts";
import { checkFields, checkTools, type KnownFunctions } from "./check-tools.ts";
import { isObject, type Report, type RowProblem, reporter } from "./problem.ts";

/** What rows teach: answers, which of two answers is better, or answers that graders judge. */
export const rowKinds = ["supervised", "preference", "reinforcement"] as const;
export type RowKind = (typeof rowKinds)[number];

const supervisedFields = ["messages", "tools", "functions", "parallel_tool_calls", "metadata"];
const preferenceFields = ["input", "preferred_output", "non_preferred_output", "metadata"];
const inputFields = ["messages", "tools", "functions", "parallel_tool_calls"];

/** What kind of row it is, by its fields. */
export function kindOf(row: unknown): RowKind {
  if (!isObject(row)) return "supervised";
  if ("preferred_output" in row || "non_preferred_output" in row || isObject(row.input)) return "preference";
  const { messages } = row;
  if (!Array.isArray(messages)) return "supervised";
  const last = messages.at(-1);
  const isOpen = isObject(last) && last.role === "user";
  const more = Object.keys(row).some((field) => !supervisedFields.includes(field));
  return isOpen && more ? "reinforcement" : "supervised";
}

/** Checks a row of OpenAI's fine-tuning formats, and tells everything that is wrong with it. */
export function checkRow(row: unknown, line: number, kind: RowKind = kindOf(row)): RowProblem[] {
  const problems: RowProblem[] = [];
  const report = reporter(line, problems);
  if (!isObject(row)) report("", row, 'an object: {"messages": […]}');
  else if (kind === "preference") checkPreference(row, report);
  else if (kind === "reinforcement") checkReinforcement(row, report);
  else checkSupervised(row, report);
  return problems;
}

function checkSupervised(row: Record<string, unknown>, report: Report): void {
  const messages = conversationOf(row, report);
  if (!messages) return;
  checkFields(row, supervisedFields, "", report);
  const known = checkTools(row, report);
  checkMessages(messages, known, report, { parallel: parallelOf(row, report) });
  const isLearned = (message: unknown) => isObject(message) && message.role === "assistant" && message.weight !== 0;
  const rolesOf = messages.map((message) => (isObject(message) ? message.role : message));
  if (!messages.some(isLearned)) {
    const weighed = rolesOf.includes("assistant");
    report(
      "messages",
      weighed ? "assistant messages with weight 0 only" : rolesOf,
      "an assistant message to learn from",
      {
        fix: weighed ? "give one of them weight 1" : "add the answer that is to be learned",
      },
    );
  } else if (rolesOf.at(-1) !== "assistant") {
    report(
      `messages[${messages.length - 1}].role`,
      rolesOf.at(-1),
      "an assistant message at the end: nothing after the last answer is learned",
      {
        fix: "add the answer, or leave the last message out",
        severity: "warning",
      },
    );
  }
}

/** The messages of a row; what other formats have instead is told by its name. */
function conversationOf(row: Record<string, unknown>, report: Report, at = "messages"): unknown[] | undefined {
  const { messages } = row;
  if (Array.isArray(messages) && messages.length > 0) return messages;
  const other =
    "prompt" in row || "completion" in row
      ? "prompt and completion are of an older format"
      : "conversations" in row
        ? "conversations are ShareGPT's"
        : "instruction" in row
          ? "instruction and output are Alpaca's"
          : undefined;
  report(
    at,
    messages ?? Object.keys(row),
    `a list of messages${other ? `; rows of ${other}` : ""}`,
    other ? { fix: "`loam data check --fix` rewrites it" } : {},
  );
  return undefined;
}

function parallelOf({ parallel_tool_calls }: Record<string, unknown>, report: Report): boolean {
  if (parallel_tool_calls !== undefined && typeof parallel_tool_calls !== "boolean")
    report("parallel_tool_calls", parallel_tool_calls, "true or false");
  return parallel_tool_calls !== false;
}

function checkPreference(row: Record<string, unknown>, report: Report): void {
  checkFields(row, preferenceFields, "", report);
  const { input, preferred_output, non_preferred_output } = row;
  let known: KnownFunctions = new Map();
  if (!isObject(input)) report("input", input, 'an object: {"messages": […]}');
  else {
    const inner: Report = (path, ...rest) => report(`input.${path}`, ...rest);
    checkFields(input, inputFields, "", inner);
    known = checkTools(input, inner);
    const messages = conversationOf(input, inner);
    if (messages) {
      checkMessages(messages, known, inner, { parallel: parallelOf(input, inner) });
      const last = messages.at(-1);
      if (isObject(last) && last.role === "assistant")
        report(`input.messages[${messages.length - 1}].role`, last.role, "a message that is to be answered", {
          fix: "move the answer to an output",
        });
    }
  }
  for (const [name, output] of Object.entries({ preferred_output, non_preferred_output }))
    checkOutput(output, name, known, report);
  if (preferred_output !== undefined && JSON.stringify(preferred_output) === JSON.stringify(non_preferred_output))
    report(
      "non_preferred_output",
      non_preferred_output,
      "another answer than the preferred one: two equal ones teach nothing",
      { fix: "leave the row out" },
    );
}

function checkOutput(output: unknown, name: string, known: KnownFunctions, report: Report): void {
  if (!Array.isArray(output) || output.length !== 1) {
    report(
      name,
      output,
      "a list with one assistant message",
      typeof output === "string" ? { fix: 'write [{"role": "assistant", "content": …}]' } : {},
    );
    return;
  }
  const [message] = output;
  if (isObject(message) && message.role !== "assistant") report(`${name}[0].role`, message.role, '"assistant"');
  // An answer that comes after a question is in order.
  checkMessages(
    output,
    known,
    (path, got, expected, options) => {
      if (options?.severity !== "warning") report(path, got, expected, options);
    },
    { at: name },
  );
}

function checkReinforcement(row: Record<string, unknown>, report: Report): void {
  const messages = conversationOf(row, report);
  if (!messages) return;
  const known = checkTools(row, report);
  checkMessages(messages, known, report, { parallel: parallelOf(row, report) });
  const last = messages.at(-1);
  if (isObject(last) && last.role !== "user")
    report(`messages[${messages.length - 1}].role`, last.role, '"user" at the end: the answer is what graders judge', {
      fix: "move the answer to a field of its own, which graders read as item.FIELD",
    });
  const more = Object.keys(row).filter((field) => !supervisedFields.includes(field));
  if (more.length === 0)
    report("", Object.keys(row), "a field beside messages that graders compare with, such as reference_answer", {
      severity: "warning",
    });
}
