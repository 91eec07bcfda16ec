import { argument, choice, command, flag, requiredText } from "../command.ts";

const mergeFormats = ["folder", "gguf", "onnx"] as const;

export const mergeCommand = command({
  name: "merge",
  summary: "Fold an adapter into its base model and write the result",
  description:
    "`folder` is a Hugging Face folder that every program reads which reads the base, in the base's dtypes (float32 for a base " +
    "in 4 bits); `gguf` a file for llama.cpp, Ollama and LM Studio; `onnx` a folder for transformers.js. LoRA, AdaLoRA, LoHa, " +
    "LoKr, IA3, BitFit and diff pruning fold in, bottleneck adapters into `onnx` only; prompts stay beside the model.",
  args: {
    base: argument("hub id or folder of the base model"),
    adapter: argument("folder of the adapter"),
  },
  options: {
    output: { ...requiredText("folder or .gguf file to write", { value: "path" }), short: "o" },
    to: choice("what to write; told from the output's ending when left out", mergeFormats),
    force: flag("replace the model that is there"),
  },
  examples: [
    ["merge Qwen/Qwen2.5-0.5B-Instruct outputs/my-adapter -o merged", "then `loam chat ./merged`"],
    ["merge ./base ./adapter -o merged.gguf", "for llama.cpp"],
    ["merge ./base ./adapter -o ./web --to onnx --force", "for the browser; write it again"],
  ],
  run: async ({ base, adapter, output, to, force }, io) => {
    const format = to ?? (output.endsWith(".gguf") ? "gguf" : "folder");
    const [{ mergeInto }, { size }] = await Promise.all([import("../merge-into.ts"), import("../units.ts")]);
    const { sizeBytes, notes } = await mergeInto(
      { base, adapter, output, format, overwrite: force ? "model" : "nothing" },
      io,
    );
    io.result({ base, adapter, output, format, sizeBytes, notes }, () =>
      [`${output}: ${size(sizeBytes)}`, ...notes, ...(format === "onnx" ? [] : [`Try it: loam chat ${output}`])].join(
        "\n",
      ),
    );
  },
});
