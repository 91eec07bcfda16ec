import { yamlForPython } from "@loam/core";

/** What a method's options are to begin with, as YAML after `peft_type`. */
const methodOptions: Record<string, string> = {
  LORA: `r: 16                        # rank: more learns more and takes more memory
  lora_alpha: 32               # the update is scaled by lora_alpha / r
  lora_dropout: 0.05
  target_modules: all-linear   # or names: [q_proj, v_proj]`,
  ADALORA: `init_r: 12                   # every layer's rank at the start
  target_r: 8                  # the mean rank at the end
  tinit: 20                    # steps before pruning begins
  tfinal: 50                   # last steps, at the final ranks
  deltaT: 5                    # steps from one pruning to the next
  target_modules: [q_proj, v_proj]`,
  LOHA: `r: 8
  alpha: 8
  target_modules: [q_proj, v_proj]`,
  LOKR: `r: 8
  alpha: 8
  decompose_factor: -1         # -1 splits as near to square as it can
  target_modules: [q_proj, v_proj]`,
  IA3: `target_modules: [k_proj, v_proj, down_proj]
  feedforward_modules: [down_proj]`,
  PREFIX_TUNING: "num_virtual_tokens: 20",
  P_TUNING: `num_virtual_tokens: 20
  encoder_hidden_size: 128`,
  PROMPT_TUNING: "num_virtual_tokens: 20",
  BOTTLENECK: "config: seq_bn               # double_seq_bn (Houlsby), par_bn (parallel)",
  VERA: `r: 256
  target_modules: [q_proj, v_proj]`,
  TRAINABLE_TOKENS: "token_indices: [0]           # ids of the tokens whose embeddings are trained",
  LN_TUNING: "# target_modules: [norm]     # all norms if left out",
  FULL: `# freeze: [embed_tokens]     # weights that stay as they are, by regular expression
  # layer_lr_decay: 0.9        # lower layers learn that much slower, layer by layer`,
  BITFIT: "# add_biases: [q_proj, v_proj]   # for models that have none",
  DIFF_PRUNING: `target_modules: [q_proj, v_proj]
  keep: 0.005                  # share of the weights that may change`,
};

/** A recipe with comments to begin with, as YAML. */
export function starterRecipe({
  model = "Qwen/Qwen2.5-0.5B-Instruct",
  data = "rows.jsonl",
  method = "LORA",
  output = "outputs/my-adapter",
}: {
  model?: string;
  data?: string;
  method?: string;
  output?: string;
} = {}): string {
  const learningRate =
    method === "FULL"
      ? "2.0e-5"
      : ["LORA", "ADALORA", "LOHA", "LOKR", "DIFF_PRUNING"].includes(method)
        ? "2.0e-4"
        : "2.0e-3";
  const quoted = (text: string) => yamlForPython(text, { lineWidth: 0 }).trimEnd();
  return `# A fine-tune for \`loam tune\`. Fields left out have defaults; misspelt ones are refused.
# Paths are relative to where the command runs.

model: ${quoted(model)}   # hub id, folder or .gguf
quantize: none               # nf4, fp4 or int8 keep the base in 4 or 8 bits (QLoRA)
# quantize_adapter: int8     # or int4: the adapter itself in few bits too, rounded anew after each update

method:
  peft_type: ${method}
  ${methodOptions[method] ?? ""}

data:
  path: ${quoted(data)}           # .jsonl, .json, .csv, .xlsx, .parquet, .txt, or a folder of them
  template: alpaca           # alpaca-zh, plain, or chat: the model's own
  max_tokens: 512            # longer rows are cut
  packing: true              # short rows share a batch row and do not see each other
  eval_share: 0.05           # kept aside for the evaluation loss
  # dedup: true
  # limit: 1000

optimizer: { name: adamw, learning_rate: ${learningRate}, weight_decay: 0 }   # adamw_8bit, lion, adafactor, sgd
schedule: { name: cosine, warmup_steps: 10 }                      # linear, constant
epochs: 1                    # or max_steps: 200
batch_size: 4
gradient_accumulation: 4     # the same gradient as one batch of 16
# gradient_checkpointing: true   # less memory, a third more time
max_grad_norm: 1

eval_every_steps: 50
# eval_generate: 16          # rows kept aside that are answered and scored with ROUGE at each evaluation
# early_stopping_patience: 3
sample_prompts: ["What is a token?"]   # answered with the adapter at each evaluation
sample_tokens: 40
checkpoint_every_steps: 50
keep_checkpoints: 2
seed: 42
device: cpu                  # auto, cuda, webgpu, coreml, dml
output: ${quoted(output)}
`;
}
