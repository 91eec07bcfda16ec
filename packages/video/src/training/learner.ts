import {
  add,
  clipGlobalNorm,
  compile,
  mul,
  type Optimiser,
  type OptimiserState,
  type SessionOptions,
  sub,
  type Tensor,
  type TensorType,
  type Value,
  value,
  valueAndGrad,
} from "@loam/graph";

/** Tensors of a model by the names they are saved under. */
export type Params<T = Value> = Record<string, T>;

/** All that a learner carries from step to step. */
export interface LearnerState {
  params: Params;
  /** A running mean of the parameters, which is what samples are made with. */
  ema: Params;
  optimiser: OptimiserState<Value>;
}

export interface LearnerOptions<B> extends Pick<SessionOptions, "device" | "threads"> {
  /** Shapes of the parameters. */
  shapes: Readonly<Record<string, readonly number[]>>;
  /** Dtypes and shapes of what each step is given. */
  batch: B;
  /** A scalar, from symbolic parameters and batch; `parts` are told beside it. */
  loss: (params: Params<Tensor>, batch: Record<keyof B & string, Tensor>) => Tensor | LossWithParts;
  optimiser: Optimiser;
  /** Largest global norm of the gradients; left out, they are not clipped. */
  clipNorm?: number;
  name?: string;
}

/** What is minimised, and scalars that it is made of. */
export interface LossWithParts {
  loss: Tensor;
  parts: Readonly<Record<string, Tensor>>;
}

/** One compiled step: forward, backward, update and running mean. */
export interface Learner<B> {
  /** The state before the first step. */
  start(params: Params): LearnerState;
  step(
    state: LearnerState,
    batch: Record<keyof B & string, Value>,
    /** `emaDecay` is the share of the running mean that stays. */
    rates: { learningRate: number; emaDecay: number },
    options?: { signal?: AbortSignal },
  ): Promise<{ state: LearnerState; loss: number; gradNorm: number; parts: Record<string, number> }>;
  close(): Promise<void>;
}

const scalarType = { dtype: "float32", shape: [] } as const;
const scalarValue = (x: number) => value(Float32Array.of(x), []);

/** Compiles the training step of a model: any loss over any batch. */
export async function compileLearner<B extends Record<string, TensorType>>({
  shapes,
  batch,
  loss,
  optimiser,
  clipNorm = Number.MAX_VALUE,
  name = "train-step",
  device,
  threads,
}: LearnerOptions<B>): Promise<Learner<B>> {
  const types = Object.fromEntries(
    Object.entries(shapes).map(([key, shape]) => [key, { dtype: "float32", shape } as TensorType]),
  );
  const batchTypes: Record<string, TensorType> = batch;
  type Inputs = {
    params: Params<Tensor>;
    ema: Params<Tensor>;
    state: OptimiserState<Tensor>;
    batch: Record<string, Tensor>;
    learningRate: Tensor;
    emaDecay: Tensor;
  };
  const program = await compile(
    (x: Inputs) => {
      let parts: LossWithParts["parts"] = {};
      const { value: found, grads } = valueAndGrad((params: Params<Tensor>) => {
        const told = loss(params, x.batch as Record<keyof B & string, Tensor>);
        if (!("parts" in told)) return told;
        parts = told.parts;
        return told.loss;
      })(x.params);
      const { grads: clipped, norm } = clipGlobalNorm(grads, clipNorm);
      const next = optimiser.update({
        params: x.params,
        grads: clipped,
        state: x.state,
        learningRate: x.learningRate,
      });
      const towards = sub(1, x.emaDecay);
      const ema = Object.fromEntries(
        Object.entries(x.ema).map(([key, mean]) => [key, add(mean, mul(sub(next.params[key]!, mean), towards))]),
      );
      return { loss: found, gradNorm: norm, parts, params: next.params, ema, state: next.state };
    },
    {
      name,
      device,
      threads,
      inputs: {
        params: types,
        ema: types,
        state: optimiser.stateSpec(types),
        batch: batchTypes,
        learningRate: scalarType,
        emaDecay: scalarType,
      },
    },
  );
  return {
    start: (params) => ({ params, ema: { ...params }, optimiser: optimiser.initialState(types) }),
    async step({ params, ema, optimiser: state }, given, { learningRate, emaDecay }, options) {
      const feeds = {
        params,
        ema,
        state,
        batch: given,
        learningRate: scalarValue(learningRate),
        emaDecay: scalarValue(emaDecay),
      };
      const result = await program(feeds, options);
      return {
        state: { params: result.params, ema: result.ema, optimiser: result.state },
        loss: Number(result.loss.data[0]),
        gradNorm: Number(result.gradNorm.data[0]),
        parts: Object.fromEntries(Object.entries(result.parts).map(([key, { data }]) => [key, Number(data[0])])),
      };
    },
    close: () => program.close(),
  };
}

/** Decay of the running mean after `step` steps: young means follow faster, so that the start is soon forgotten. */
export const emaDecayAt = (step: number, decay: number): number => Math.min(decay, (1 + step) / (10 + step));
