import type { VideoDraft } from "../../../api/video-training.ts";

/** Recipes to start from. */
export const starterNames = ["quick", "digits", "world", "own"] as const;
export type StarterName = (typeof starterNames)[number];

const world = { kind: "caption-world", languages: ["en"] };

export const starters: Record<StarterName, VideoDraft> = {
  /** Minutes on a small machine: enough to see that it learns. */
  quick: {
    data: { ...world, sizes: [{ frames: 8, height: 16, width: 16 }], thing_size: 7, start_grid: 4 },
    model: { patch: [4, 4, 4], hidden: 64, depth: 2, heads: 2, text_dim: 32 },
    optimizer: { warmup_steps: 20 },
    steps: 600,
    batch_size: 16,
    sample_every_steps: 50,
    sample_prompts: ["a red circle moving left at night", "a yellow square moving down at grass"],
  },
  /** The recipe of the model that comes with Loam. */
  digits: {
    data: { kind: "moving-digits" },
    steps: 2400,
    batch_size: 32,
    sample_every_steps: 200,
    sample_prompts: ["a 3 moving left", "a 7 moving up"],
  },
  world: {
    data: { ...world, languages: ["en", "zh"] },
    steps: 4300,
    batch_size: 32,
    sample_every_steps: 200,
    sample_prompts: ["a red circle moving left at night", "在夜里蓝色的方块向右移动"],
  },
  /** Clips that are added as an archive. */
  own: {
    data: { kind: "folder", path: "", size: { frames: 16, height: 32, width: 32 } },
    steps: 2000,
    batch_size: 16,
    sample_every_steps: 200,
    sample_prompts: [],
  },
};

/** A name that no model has yet: `world`, `world-2`, … */
export function freeName(starter: StarterName, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? starter : `${starter}-${n}`;
    if (!taken.includes(name)) return name;
  }
}
