import {
  argmax,
  cast,
  compile,
  crossEntropy,
  equal,
  gather,
  indicesWhere,
  not,
  reduceSum,
  reshape,
  type SessionOptions,
  slice,
  type Tensor,
} from "@loam/graph";
import type { DecoderModel } from "@loam/models";
import { ignoreIndex } from "../../data/encode.ts";
import type { Batch } from "../../data/pack.ts";
import { type AdapterConfig, type AdapterMethod, type BaseModel, certain } from "../../layers/method.ts";
import { typesOf } from "../../numbers/tensor-value.ts";
import { adaptedForward } from "../../running/adapted-forward.ts";
import type { Params } from "./gradients.ts";
import { type BatchTensors, batchSpec, batchValues } from "./train-loss.ts";

/** How well supervised tokens are foreseen. */
interface TokenScore {
  /** Mean loss in nats. */
  loss: number;
  /** Share of them that the model ranks first, in [0, 1]. */
  accuracy: number;
}

/** A compiled forward pass that counts tokens; it makes the logits of every supervised position, which a loss need not. */
export interface TokenScorer {
  score(
    params: Params,
    batches: Iterable<Batch> | AsyncIterable<Batch>,
    options?: { signal?: AbortSignal },
  ): Promise<TokenScore>;
  close(): Promise<void>;
}

export async function compileTokenScorer<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  shapes: Readonly<Record<string, { shape: readonly number[] }>>,
  { packed = false, ...session }: { packed?: boolean } & Pick<SessionOptions, "device" | "threads"> = {},
): Promise<TokenScorer> {
  const program = await compile(
    (x: { params: Record<string, Tensor>; batch: BatchTensors }) => {
      const attachment = method.attach(base, config, x.params, certain);
      const { hidden, logits, promptLength } = adaptedForward(base.model as DecoderModel, attachment, x.batch);
      const states = slice(hidden, { axes: [1], starts: [promptLength], ends: [-1] }); // [B, T - 1, C]
      const rows = reshape(states, [-1, hidden.shape[2] as number]);
      const targets = reshape(slice(x.batch.labels, { axes: [1], starts: [1], ends: [null] }), [-1]);
      const counted = indicesWhere(not(equal(targets, ignoreIndex)), { length: "supervised" });
      const wanted = gather(targets, counted);
      const scores = logits(gather(rows, counted)); // [supervised, V]
      const hits = equal(argmax(scores, { axis: -1, keepdims: false }), wanted);
      return {
        loss: crossEntropy(scores, wanted, { reduction: "sum", ignoreIndex }),
        correct: reduceSum(cast(hits, "float32"), { axes: [0], keepdims: false }),
      };
    },
    { ...session, name: "token scores", inputs: { params: typesOf(shapes), batch: batchSpec({ packed }) } },
  );
  return {
    async score(params, batches, options) {
      let [loss, correct, supervised] = [0, 0, 0];
      for await (const batch of batches) {
        const result = await program({ params, batch: batchValues(batch, { packed }) }, options);
        loss += Number(result.loss.data[0]);
        correct += Number(result.correct.data[0]);
        supervised += batch.supervised;
      }
      return { loss: loss / Math.max(1, supervised), accuracy: correct / Math.max(1, supervised) };
    },
    close: () => program.close(),
  };
}
