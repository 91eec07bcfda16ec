/** What the methods are called in papers, in every language. */
const names: Readonly<Record<string, string>> = {
  LORA: "LoRA",
  ADALORA: "AdaLoRA",
  VERA: "VeRA",
  LOHA: "LoHa",
  LOKR: "LoKr",
  IA3: "(IA)³",
  PREFIX_TUNING: "P-tuning v2",
  P_TUNING: "P-tuning",
  PROMPT_TUNING: "Prompt tuning",
  BOTTLENECK: "Adapter",
  BITFIT: "BitFit",
  FULL: "Full fine-tuning",
  LN_TUNING: "LayerNorm tuning",
  DIFF_PRUNING: "Diff pruning",
  TRAINABLE_TOKENS: "Trainable tokens",
};

/** The name of a method, with QLoRA's letter where the base is quantised. */
export function methodName(type: string | null, quantize?: string | null): string {
  const name = type === null ? "" : (names[type] ?? type);
  return quantize && quantize !== "none"
    ? `${name === "LoRA" ? "QLoRA" : `${name} · ${quantize.toUpperCase()}`}`
    : name;
}
