import { argument, choice, command, decimal, text, texts, whole } from "../../command/command.ts";

export const bfclCommand = command({
  name: "bfcl",
  summary: "Score a model's function calls on the Berkeley Function Calling Leaderboard",
  description:
    "Calls are checked as the leaderboard does it, over their syntax trees. Beside the model's scores stand those of a rule " +
    "without a model (numbers in their order, capitalised words): what is not above it is no skill. `constrained` must call " +
    "and can write nothing but fitting arguments, `auto` decides by the first token whether to call, `free` writes what it " +
    "likes. --rows asks rows of one's own too, and --refuse sets the threshold of `auto` by those that no function fits.",
  args: { model: argument("provider:model, hub id, folder or file; BASE+ADAPTER for an adapter") },
  options: {
    data: text("folder with BFCL_v4_simple_python.json and the others", { value: "folder" }),
    category: texts("only this category; may be repeated", { value: "name" }),
    rows: text("rows with functions and calls, JSON Lines, that are asked too", { value: "file" }),
    decoding: choice("how answers are written", ["constrained", "free", "both"], "both"),
    limit: whole("only the first rows of each category", { min: 1, max: 1e6 }),
    threshold: decimal("`auto` calls where the margin of the first token is above this", { min: -100, max: 100 }),
    refuse: decimal("sets the threshold so that this share of the rows without a fitting function is refused", {
      min: 0,
      max: 1,
    }),
    answers: text("JSON Lines for the answers: what stands there is not asked again", { value: "file" }),
    batch: whole("questions asked at once", { min: 1, max: 64, otherwise: 8 }),
  },
  examples: [
    ["evaluate bfcl model.gguf --data bfcl --category simple_python", "one category"],
    [
      "evaluate bfcl model.gguf+adapters/calls --data bfcl --rows heldout.jsonl --refuse 0.8",
      "an adapter, refusing by rows",
    ],
    ["evaluate bfcl openai:gpt-5-mini --data bfcl --limit 50 --json", "a model elsewhere, for a program"],
  ],
  run: async ({ home, model, decoding, batch, category, ...options }, io) => {
    const [{ ArgumentError }, { openWorkspace }, { evaluateBfcl }, { bfclTable }] = await Promise.all([
      import("@loam/core"),
      import("../../command/workspace.ts"),
      import("./run-bfcl.ts"),
      import("./show-bfcl.ts"),
    ]);
    if (!options.data && !options.rows) {
      throw new ArgumentError(
        "data",
        undefined,
        "the folder of the benchmark, or --rows with rows of one's own",
        "it is in the package bfcl-eval (bfcl_eval/data) and at github.com/ShishirPatil/gorilla",
      );
    }
    await using workspace = await openWorkspace({ home, io });
    const how = decoding === "both" ? (["constrained", "free"] as const) : [decoding];
    const score = await evaluateBfcl(
      { ...options, model, categories: category, decoding: how, batchSize: batch },
      workspace,
      io,
    );
    io.result(score, () => bfclTable(score));
  },
});
