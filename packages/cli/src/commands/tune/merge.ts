import { argument, argumentList, choice, command, flag, requiredText } from "../../command/command.ts";

const mergeFormats = ["folder", "gguf", "onnx"] as const;

export const mergeCommand = command({
  name: "merge",
  summary: "Fold adapters into their base model and write the result",
  description:
    "`folder` is a Hugging Face folder that every program reads which reads the base, in the base's dtypes (float32 for a base " +
    "in 4 bits) unless --dtype asks for another; `gguf` a file for llama.cpp, Ollama and LM Studio; `onnx` a folder for transformers.js. LoRA, AdaLoRA, LoHa, " +
    "LoKr, IA3, BitFit and diff pruning fold in, bottleneck adapters into `onnx` only; prompts stay beside the model. Several adapters are folded in one after the other; to " +
    "weigh LoRA adapters against each other, see `loam adapters combine`.",
  args: {
    base: argument("hub id or folder of the base model"),
    adapters: argumentList("folders of adapters, folded in one after the other"),
  },
  options: {
    output: { ...requiredText("folder or .gguf file to write", { value: "path" }), short: "o" },
    to: choice("what to write; told from the output's ending when left out", mergeFormats),
    dtype: choice("float type of the weights; the base's when left out", ["float32", "bfloat16", "float16"]),
    force: flag("replace the model that is there"),
  },
  examples: [
    ["merge Qwen/Qwen2.5-0.5B-Instruct outputs/my-adapter -o merged", "then `loam chat ./merged`"],
    ["merge ./base ./adapter -o merged.gguf", "for llama.cpp"],
    ["merge ./base ./style ./facts -o both --dtype bfloat16", "two adapters, half the size of float32"],
    ["merge ./base ./adapter -o ./web --to onnx --force", "for the browser; write it again"],
  ],
  run: async ({ base, adapters, output, to, dtype, force }, io) => {
    const format = to ?? (output.endsWith(".gguf") ? "gguf" : "folder");
    const [{ mergeInto }, { size }] = await Promise.all([import("./merge-into.ts"), import("../../terminal/units.ts")]);
    const { sizeBytes, notes } = await mergeInto(
      { base, adapters, output, format, dtype, overwrite: force ? "model" : "nothing" },
      io,
    );
    io.result({ base, adapters, output, format, sizeBytes, notes }, () =>
      [`${output}: ${size(sizeBytes)}`, ...notes, ...(format === "onnx" ? [] : [`Try it: loam chat ${output}`])].join(
        "\n",
      ),
    );
  },
});
