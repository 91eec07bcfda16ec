import { compile, type SessionOptions, type Tensor } from "@loam/graph";
import type { Batch } from "../data/pack.ts";
import { type AdapterConfig, type AdapterMethod, type BaseModel, certain } from "../method.ts";
import { typesOf } from "../tensor-value.ts";
import { type BatchTensors, batchSpec, batchValues, lossOf } from "./train-loss.ts";
import type { Params } from "./train-step.ts";

/** A compiled loss without gradients, dropout or noise. */
export interface Evaluator {
  /** Mean loss over all supervised positions, in nats. */
  loss(
    params: Params,
    batches: Iterable<Batch> | AsyncIterable<Batch>,
    options?: { signal?: AbortSignal },
  ): Promise<number>;
  close(): Promise<void>;
}

export async function compileEvaluator<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  shapes: Readonly<Record<string, { shape: readonly number[] }>>,
  { packed = false, ...session }: { packed?: boolean } & Pick<SessionOptions, "device" | "threads"> = {},
): Promise<Evaluator> {
  const program = await compile(
    (x: { params: Record<string, Tensor>; batch: BatchTensors }) => ({
      sum: lossOf(base, method, config, x.params, x.batch, certain).sum,
    }),
    { ...session, name: "evaluation", inputs: { params: typesOf(shapes), batch: batchSpec({ packed }) } as never },
  );
  return {
    async loss(params, batches, options) {
      let sum = 0;
      let supervised = 0;
      for await (const batch of batches) {
        sum += Number((await program({ params, batch: batchValues(batch, { packed }) } as never, options)).sum.data[0]);
        supervised += batch.supervised;
      }
      return sum / Math.max(1, supervised);
    },
    close: () => program.close(),
  };
}
