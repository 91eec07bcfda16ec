import { argument, choice, command, flag, requiredText, text } from "../../command/command.ts";

export const forwardCommand = command({
  name: "forward",
  summary: "Run a model on token ids and write its logits and hidden states",
  description:
    "For checking conversions. The input holds `input_ids` [B, T] and optionally `attention_mask`, `position_ids` and " +
    "`token_type_ids`, as integers; the output `logits` [B, T, V] and `hidden_states` [L + 1, B, T, C] (the embeddings, " +
    "then each layer), and `pooler_output` [B, C] for encoders that have one, in float32.",
  args: { model: argument("hub id, folder, .gguf or llama2.c .bin") },
  options: {
    input: requiredText("file to read", { value: "file.safetensors" }),
    output: requiredText("file to write", { value: "file.safetensors" }),
    adapter: text("folder of a PEFT adapter", { value: "folder" }),
    merge: flag("fold the adapter into the weights first"),
    device: choice("where to run", ["cpu", "webgpu", "cuda", "coreml", "dml", "auto"], "cpu"),
  },
  examples: [
    ["forward ./my-model --input in.safetensors --output out.safetensors", "logits and hidden states"],
    [
      "forward ./base --adapter ./lora --merge --input in.safetensors --output out.safetensors",
      "as it would be merged",
    ],
  ],
  run: async ({ model, input, output, adapter, merge, device }, io) => {
    const { forwardFile } = await import("./forward-file.ts");
    const written = await forwardFile(model, { input, output, adapter, merge: merge ? "merge" : "attach", device, io });
    io.result({ model, output, tensors: written }, () =>
      Object.entries(written)
        .map(([name, shape]) => `${name}  [${shape.join(", ")}]`)
        .join("\n"),
    );
  },
});
