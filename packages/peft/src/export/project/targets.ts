/** The engines that a project can be written for. */
export const projectTargets = ["accelerate", "torchrun", "ray", "axolotl", "llama-factory"] as const;
export type ProjectTarget = (typeof projectTargets)[number];
