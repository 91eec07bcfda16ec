import type { BaseJson, DatasetJson } from "@loam/server";
import type { Draft } from "../../../api/tune.ts";

/** What each method starts from: its own options, and a learning rate that suits it. */
const starts: Readonly<Record<string, { method: Record<string, unknown>; learningRate: number }>> = {
  LORA: { method: { r: 16, lora_alpha: 32, lora_dropout: 0.05, target_modules: "all-linear" }, learningRate: 2e-4 },
  ADALORA: { method: { init_r: 12, target_r: 8, lora_alpha: 32, target_modules: "all-linear" }, learningRate: 1e-3 },
  VERA: { method: { r: 256, target_modules: ["q_proj", "v_proj"] }, learningRate: 4e-3 },
  LOHA: { method: { r: 8, alpha: 16, target_modules: "all-linear" }, learningRate: 5e-4 },
  LOKR: { method: { r: 8, alpha: 16, target_modules: "all-linear" }, learningRate: 1e-3 },
  IA3: {
    method: { target_modules: ["k_proj", "v_proj", "down_proj"], feedforward_modules: ["down_proj"] },
    learningRate: 5e-3,
  },
  PREFIX_TUNING: { method: { num_virtual_tokens: 20 }, learningRate: 1e-2 },
  P_TUNING: { method: { num_virtual_tokens: 20 }, learningRate: 1e-3 },
  PROMPT_TUNING: { method: { num_virtual_tokens: 20 }, learningRate: 1e-2 },
  BOTTLENECK: { method: { config: "seq_bn" }, learningRate: 1e-3 },
  LN_TUNING: { method: {}, learningRate: 1e-3 },
  BITFIT: { method: {}, learningRate: 1e-3 },
  FULL: { method: {}, learningRate: 2e-5 },
  DIFF_PRUNING: { method: { target_modules: ["q_proj", "v_proj"], keep: 0.005 }, learningRate: 2e-4 },
  // Which tokens, only their author knows: the first stands for them until they are written in.
  TRAINABLE_TOKENS: { method: { token_indices: [0] }, learningRate: 1e-3 },
};

/** What stands in the form at first. */
export function newDraft(): Draft {
  return withMethod(
    {
      model: "",
      quantize: "none",
      data: { path: "", max_tokens: 512, eval_share: 0.1 },
      schedule: { name: "cosine", warmup_steps: 5 },
      epochs: 3,
      batch_size: 4,
      max_grad_norm: 1,
      eval_every_steps: 20,
      sample_prompts: [],
      output: "",
    },
    "LORA",
  );
}

/** The draft with another method, its usual options and learning rate. */
export function withMethod(draft: Draft, type: string): Draft {
  const { method, learningRate } = starts[type] ?? { method: {}, learningRate: 2e-4 };
  return {
    ...draft,
    method: { peft_type: type, ...method },
    optimizer: { ...(draft.optimizer as object | undefined), learning_rate: learningRate },
  };
}

/** The draft on another base: a chat model brings its own template. */
export function withBase(draft: Draft, base: Pick<BaseJson, "id" | "hasChatTemplate">): Draft {
  return {
    ...draft,
    model: base.id,
    data: { ...(draft.data as object), template: base.hasChatTemplate ? "chat" : "alpaca" },
  };
}

/** A name for the adapter, such as `garden-lora`, that none of those has. */
export function suggestName(
  dataset: Pick<DatasetJson, "name"> | undefined,
  method: string,
  taken: readonly string[],
): string {
  const stem = (dataset?.name ?? "adapter").replace(/\.\w+$/, "").replaceAll(/[^\p{L}\p{N}_-]+/gu, "-");
  const name = `${stem.replace(/^[-_]+/, "").slice(0, 40) || "adapter"}-${method.toLowerCase().replaceAll("_", "-")}`;
  if (!taken.includes(name)) return name;
  for (let n = 2; ; n++) if (!taken.includes(`${name}-${n}`)) return `${name}-${n}`;
}
