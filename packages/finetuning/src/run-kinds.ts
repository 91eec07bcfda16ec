/** Kinds of runs that fine-tuning has. */
export const runKinds = { tune: "tune", pretrain: "pretrain" } as const;
