import {
  add,
  clipGlobalNorm,
  compile,
  crossEntropy,
  equal,
  gather,
  indicesWhere,
  mul,
  not,
  type Optimiser,
  type OptimiserState,
  reshape,
  type SessionOptions,
  slice,
  type Tensor,
  type TensorType,
  type Value,
  value,
  valueAndGrad,
} from "@loam/graph";
import type { DecoderModel } from "@loam/models";
import { adaptedForward } from "../adapted-forward.ts";
import { ignoreIndex } from "../data/encode.ts";
import type { Batch } from "../data/pack.ts";
import type { AdapterConfig, AdapterMethod, BaseModel } from "../method.ts";

/** Adapter tensors as the session holds them. */
export type Params = Readonly<Record<string, Value>>;

export interface TrainStepOptions extends Pick<SessionOptions, "device" | "threads"> {
  optimiser: Optimiser;
  /** Largest global norm of the gradients; left out, they are not clipped. */
  maxGradNorm?: number;
  labelSmoothing?: number;
}

export interface StepInputs {
  params: Params;
  state: OptimiserState<Value>;
  batch: Batch;
  learningRate: number;
  /** What the summed loss is divided by: the supervised positions of all micro-batches of the step. */
  supervised?: number;
}

export interface StepResult {
  params: Params;
  state: OptimiserState<Value>;
  /** Mean loss over supervised positions in nats, with the method's penalty. */
  loss: number;
  /** Global norm of the gradients before they were clipped. */
  gradNorm: number;
  /** Gradients as the optimiser saw them, after clipping. */
  grads: Params;
}

/** One compiled training step: forward, backward and update as a single graph. */
export interface TrainStep {
  run(inputs: StepInputs, options?: { signal?: AbortSignal }): Promise<StepResult>;
  close(): Promise<void>;
}

const tokens = { dtype: "int64", shape: ["batch", "sequence"] } as const;
const scalarFloat = { dtype: "float32", shape: [] } as const;

/**
 * Compiles the training step of an adapter: the base's weights stay where they are mapped, the adapter's tensors and the
 * optimiser's state go in and come out. Logits exist only for positions whose next token is supervised.
 */
export async function compileTrainStep<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  shapes: Readonly<Record<string, { shape: readonly number[] }>>,
  { optimiser, maxGradNorm, labelSmoothing = 0, ...session }: TrainStepOptions,
): Promise<TrainStep> {
  const params: Record<string, TensorType> = Object.fromEntries(
    Object.entries(shapes).map(([key, { shape }]) => [key, { dtype: "float32", shape }]),
  );
  const program = await compile(
    (x: {
      params: Record<string, Tensor>;
      state: OptimiserState<Tensor>;
      ids: Tensor;
      positions: Tensor;
      mask: Tensor;
      labels: Tensor;
      scale: Tensor;
      learningRate: Tensor;
    }) => {
      const lossOf = valueAndGrad((tensors: Record<string, Tensor>) => {
        const attachment = method.attach(base, config, tensors, { dropout: (y) => y });
        const outputs = adaptedForward(base.model as DecoderModel, attachment, x);
        const sum = supervisedLoss(outputs, x.labels, labelSmoothing);
        const loss = mul(sum, x.scale);
        return attachment.penalty ? add(loss, attachment.penalty) : loss;
      });
      const { value: loss, grads } = lossOf(x.params);
      const clipped = clipGlobalNorm(grads, maxGradNorm ?? Number.MAX_VALUE);
      const next = optimiser.update({
        params: x.params,
        grads: clipped.grads,
        state: x.state,
        learningRate: x.learningRate,
      });
      return { loss, gradNorm: clipped.norm, next, grads: clipped.grads };
    },
    {
      ...session,
      name: "train-step",
      inputs: {
        params,
        state: optimiser.stateSpec(params),
        ids: tokens,
        positions: tokens,
        mask: { dtype: "bool", shape: tokens.shape },
        labels: tokens,
        scale: scalarFloat,
        learningRate: scalarFloat,
      },
    },
  );
  return {
    async run({ params, state, batch, learningRate, supervised = batch.supervised }, options) {
      const { B, T } = batch;
      const ids = (data: Int32Array): Value => value(Array.from(data), [B, T], "int64");
      const result = await program(
        {
          params,
          state,
          ids: ids(batch.ids),
          positions: ids(batch.positions),
          mask: value(
            Uint8Array.from(batch.segments, (segment) => (segment >= 0 ? 1 : 0)),
            [B, T],
            "bool",
          ),
          labels: ids(batch.labels),
          scale: value(Float32Array.of(1 / Math.max(1, supervised)), []),
          learningRate: value(Float32Array.of(learningRate), []),
        },
        options,
      );
      return {
        params: result.next.params,
        state: result.next.state,
        loss: Number(result.loss.data[0]),
        gradNorm: Number(result.gradNorm.data[0]),
        grads: result.grads,
      };
    },
    close: () => program.close(),
  };
}

/**
 * Summed cross-entropy of the next token over supervised positions, in nats. Position t predicts the label at t + 1, so the
 * last hidden state and the first label have no partner.
 *
 * @param labels int64 [B, T]; {@link ignoreIndex} is not supervised
 */
function supervisedLoss(
  { hidden, logits, promptLength }: ReturnType<typeof adaptedForward>,
  labels: Tensor,
  labelSmoothing: number,
): Tensor {
  const width = hidden.shape[2] as number;
  const states = slice(hidden, { axes: [1], starts: [promptLength], ends: [-1] }); // [B, T - 1, C]
  const targets = reshape(slice(labels, { axes: [1], starts: [1], ends: [null] }), [-1]); // [B·(T - 1)]
  const counted = indicesWhere(not(equal(targets, ignoreIndex)), { length: "supervised" });
  const rows = gather(reshape(states, [-1, width]), counted); // [supervised, C]
  return crossEntropy(logits(rows), gather(targets, counted), { reduction: "sum", ignoreIndex, labelSmoothing });
}
