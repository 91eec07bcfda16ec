import { argument, type CommandGroup, command, flag, text, texts } from "../command.ts";

const train = command({
  name: "train",
  summary: "Train a text-to-video model as a recipe says",
  description:
    "Prints what it is going to take, then progress and losses. Ctrl-C stops with a checkpoint; the same command goes on from " +
    "there by itself, also after a crash. The output folder gets the model, `metrics.jsonl` and TensorBoard files.",
  args: { recipe: argument("recipe, as YAML") },
  options: {
    set: texts("a field of the recipe and its value, as YAML; may be repeated", { value: "field=value" }),
    output: { ...text("folder for the model, instead of the recipe's", { value: "folder" }), short: "o" },
    dryRun: flag("only say what it takes: parameters, tokens, memory"),
    fresh: flag("begin anew although there are checkpoints"),
  },
  examples: [
    ["video train moving-digits.yaml", "begin, or go on where it stopped"],
    ["video train moving-digits.yaml --set steps=400 -o outputs/short", "a shorter run"],
  ],
  run: async ({ recipe, set, output, dryRun, fresh, home }, io) => {
    const { runVideoRecipe } = await import("../run-video-train.ts");
    const settings = [...(output ? [`output=${JSON.stringify(output)}`] : []), ...set];
    await runVideoRecipe({ recipe, set: settings, dryRun, resume: fresh ? "never" : "auto", home }, io);
  },
});

export const videoGroup: CommandGroup = {
  name: "video",
  summary: "Train a text-to-video model and make clips with it",
  commands: [train],
};
