import { setImmediate as breathe } from "node:timers/promises";
import { InputError } from "@loam/core";
import { isObject, RowChecker, type RowProblem, sayProblem } from "@loam/finetuning";
import type { Files, StoredFile } from "../files/files.ts";
import type { JobMethod } from "./types.ts";

/** Fewer rows teach nothing but themselves, as OpenAI has it. */
export const fewestRows = 10;
/** Problems that are told; the rest are counted. */
const mostTold = 20;
/** Rows handled before others get their turn. */
const rowsAtOnce = 200;

/**
 * The rows of a training file in the trainer's form: texts instead of parts, `tools` instead of legacy functions.
 *
 * @param onRow hears of each row as a line of JSON
 * @returns how many there are
 * @throws {InputError} `invalid_training_file` with every problem: line, path, what is there, what is wanted.
 */
export async function readTrainingRows(
  files: Files,
  file: StoredFile,
  {
    parameter,
    fewest,
    method = "supervised",
    onRow,
  }: { parameter: string; fewest: number; method?: JobMethod; onRow?: (line: string) => Promise<void> },
): Promise<number> {
  const kind = ({ supervised: "supervised", dpo: "preference", reinforcement: "reinforcement" } as const)[method];
  const checker = new RowChecker({ kind, duplicates: false });
  const convert = { supervised: toTrainerRow, preference: toPreferenceRow, reinforcement: toQuestionRow }[kind];
  const problems: RowProblem[] = [];
  let [line, rows, wrong] = [0, 0, 0];
  for await (const text of files.lines(file)) {
    line++;
    if (line % rowsAtOnce === 0) await breathe();
    const checked = checker.check(text);
    if (!checked) continue;
    const errors = checked.problems.filter(({ severity }) => severity === "error");
    if (errors.length > 0) {
      wrong++;
      problems.push(...errors);
      continue;
    }
    rows++;
    if (problems.length === 0) await onRow?.(`${JSON.stringify(convert(checked.row as Record<string, unknown>))}\n`);
  }
  if (problems.length > 0) {
    const told = problems.slice(0, mostTold).map(sayProblem).join(" ");
    const rest = problems.length > mostTold ? ` And ${problems.length - mostTold} more problems.` : "";
    throw new InputError("invalid_training_file", `${wrong} of ${line} lines cannot be learned from. ${told}${rest}`, {
      details: { name: parameter, problems: problems.slice(0, 1000) },
      hint: "`loam data check FILE --fix` mends what can be mended",
    });
  }
  if (rows < fewest) {
    throw new InputError(
      "invalid_training_file",
      `The file has ${rows} ${rows === 1 ? "example" : "examples"}; at least ${fewest} are needed.`,
      { details: { name: parameter, rows }, hint: "add examples" },
    );
  }
  return rows;
}

/** A row of preferences as the trainer reads it; it has been checked. */
function toPreferenceRow(row: Record<string, unknown>): Record<string, unknown> {
  const { input, preferred_output, non_preferred_output } = row as Record<string, never[]> & { input: object };
  const asked = (input as { messages: unknown[] }).messages.length;
  const answered = (answer: readonly unknown[]) =>
    toTrainerRow({ ...input, messages: [...(input as { messages: unknown[] }).messages, ...answer] });
  const [chosen, rejected] = [answered(preferred_output!), answered(non_preferred_output!)];
  const after = ({ messages }: Record<string, unknown>) => (messages as unknown[]).slice(asked);
  return {
    input: { ...chosen, messages: (chosen.messages as unknown[]).slice(0, asked) },
    preferred_output: after(chosen),
    non_preferred_output: after(rejected),
  };
}

/** A question with all that graders compare the answer with, which they read under `item`. */
const toQuestionRow = (row: Record<string, unknown>): Record<string, unknown> => ({
  ...toTrainerRow(row),
  item: row,
});

/** A row as the trainer reads it; it has been checked. */
export function toTrainerRow(row: Record<string, unknown>): Record<string, unknown> {
  const { messages, tools, functions } = row as {
    messages: Record<string, unknown>[];
    tools?: unknown;
    functions?: unknown[];
  };
  const offered = tools ?? functions?.map((definition) => ({ type: "function", function: definition }));
  let legacy = 0;
  return {
    messages: messages.map((message) => {
      const { role, content, function_call, ...rest } = message;
      const text = Array.isArray(content) ? content.map((part) => (isObject(part) ? part.text : "")).join("") : content;
      if (role === "function")
        return { role: "tool", content: text, tool_call_id: `call_legacy_${legacy}`, name: rest.name };
      const call = function_call && { id: `call_legacy_${++legacy}`, type: "function", function: function_call };
      const tool_calls = call ? [call] : rest.tool_calls;
      return {
        ...rest,
        role: role === "developer" ? "system" : role,
        content: text ?? null,
        ...(tool_calls ? { tool_calls } : {}),
      };
    }),
    ...(offered ? { tools: offered } : {}),
  };
}
