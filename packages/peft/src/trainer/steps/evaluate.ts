import { compile, type SessionOptions, type Tensor } from "@loam/graph";
import type { Batch } from "../../data/pack.ts";
import { type AdapterConfig, type AdapterMethod, type BaseModel, certain } from "../../layers/method.ts";
import { mapTensors, typesOf } from "../../numbers/tensor-value.ts";
import type { Objective } from "../recipe/recipe.ts";
import type { Params } from "./gradients.ts";
import { type BatchTensors, batchSpec, batchValues, lossOf } from "./train-loss.ts";

/** What evaluation rows come to. */
interface Evaluation {
  /** Mean loss over all supervised positions in nats, or over pairs. */
  loss: number;
  /** Means over pairs that the objective tells besides. */
  told: Record<string, number>;
}

/** A compiled loss without gradients, dropout or noise. */
export interface Evaluator {
  evaluate(
    params: Params,
    batches: Iterable<Batch> | AsyncIterable<Batch>,
    options?: { signal?: AbortSignal },
  ): Promise<Evaluation>;
  close(): Promise<void>;
}

export async function compileEvaluator<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  shapes: Readonly<Record<string, { shape: readonly number[] }>>,
  {
    packed = false,
    objective,
    reference,
    ...session
  }: { packed?: boolean; objective?: Objective; reference?: Params } & Pick<SessionOptions, "device" | "threads"> = {},
): Promise<Evaluator> {
  const program = await compile(
    (x: { params: Record<string, Tensor>; batch: BatchTensors; reference: Record<string, Tensor> }) => {
      const against = reference && x.reference;
      const { sum, told = {} } = lossOf(base, method, config, x.params, x.batch, certain, {
        objective,
        reference: against,
      });
      return { sum, told };
    },
    {
      ...session,
      name: "evaluation",
      inputs: {
        params: typesOf(shapes),
        batch: batchSpec({ packed, objective }),
        reference: typesOf(mapTensors(reference ?? {}, ({ dims }) => ({ shape: dims }))),
      },
    },
  );
  return {
    async evaluate(params, batches, options) {
      let sum = 0;
      let units = 0;
      const sums: Record<string, number> = {};
      for await (const batch of batches) {
        const feeds = { params, batch: batchValues(batch, { packed }), reference: reference ?? {} };
        const result = await program(feeds, options);
        sum += Number(result.sum.data[0]);
        units += batch.pairs ?? batch.judged?.length ?? batch.supervised;
        for (const [name, { data }] of Object.entries(result.told)) sums[name] = (sums[name] ?? 0) + Number(data[0]);
      }
      const mean = (of: number) => of / Math.max(1, units);
      return { loss: mean(sum), told: Object.fromEntries(Object.entries(sums).map(([name, of]) => [name, mean(of)])) };
    },
    close: () => program.close(),
  };
}
