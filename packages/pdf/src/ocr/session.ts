import { openSession, value } from "@loam/graph";

/** A model with one float input and one float output, of any shape. */
export interface FloatSession {
  run(data: Float32Array, shape: readonly number[]): Promise<{ data: Float32Array; shape: readonly number[] }>;
  close(): Promise<void>;
}

/** Opens a model file. `threads` are the cores one run may use. */
export async function openFloatSession(path: string, { threads }: { threads: number }): Promise<FloatSession> {
  const session = await openSession(path, { threads });
  const input = session.inputNames[0]!;
  const output = session.outputNames[0]!;
  return {
    async run(data, shape) {
      const result = (await session.run({ [input]: value(data, shape) }))[output]!;
      return { data: result.data as Float32Array, shape: result.dims };
    },
    close: () => session.close(),
  };
}
