/** Shapes of training steps that video-step.bench.ts measures: the recipe of moving digits, and DiT-S/4 on 256 tokens. */
export const videoShapes = {
  recipe: { hidden: 192, depth: 5, heads: 3, batch: 32, grid: [2, 4, 4], patch: [8, 8, 8], channels: 1, textDim: 192 },
  "dit-s4": {
    hidden: 384,
    depth: 12,
    heads: 6,
    batch: 4,
    grid: [4, 8, 8],
    patch: [1, 4, 4],
    channels: 4,
    textDim: 192,
  },
} as const;
export type VideoShape = keyof typeof videoShapes;

export const videoWords = 8;
export const tokensOf = ({ grid: [f, h, w] }: { grid: readonly [number, number, number] }): number => f * h * w;
