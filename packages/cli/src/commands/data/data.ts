import {
  argument,
  type CommandGroup,
  choice,
  command,
  decimal,
  flag,
  optionalArgumentList,
  requiredText,
  text,
  texts,
  whole,
} from "../../command/command.ts";

const preview = command({
  name: "preview",
  summary: "Show the rows of a dataset as a model would learn them, and count what is wrong with the others",
  description:
    "What is bright is learned, what is dim (or, without colours, outside ⟦ ⟧) is only read. With a model, tokens are " +
    "counted and conversations are written in its own form. The whole dataset is read, so that the counts are those of training.",
  args: { data: argument("file (.jsonl, .json, .csv, .tsv, .xlsx, .parquet, .txt) or folder") },
  options: {
    template: choice(
      "how instructions become text; chat is the model's own",
      ["alpaca", "alpaca-zh", "plain", "chat"],
      "alpaca",
    ),
    model: text("hub id or folder whose tokenizer counts", { value: "model" }),
    format: choice("form of the rows, where it is not to be told from their fields", [
      "alpaca",
      "openai",
      "sharegpt",
      "text",
    ]),
    maxTokens: whole("longer rows are cut", { min: 2, max: 1_000_000, otherwise: 512 }),
    count: { ...whole("rows to show", { min: 0, max: 1000, otherwise: 3 }), short: "n" },
    limit: whole("read only so many rows", { min: 1, max: 1e9 }),
  },
  examples: [
    ["data preview rows.jsonl", "the first three rows as prompts"],
    [
      "data preview rows.jsonl --model Qwen/Qwen2.5-0.5B-Instruct --template chat -n 1",
      "with tokens, in the model's form",
    ],
    ["data preview folder/ -n 0 --json", "only the counts, for a program"],
  ],
  run: async ({ data, template, model: name, format, maxTokens, count, limit }, io) => {
    const [{ previewDataset }, { openDecoder }, { previewText }] = await Promise.all([
      import("@loam/peft"),
      import("../models/open-decoder.ts"),
      import("./show-preview.ts"),
    ]);
    const model = name === undefined ? undefined : await openDecoder(name, io);
    const options = { model, template, format, maxTokens, n: count, limit, onProgress: io.progress, signal: io.signal };
    const shown = await previewDataset(data, options);
    io.result(shown, () => previewText(shown, { maxTokens, hasModel: model !== undefined }));
    if (model === undefined) io.note("With --model MODEL tokens are counted too.");
  },
});

const check = command({
  name: "check",
  summary: "Check a training file in OpenAI's formats: every fault with its line, its path and what mends it",
  description:
    "Chat, tools, legacy functions, weights, preferences (DPO) and questions for graders. Arguments are held against the " +
    "schemas of their functions. Files are read line by line. With --fix the rows are written anew: those that can be " +
    "mended without guessing are, and the others are left out and told. The exit code is 3 where a row is wrong.",
  args: { file: argument("JSON Lines") },
  options: {
    fix: flag("write the mended rows into FILE.fixed.jsonl"),
    out: { ...text("where --fix writes", { value: "file" }), short: "o" },
    kind: choice("what the rows teach, where the first one does not say", [
      "supervised",
      "preference",
      "reinforcement",
    ]),
    model: text("hub id or folder whose tokenizer counts, to tell rows that are too long", { value: "model" }),
    maxTokens: whole("rows longer than this are told, with --model", { min: 2, max: 1_000_000, otherwise: 2048 }),
  },
  examples: [
    ["data check rows.jsonl", "what is wrong, line by line"],
    ["data check rows.jsonl --fix", "and rows.fixed.jsonl with what could be mended"],
  ],
  run: async ({ file, fix, out, kind, model, maxTokens }, io) => {
    const [{ checkData, fixData }, { sayProblem }, { checkText, fixText }] = await Promise.all([
      import("./check-data.ts"),
      import("@loam/finetuning"),
      import("./show-check.ts"),
    ]);
    const checked = await checkData(file, { kind, model, maxTokens }, io);
    if (!fix) {
      io.result(checked, () => checkText(checked, sayProblem));
      if (checked.wrong > 0) io.setExitCode(3);
      return;
    }
    const fixed = await fixData(file, out, { kind, model, maxTokens }, io);
    io.result({ before: checked, ...fixed }, () => [checkText(checked, sayProblem), fixText(fixed)].join("\n"));
  },
});

const functions = command({
  name: "functions",
  summary: "Write rows that teach function calling: of functions of one's own, made up, from conversations and traces",
  description:
    "Requests in many wordings for lists of one to four functions, some of which no function fits. Functions are those of " +
    "the files given (JSON Schema); without any they are made up, of topics and of words without meaning, so that a model " +
    "learns to read instead of to guess. --test keeps functions apart that no training row has.",
  args: { files: optionalArgumentList("JSON lists of functions") },
  options: {
    out: { ...requiredText("file to write, JSON Lines", { value: "file" }), short: "o" },
    count: { ...whole("rows to make up", { min: 1, max: 1_000_000, otherwise: 1000 }), short: "n" },
    seed: whole("another seed gives other rows", { min: 0, max: 2 ** 31, otherwise: 42 }),
    split: choice(
      "held-out makes up functions of topics that training never has",
      ["training", "held-out"],
      "training",
    ),
    test: decimal("share of the rows whose functions are kept for testing", { min: 0, max: 0.9 }),
    irrelevant: decimal("share of requests that no function fits; 0.27 when left out", { min: 0, max: 1 }),
    parallel: decimal("share of requests with two calls; 0.05 when left out", { min: 0, max: 1 }),
    incomplete: decimal("share of requests that leave something out that is asked for, of functions of one's own", {
      min: 0,
      max: 1,
    }),
    conversations: texts("ShareGPT or OpenAI rows whose first calls are added; may be repeated", { value: "file" }),
    traces: flag("add the calls that are recorded in the home folder"),
    without: text("folder of a benchmark whose functions and requests must not occur", { value: "folder" }),
  },
  examples: [
    ["data functions -n 1100 -o train.jsonl", "functions that are made up"],
    ["data functions tools.json -n 500 -o rows.jsonl --test 0.2", "for one's own functions, some of them for testing"],
    ["data functions --split held-out -n 200 -o heldout.jsonl", "functions that training never has"],
  ],
  run: async ({ files, test, home, ...options }, io) => {
    const [{ makeFunctionRows }, { openWorkspace }] = await Promise.all([
      import("./make-function-rows.ts"),
      import("../../command/workspace.ts"),
    ]);
    await using stack = new AsyncDisposableStack();
    const open = async () => stack.use(await openWorkspace({ home, io }));
    const report = await makeFunctionRows({ ...options, functions: files, testShare: test }, open, io);
    io.result(report, () =>
      [
        `${report.files.join(", ")}: ${report.rows} rows, ${report.functions} functions`,
        `${report.calls.one} with one call, ${report.calls.several} with several, ${report.calls.none} with none`,
        ...(report.contaminated > 0 ? [`${report.contaminated} rows left out that stand in the benchmark`] : []),
      ].join("\n"),
    );
  },
});

export const dataGroup: CommandGroup = {
  name: "data",
  summary: "Datasets to learn from",
  commands: [preview, check, functions],
};
