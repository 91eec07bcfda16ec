/** The least a recipe says about each method. A method without a row here fails the suite by name. */
export const methodOptions: Record<string, Record<string, unknown>> = {
  LORA: { target_modules: "all-linear", use_dora: true },
  ADALORA: { target_modules: ["q_proj", "v_proj"], init_r: 4, target_r: 2 },
  LOHA: { target_modules: ["q_proj", "down_proj"], r: 4 },
  LOKR: { target_modules: ["q_proj", "down_proj"], r: 2 },
  IA3: { target_modules: ["k_proj", "v_proj", "down_proj"], feedforward_modules: ["down_proj"] },
  PREFIX_TUNING: { num_virtual_tokens: 3, prefix_projection: true },
  P_TUNING: { num_virtual_tokens: 3, encoder_hidden_size: 16 },
  PROMPT_TUNING: { num_virtual_tokens: 3 },
  BOTTLENECK: { config: "double_seq_bn" },
  VERA: { target_modules: ["q_proj", "down_proj"], r: 6 },
  BITFIT: {},
  FULL: { freeze: ["norm"] },
  LN_TUNING: {},
  TRAINABLE_TOKENS: { token_indices: [3, 5] },
  DIFF_PRUNING: { target_modules: ["q_proj", "v_proj"], keep: 0.1 },
};
