/** Where a training run is written down: an experiment tracker, TensorBoard, a test. */
export interface RunRecorder {
  /** Before the first step. */
  start?(run: { name: string; params: Readonly<Record<string, unknown>> }): void | Promise<void>;
  /** Numbers of one step, such as `train/loss`. */
  metrics(step: number, values: Readonly<Record<string, number>>): void | Promise<void>;
  text?(step: number, tag: string, text: string): void | Promise<void>;
  /** A file or folder that the run has made. */
  artifact?(path: string): void | Promise<void>;
  finish?(outcome: { status: "finished" | "failed" | "cancelled"; error?: string }): void | Promise<void>;
}

/** Tells several recorders the same. */
export function recordAll(recorders: readonly RunRecorder[]): Required<RunRecorder> {
  return {
    start: async (run) => {
      for (const recorder of recorders) await recorder.start?.(run);
    },
    metrics: async (step, values) => {
      for (const recorder of recorders) await recorder.metrics(step, values);
    },
    text: async (step, tag, text) => {
      for (const recorder of recorders) await recorder.text?.(step, tag, text);
    },
    artifact: async (path) => {
      for (const recorder of recorders) await recorder.artifact?.(path);
    },
    finish: async (outcome) => {
      for (const recorder of recorders) await recorder.finish?.(outcome);
    },
  };
}
