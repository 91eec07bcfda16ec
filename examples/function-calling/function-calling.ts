/**
 * Teaches a model to call one function, `write_leave_letter`, and asks it the same requests before and after, with the
 * function's definition in the prompt and without:
 *
 *     node examples/function-calling/function-calling.ts [MODEL] [--steps 60] [--folder FOLDER]
 *
 * MODEL is a chat model's folder, GGUF file or hub id, HuggingFaceTB/SmolLM2-135M-Instruct unless given. Rows are made in
 * both of OpenAI's forms (`functions` and `tools`) and checked before anything is trained.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { toJsonLines } from "@loam/core";
import { type CallRow, localCaller, rowsAsBenchmark, runBenchmark, scoreBenchmark } from "@loam/evaluation";
import { checkTrainingFile, type FunctionRow, makeFunctionDataset, sayProblem, userFunction } from "@loam/finetuning";
import { type ChatTool, callMany, type DecoderModel, openModel, TextGenerator } from "@loam/models";
import { openAdaptedGenerator, tune } from "@loam/peft";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "60" },
    rows: { type: "string", default: "240" },
    tests: { type: "string", default: "20" },
    folder: { type: "string", default: join(tmpdir(), "loam-function-calling") },
  },
});
const [name = "HuggingFaceTB/SmolLM2-135M-Instruct"] = positionals;
const [steps, count, tests] = [Number(values.steps), Number(values.rows), Number(values.tests)];
const tool = JSON.parse(await readFile(join(import.meta.dirname, "write-leave-letter.json"), "utf8")) as ChatTool;
const letter = userFunction(tool, {
  requests: [
    "Write to {manager_name} that {employee_name} needs {days} days off from {start_date} because of {reason}",
    "{employee_name} cannot come for {days} days from {start_date} on because of {reason}. Please tell {manager_name}",
    "I am {employee_name}. Ask {manager_name} for {days} days of leave starting {start_date}, the reason is {reason}",
    "Leave letter for {employee_name} to {manager_name}: {days} days, beginning {start_date}, {reason}",
  ],
  examples: {
    reason: [
      "a family wedding",
      "a bad flu",
      "moving house",
      "a dentist appointment",
      "jury duty",
      "a conference in Porto",
    ],
  },
});
const system = { role: "system", content: "You write leave letters." } as const;

console.log("1. Rows");
const made = { functions: [letter], parallel: 0, irrelevant: 0.2 };
const { train } = makeFunctionDataset({ ...made, count, seed: 1 });
const { train: asked } = makeFunctionDataset({ ...made, irrelevant: 0, count: tests, seed: 2 });
await mkdir(values.folder, { recursive: true });
const forms = { functions: train.map(asLegacy), tools: train };
for (const [form, rows] of Object.entries(forms)) {
  const path = join(values.folder, `${form}.jsonl`);
  await writeFile(path, toJsonLines(rows));
  const { wrong, problems } = await checkTrainingFile(path);
  if (wrong > 0) throw new Error(problems.map(sayProblem).join("\n"));
  console.log(`  ${rows.length} rows with \`${form}\`, all of them sound: ${path}`);
}
// Every second row is asked without the definition: the model is to know the function by heart.
const rows = train.map((row, i) => (i % 2 === 0 ? row : withoutDefinition(row)));
const path = join(values.folder, "train.jsonl");
await writeFile(path, toJsonLines(rows));

console.log(`\n2. ${name} before`);
const model = (await openModel(name)) as DecoderModel;
await report(await TextGenerator.open(model));

console.log(`\n3. ${steps} steps of training`);
const { output, losses, trainableParameters } = await tune(
  {
    model: name,
    method: { peft_type: "LORA", r: 16, lora_alpha: 32, target_modules: "all-linear" },
    data: { path, format: "openai", template: "chat", max_tokens: 1024, packing: "shared_prefix" },
    optimizer: { learning_rate: 1e-3, betas: [0.9, 0.98] },
    schedule: { name: "cosine", warmup_steps: Math.min(5, steps - 1), min_ratio: 0.05 },
    batch_size: 1,
    max_grad_norm: 1,
    max_steps: steps,
    save_dtype: "float16",
    output: join(values.folder, "adapter"),
  },
  { resume: "never" },
);
console.log(
  `  ${trainableParameters} parameters, loss ${losses.first.toFixed(2)} → ${losses.last.toFixed(2)}: ${output}`,
);

console.log("\n4. After");
await report(await openAdaptedGenerator(model, output));

/** The same row as it was written before there were tools. */
function asLegacy({ messages, tools }: FunctionRow) {
  return {
    messages: messages.map((message) =>
      "tool_calls" in message
        ? { role: message.role, content: null, function_call: message.tool_calls[0]!.function }
        : message,
    ),
    functions: tools.map(({ function: definition }) => definition),
  };
}

function withoutDefinition({ messages }: FunctionRow) {
  return { messages: [system, ...messages] };
}

/** How many calls are right, and the first answer. */
async function report(generator: TextGenerator): Promise<void> {
  const category = rowsAsBenchmark("letters", asked as CallRow[]);
  const caller = localCaller(generator);
  for (const decoding of ["free", "constrained"] as const) {
    const answers = await runBenchmark(category, caller, { decoding });
    const right = scoreBenchmark(category, answers).categories[0]![decoding]!;
    console.log(
      `  with the definition, ${decoding}: ${right.toFixed(0)}% right, for example ${oneLine(answers[0]!.text ?? "")}`,
    );
  }
  const blind = await callMany(
    generator,
    asked.map(({ messages }) => ({ messages: [system, messages[0]!], tools: [] })),
    { decoding: "free" },
  );
  const isRight = blind.map(({ calls }, i) => {
    const wanted = asked[i]!.messages[1]!;
    const call = "tool_calls" in wanted ? wanted.tool_calls[0]!.function : undefined;
    return calls.length === 1 && calls[0]!.name === call?.name && sameJson(calls[0]!.input, call.arguments);
  });
  const share = (100 * isRight.filter(Boolean).length) / asked.length;
  console.log(`  without the definition: ${share.toFixed(0)}% right, for example ${oneLine(blind[0]!.text)}`);
  await generator.close();
}

function sameJson(a: string, b: string): boolean {
  try {
    return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
  } catch {
    return false;
  }
}

function oneLine(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
}
