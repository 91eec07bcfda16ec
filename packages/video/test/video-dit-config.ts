import type { VideoDitConfig } from "../src/dit/video-dit.ts";

// biome-ignore lint/suspicious/noExplicitAny: the recorded config
export const configOf = (json: any): VideoDitConfig => ({
  channels: json.channels,
  patch: json.patch,
  hidden: json.hidden,
  depth: json.depth,
  heads: json.heads,
  mlpRatio: json.mlp_ratio,
  textDim: json.text_dim,
  positions: json.positions,
  attention: json.attention,
});
