/** Depth, width and heads of the published sizes (arXiv:2212.09748 table 1), and one for laptops. */
export const ditPresets = {
  toy: { depth: 5, hidden: 192, heads: 3 },
  "DiT-S": { depth: 12, hidden: 384, heads: 6 },
  "DiT-B": { depth: 12, hidden: 768, heads: 12 },
  "DiT-L": { depth: 24, hidden: 1024, heads: 16 },
  "DiT-XL": { depth: 28, hidden: 1152, heads: 16 },
} as const;

type DitPreset = keyof typeof ditPresets;
export const ditPresetNames = Object.keys(ditPresets) as DitPreset[];
