import {
  add,
  crossEntropy,
  type Dim,
  dimScalar,
  equal,
  gather,
  indicesWhere,
  mul,
  not,
  reshape,
  rsqrt,
  slice,
  sub,
  type Tensor,
  type TensorType,
  type Value,
  value,
  vocabularyLoss,
} from "@loam/graph";
import type { DecoderModel } from "@loam/models";
import { ignoreIndex } from "../../data/encode.ts";
import type { Batch } from "../../data/pack.ts";
import { type AdapterConfig, type AdapterMethod, type BaseModel, type Chance, certain } from "../../layers/method.ts";
import { type AdaptedOutputs, adaptedForward, type Checkpointing } from "../../running/adapted-forward.ts";
import type { Objective, Recipe } from "../recipe/recipe.ts";
import { grpoLoss, type JudgedAnswers } from "./grpo-loss.ts";
import { type JudgedRows, ktoLoss } from "./kto-loss.ts";
import { orpoLoss } from "./orpo-loss.ts";
import { answerLogProbabilities, answerTokens, dpoLoss, type Pairs } from "./preference-loss.ts";

/** A batch as graph inputs. */
export type BatchTensors<T = Tensor> = {
  /** int64 [B, T]. */
  ids: T;
  positions: T;
  labels: T;
  /** bool [B, T]. */
  mask: T;
  /** int64 [B, T], only where rows hold several texts. */
  segments?: T;
  /** Only of preferences. */
  pairs?: Pairs<T>;
  /** Only of judged answers. */
  judged?: JudgedRows<T>;
  /** Only of answers that the model wrote itself. */
  written?: JudgedAnswers<T>;
};

const tokens = { dtype: "int64", shape: ["batch", "sequence"] } as const;

const half = { dtype: "int64", shape: ["pairs"] } as const;

export const batchSpec = ({
  packed,
  objective,
}: {
  packed: boolean;
  objective?: Objective;
}): BatchTensors<TensorType> => ({
  ids: tokens,
  positions: tokens,
  labels: tokens,
  mask: { dtype: "bool", shape: tokens.shape },
  ...(packed && { segments: tokens }),
  ...((objective?.type === "dpo" || objective?.type === "orpo") && { pairs: { chosen: half, rejected: half } }),
  ...(objective?.type === "kto" && {
    judged: { own: half, mismatched: half, desirable: { dtype: "float32", shape: half.shape } },
  }),
  ...(objective?.type === "grpo" && {
    written: {
      advantages: { dtype: "float32", shape: ["batch"] },
      ...(objective.iterations > 1 && { old: { dtype: "float32", shape: tokens.shape } }),
    },
  }),
});

export function batchValues(batch: Batch, { packed }: { packed: boolean }): BatchTensors<Value> {
  const shape = [batch.B, batch.T];
  const int64 = (data: Int32Array): Value => value(BigInt64Array.from(data, BigInt), shape);
  const numbers = (from: number, count: number): Value =>
    value(
      BigInt64Array.from({ length: count }, (_, i) => BigInt(from + i)),
      [count],
    );
  return {
    ids: int64(batch.ids),
    positions: int64(batch.positions),
    labels: int64(batch.labels),
    mask: value(
      Uint8Array.from(batch.segments, (segment) => (segment >= 0 ? 1 : 0)),
      shape,
      "bool",
    ),
    ...(packed && { segments: int64(batch.segments.map((segment) => Math.max(0, segment))) }),
    ...(batch.pairs !== undefined && {
      pairs: { chosen: numbers(0, batch.pairs), rejected: numbers(batch.pairs, batch.pairs) },
    }),
    ...(batch.judged !== undefined && {
      judged: {
        own: numbers(0, batch.judged.length),
        mismatched: numbers(batch.judged.length, batch.judged.length),
        desirable: value(Float32Array.from(batch.judged, Number), [batch.judged.length]),
      },
    }),
    ...(batch.written !== undefined && {
      written: {
        advantages: value(Float32Array.from(batch.written.advantages), [batch.B]),
        ...(batch.written.old && { old: value(batch.written.old, shape) }),
      },
    }),
  };
}

export interface LossOptions {
  labelSmoothing?: number;
  /** NEFTune (arXiv:2310.05914): uniform noise of ±α/√(T·C) on the embeddings. */
  neftuneAlpha?: number;
  /** Left out, "selective". */
  checkpointing?: Checkpointing;
  /** Left out, to write the answers of the data. */
  objective?: Objective;
}

export const lossOptionsOf = (recipe: Recipe): Required<LossOptions> => ({
  labelSmoothing: recipe.label_smoothing,
  neftuneAlpha: recipe.neftune_alpha,
  checkpointing: recipe.gradient_checkpointing ? "layers" : "selective",
  objective: recipe.objective,
});

/**
 * The summed loss over supervised positions in nats (of preferences, over pairs), what the method adds to it, and sums that
 * are worth telling beside it. Losses are scalars.
 *
 * @param options.withGradient whether a gradient will be asked for, so that it is made where that takes least memory
 * @param options.reference the adapter that preferences are measured against; left out, the base without one
 */
export function lossOf<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  tensors: Readonly<Record<string, Tensor>>,
  batch: BatchTensors,
  chance: Chance,
  {
    labelSmoothing = 0,
    neftuneAlpha = 0,
    checkpointing = "selective",
    objective = { type: "sft" },
    withGradient = false,
    reference,
  }: LossOptions & { withGradient?: boolean; reference?: Readonly<Record<string, Tensor>> } = {},
): { sum: Tensor; penalty?: Tensor; told?: Record<string, Tensor> } {
  const attachment = method.attach(base, config, tensors, chance);
  const disturb = neftuneAlpha > 0 && chance.uniform ? neftune(chance.uniform, neftuneAlpha) : undefined;
  const outputs = adaptedForward(base.model as DecoderModel, attachment, { ...batch, disturb, checkpointing });
  /** What training began with. */
  const before = () =>
    adaptedForward(base.model as DecoderModel, reference ? method.attach(base, config, reference, certain) : {}, batch);
  if (objective.type === "dpo" || objective.type === "kto") {
    const [policy, fixed] = [outputs, before()].map((of) => answerLogProbabilities(of, batch.labels));
    const found =
      objective.type === "dpo"
        ? dpoLoss(policy!, fixed!, batch.pairs!, objective)
        : ktoLoss(policy!, fixed!, batch.judged!, objective);
    return { ...found, penalty: attachment.penalty };
  }
  if (objective.type === "grpo") {
    const [policy, fixed] = [outputs, objective.kl > 0 ? before() : undefined].map(
      (of) => of && answerTokens(of, batch.labels),
    );
    return { ...grpoLoss(policy!, fixed, batch.written!, objective), penalty: attachment.penalty };
  }
  if (objective.type === "orpo")
    return { ...orpoLoss(outputs, batch, batch.pairs!, objective), penalty: attachment.penalty };
  const head = base.linearLayers.at(-1)!;
  const isPlain =
    head.layout === "out,in" &&
    !head.hasBias &&
    !attachment.changesHead &&
    !Object.keys(tensors).some((key) => key.includes(`${head.path}.`));
  const table = isPlain && labelSmoothing === 0 ? base.model.parameters.get(head.weight) : undefined;
  return {
    sum: supervisedLoss(outputs, batch.labels, { labelSmoothing, table, withGradient }),
    penalty: attachment.penalty,
  };
}

function neftune(uniform: NonNullable<Chance["uniform"]>, alpha: number): (embeddings: Tensor) => Tensor {
  return (embeddings) => {
    const [, length, width] = embeddings.shape as [Dim, Dim, number];
    const bound = mul(rsqrt(mul(dimScalar(length, embeddings), width)), alpha);
    return add(embeddings, mul(mul(sub(uniform("neftune", embeddings.shape), 0.5), 2), bound));
  };
}

/**
 * Summed cross-entropy of the next token over supervised positions, in nats. Position t predicts the label at t + 1, so the
 * last hidden state and the first label have no partner. Logits exist for supervised positions only.
 *
 * @param labels int64 [B, T]; {@link ignoreIndex} is not supervised
 * @param options.table the output embedding [V, C] where logits are just its product with the hidden state
 */
function supervisedLoss(
  { hidden, logits, promptLength }: AdaptedOutputs,
  labels: Tensor,
  { labelSmoothing, table, withGradient }: { labelSmoothing: number; table?: Tensor; withGradient: boolean },
): Tensor {
  const width = hidden.shape[2] as number;
  const states = slice(hidden, { axes: [1], starts: [promptLength], ends: [-1] }); // [B, T - 1, C]
  const rows = reshape(states, [-1, width]);
  const targets = reshape(slice(labels, { axes: [1], starts: [1], ends: [null] }), [-1]); // [B·(T - 1)]
  if (table) return vocabularyLoss(rows, table, targets, { ignoreIndex, withGradient }).sum;
  const counted = indicesWhere(not(equal(targets, ignoreIndex)), { length: "supervised" });
  return crossEntropy(logits(gather(rows, counted)), gather(targets, counted), {
    reduction: "sum",
    ignoreIndex,
    labelSmoothing,
  });
}
