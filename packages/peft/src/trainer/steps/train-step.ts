import {
  clipGlobalNorm,
  compile,
  mul,
  type Optimiser,
  type OptimiserState,
  randomUniform,
  type SessionOptions,
  type Tensor,
  type Value,
} from "@loam/graph";
import type { Batch } from "../../data/pack.ts";
import { type AdapterPrecision, quantizedAdapter } from "../../few-bits/quantized-adapter.ts";
import type { AdapterConfig, AdapterMethod, BaseModel } from "../../layers/method.ts";
import {
  compileGradients,
  type GradientOptions,
  type GradientSource,
  keyValue,
  lossAndGradsOf,
  type MicroBatch,
  type MicroInputs,
  numbersOf,
  type Params,
  pick,
  scalarFloat,
  scalarValue,
  stepContext,
  type Tensors,
} from "./gradients.ts";
import type { LossOptions } from "./train-loss.ts";

export interface TrainStepOptions extends LossOptions, Pick<SessionOptions, "device" | "threads" | "memory"> {
  optimiser: Optimiser;
  /** How fast a tensor learns beside the others, and whether another rule moves it (one without weight decay, say). */
  groupOf?: (key: string) => ParameterGroup;
  /** Largest global norm of the gradients; left out, they are not clipped. */
  maxGradNorm?: number;
  /** "accumulated" sums gradients over micro-batches before each update, at the price of keeping them. */
  batches?: "single" | "accumulated";
  /** Whether rows hold several texts, which must not see each other. */
  packed?: boolean;
  /** Shapes of numbers in (0, 1) that are given with each step, by site, instead of being drawn from its key. */
  noise?: Readonly<Record<string, readonly number[]>>;
  /** Keeps the adapter in few bits from one step to the next: `params` then go in and come out as codes and scales. */
  quantizeAdapter?: AdapterPrecision;
  /** The adapter that preferences are measured against; left out, the base without one. */
  reference?: Params;
  /** Who computes the gradients of accumulated micro-batches; left out, this process, one after the other. */
  gradients?: GradientSource;
}

/** How one tensor is moved. */
export interface ParameterGroup {
  /** Times the learning rate of the step and the method's own factor; left out, 1. */
  rateFactor?: number;
  /** Left out, the step's. It must keep the same state. */
  optimiser?: Optimiser;
}

interface StepInputs {
  params: Params;
  state: OptimiserState<Value>;
  /** The micro-batches of the step; one, unless the step was compiled for more. */
  batches: readonly Batch[];
  learningRate: number;
  /** What dropout and gates are drawn from: integers in [0, 2³¹), one for each micro-batch. Left out, 0, 1, … */
  keys?: readonly number[];
  noise?: Params;
}

interface StepResult {
  params: Params;
  state: OptimiserState<Value>;
  /** Mean loss over supervised positions in nats, or over pairs, with the method's penalty. */
  loss: number;
  /** Global norm of the gradients before they were clipped. */
  gradNorm: number;
  /** Gradients as the optimiser saw them, after clipping; only where the method looks at them. */
  grads?: Params;
  /** Means over pairs that the objective tells besides. */
  told?: Record<string, number>;
}

/** One compiled training step: forward, backward and update. */
export interface TrainStep {
  run(inputs: StepInputs, options?: GradientOptions): Promise<StepResult>;
  close(): Promise<void>;
}

/**
 * Compiles the training step of an adapter: the base's weights stay where they are mapped, the adapter's tensors and the
 * optimiser's state go in and come out. The loss of a step is the sum over all its supervised positions (or pairs) divided by
 * their number, so micro-batches give what one big batch would.
 */
export async function compileTrainStep<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  shapes: Readonly<Record<string, { shape: readonly number[] }>>,
  options: TrainStepOptions,
): Promise<TrainStep> {
  const { optimiser, groupOf = () => ({}), maxGradNorm, batches = "single" } = options;
  const context = stepContext(base, method, shapes, options);
  const { session, isFrozen, trained, paramTypes, microSpec, microValues } = context;
  const groups = parameterGroups(base, method, config, Object.keys(trained), groupOf);
  const wantsGrads = method.keeper !== undefined;
  const stored = options.quantizeAdapter && quantizedAdapter(options.quantizeAdapter, trained);
  const storedTypes = stored?.spec ?? paramTypes;
  /** Float32 parameters as they are kept until the next step. */
  const kept = (params: Tensors, key: Tensor): Tensors =>
    stored?.write(params, (shape, stream) => randomUniform({ shape, seed: key, stream: roundingStream + stream })) ??
    params;
  const lossAndGrads = lossAndGradsOf(base, method, config, options);

  const update = (x: { params: Tensors; grads: Tensors; state: OptimiserState<Tensor>; learningRate: Tensor }) => {
    const { grads, norm } = clipGlobalNorm(x.grads, maxGradNorm ?? Number.MAX_VALUE);
    const next = groups.map(({ factor, rule, keys }) =>
      (rule ?? optimiser).update({
        params: pick(x.params, (key) => keys.has(key)),
        grads: pick(grads, (key) => keys.has(key)),
        state: x.state,
        learningRate: factor === 1 ? x.learningRate : mul(x.learningRate, factor),
      }),
    );
    return {
      gradNorm: norm,
      params: Object.assign({}, ...next.map((group) => group.params)) as Tensors,
      state: {
        step: next[0]!.state.step,
        slots: Object.assign({}, ...next.map((group) => group.state.slots)) as OptimiserState<Tensor>["slots"],
      },
      ...(wantsGrads && { grads }),
    };
  };

  const updateSpec = { state: optimiser.stateSpec(paramTypes), learningRate: scalarFloat };
  const microOf = ({ batches, keys, noise }: StepInputs): MicroBatch[] => {
    const scale = 1 / Math.max(1, unitsOf(batches));
    const share = 1 / batches.length;
    return batches.map((batch, i) => ({ batch, scale, share, key: keys?.[i] ?? i, noise }));
  };
  const finish = (
    inputs: StepInputs,
    loss: number,
    result: { params: Params; state: unknown; gradNorm: Value; grads?: unknown },
    told: Record<string, number> = {},
  ): StepResult => ({
    params: { ...pick(inputs.params, isFrozen), ...result.params },
    state: result.state as OptimiserState<Value>,
    loss,
    gradNorm: Number(result.gradNorm.data[0]),
    ...(wantsGrads && { grads: result.grads as Params }),
    told,
  });

  if (batches === "single") {
    const program = await compile(
      (x: { params: Tensors; state: OptimiserState<Tensor>; learningRate: Tensor; micro: MicroInputs }) => {
        const params = stored?.read(x.params) ?? x.params;
        const { value: loss, grads, told } = lossAndGrads(params, x.micro);
        const updated = update({ ...x, params, grads });
        return { loss, told, ...updated, params: kept(updated.params, x.micro.key) };
      },
      { ...session, name: "train-step", inputs: { ...updateSpec, params: storedTypes, micro: microSpec } },
    );
    return {
      async run(inputs, run) {
        const { state, learningRate } = inputs;
        const params = pick(inputs.params, (key) => !isFrozen(key));
        const feeds = {
          params,
          state,
          learningRate: scalarValue(learningRate),
          micro: microValues(inputs.params, microOf(inputs)[0]!),
        };
        const result = await program(feeds, run);
        return finish(inputs, Number(result.loss.data[0]), result, numbersOf(result.told));
      },
      close: () => program.close(),
    };
  }

  const gradients = options.gradients ?? (await compileGradients(base, method, config, shapes, options));
  const updater = await compile(
    ({
      key,
      ...x
    }: {
      params: Tensors;
      grads: Tensors;
      state: OptimiserState<Tensor>;
      learningRate: Tensor;
      key: Tensor;
    }) => {
      const updated = update(x);
      return { ...updated, params: kept(updated.params, key) };
    },
    {
      ...session,
      name: "update",
      inputs: { ...updateSpec, params: paramTypes, grads: paramTypes, key: microSpec.key },
    },
  );
  return {
    async run(inputs, run) {
      const all = { ...pick(inputs.params, isFrozen), ...(stored?.dequantize(inputs.params) ?? inputs.params) };
      const params = pick(all, (key) => !isFrozen(key));
      const micro = microOf(inputs);
      const { loss, grads, told } = await gradients.sum(all, micro, run);
      const key = keyValue(micro[0]!.key);
      const feeds = { params, grads, state: inputs.state, learningRate: scalarValue(inputs.learningRate), key };
      return finish(inputs, loss, await updater(feeds, run), told);
    },
    async close() {
      await gradients.close();
      await updater.close();
    },
  };
}

/** What the loss of a step is a mean over: supervised positions, pairs of answers, or judged or written answers. */
const unitsOf = (batches: readonly Batch[]): number =>
  batches.reduce(
    (sum, { pairs, judged, written, supervised }) =>
      sum + (pairs ?? judged?.length ?? written?.advantages.length ?? supervised),
    0,
  );

/** Positions of a step that enter its loss. */
export const supervisedOf = (batches: readonly Batch[]): number =>
  batches.reduce((sum, batch) => sum + batch.supervised, 0);

/** Streams that dropout and gates do not reach. */
const roundingStream = 1_000_000;

/** Tensors by how they are moved. */
function parameterGroups<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  keys: readonly string[],
  groupOf: (key: string) => ParameterGroup,
): { factor: number; rule?: Optimiser; keys: Set<string> }[] {
  const groups: { factor: number; rule?: Optimiser; keys: Set<string> }[] = [];
  for (const key of keys) {
    const { rateFactor = 1, optimiser: rule } = groupOf(key);
    const factor = rateFactor * (method.learningRateFactor?.(key, config, base) ?? 1);
    let group = groups.find((one) => one.factor === factor && one.rule === rule);
    if (!group) groups.push((group = { factor, rule, keys: new Set() }));
    group.keys.add(key);
  }
  return groups;
}
