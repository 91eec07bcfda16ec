import { argument, command, flag, requiredText } from "../command.ts";

export const mergeCommand = command({
  name: "merge",
  summary: "Fold an adapter into its base model and write the result",
  description:
    "The output is a Hugging Face folder that every program reads which reads the base, in the base's dtypes (float32 for a " +
    "base in 4 bits). LoRA, AdaLoRA, LoHa, LoKr, IA3, BitFit and diff pruning fold in; prompts and bottleneck adapters are no " +
    "change of a weight and stay beside the model.",
  args: {
    base: argument("hub id or folder of the base model"),
    adapter: argument("folder of the adapter"),
  },
  options: {
    output: { ...requiredText("folder to write", { value: "folder" }), short: "o" },
    force: flag("replace the model that the folder holds"),
  },
  examples: [
    ["merge Qwen/Qwen2.5-0.5B-Instruct outputs/my-adapter -o merged", "then `loam chat ./merged`"],
    ["merge ./base ./adapter -o ./merged --force", "write it again"],
  ],
  run: async ({ base, adapter, output, force }, io) => {
    const [{ mergeInto }, { size }] = await Promise.all([import("../merge-into.ts"), import("../units.ts")]);
    const sizeBytes = await mergeInto({ base, adapter, output, overwrite: force ? "model" : "nothing" }, io);
    io.result({ base, adapter, output, sizeBytes }, () => `${output}: ${size(sizeBytes)}\nTry it: loam chat ${output}`);
  },
});
