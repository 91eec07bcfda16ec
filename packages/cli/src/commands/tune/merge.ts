import { mergeOperation } from "@loam/peft/operations";
import { argument, argumentList, command } from "../../command/command.ts";
import { operationOptions } from "../../command/operation-options.ts";

export const mergeCommand = command({
  name: mergeOperation.name,
  summary: mergeOperation.summary,
  description: mergeOperation.description,
  args: {
    base: argument("hub id or folder of the base model"),
    adapters: argumentList("folders of adapters, folded in one after the other"),
  },
  options: operationOptions(mergeOperation, {
    output: { short: "o", value: "path" },
    to: {},
    dtype: {},
    force: {},
  }),
  examples: [
    ["merge Qwen/Qwen2.5-0.5B-Instruct outputs/my-adapter -o merged", "then `loam chat ./merged`"],
    ["merge ./base ./adapter -o merged.gguf", "for llama.cpp"],
    ["merge ./base ./style ./facts -o both --dtype bfloat16", "two adapters, half the size of float32"],
    ["merge ./base ./adapter -o ./web --to onnx --force", "for the browser; write it again"],
  ],
  run: async ({ base, adapters, output, to, dtype, force }, io) => {
    const { size } = await import("../../terminal/units.ts");
    const result = await mergeOperation.call({}, { base, adapters, output, to, dtype, force }, io);
    const { format, sizeBytes, notes } = result;
    io.result(result, () =>
      [`${output}: ${size(sizeBytes)}`, ...notes, ...(format === "onnx" ? [] : [`Try it: loam chat ${output}`])].join(
        "\n",
      ),
    );
  },
});
