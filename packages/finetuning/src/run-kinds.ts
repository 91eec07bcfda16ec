/** Kinds of runs that wait in the queue of training. */
export const runKinds = { tune: "tune", pretrain: "pretrain", video: "video" } as const;
