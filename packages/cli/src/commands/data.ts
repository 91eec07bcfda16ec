import { argument, type CommandGroup, choice, command, text, whole } from "../command.ts";

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
      import("../open-decoder.ts"),
      import("../show-preview.ts"),
    ]);
    const model = name === undefined ? undefined : await openDecoder(name, io);
    const options = { model, template, format, maxTokens, n: count, limit, onProgress: io.progress, signal: io.signal };
    const shown = await previewDataset(data, options);
    io.result(shown, () => previewText(shown, { maxTokens, hasModel: model !== undefined }));
    if (model === undefined) io.note("With --model MODEL tokens are counted too.");
  },
});

export const dataGroup: CommandGroup = {
  name: "data",
  summary: "Datasets to learn from",
  commands: [preview],
};
