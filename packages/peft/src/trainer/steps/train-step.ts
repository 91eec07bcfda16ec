import {
  add,
  addTrees,
  clipGlobalNorm,
  compile,
  mul,
  type Optimiser,
  type OptimiserState,
  randomUniform,
  type SessionOptions,
  type Tensor,
  type TensorType,
  type Value,
  value,
  valueAndGrad,
  zeroValue,
} from "@loam/graph";
import type { Batch } from "../../data/pack.ts";
import { type AdapterPrecision, quantizedAdapter } from "../../few-bits/quantized-adapter.ts";
import type { AdapterConfig, AdapterMethod, BaseModel, Chance } from "../../layers/method.ts";
import { mapTensors, typesOf } from "../../numbers/tensor-value.ts";
import { KeyedChance } from "./chance.ts";
import { type BatchTensors, batchSpec, batchValues, type LossOptions, lossOf } from "./train-loss.ts";

/** Adapter tensors as the session holds them. */
export type Params = Readonly<Record<string, Value>>;

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

/** One micro-batch with what its gradients depend on besides the parameters. */
export interface MicroBatch {
  batch: Batch;
  /** Reciprocals of what the step counts ({@link unitsOf}), and of its micro-batches. */
  scale: number;
  share: number;
  /** What dropout and gates are drawn from. */
  key: number;
  noise?: Params;
}

/** Computes gradients of micro-batches: here, or in worker processes. */
export interface GradientSource {
  /** Loss and gradients, summed over the micro-batches; `params` has the adapter's index tensors too. */
  sum(
    params: Params,
    micro: readonly MicroBatch[],
    options?: GradientOptions,
  ): Promise<{ loss: number; grads: Params; told?: Record<string, number> }>;
  close(): Promise<void>;
}

interface GradientOptions {
  signal?: AbortSignal;
  /** What the gradients are for, as errors name it: `step 12`. */
  what?: string;
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

type Tensors<T = Tensor> = Record<string, T>;

/** What a micro-batch brings into the graph. */
type MicroInputs<T = Tensor> = BatchTensors<T> & {
  /** Reciprocals of what the step counts, and of its micro-batches. */
  scale: T;
  share: T;
  key: T;
  noise: Tensors<T>;
  /** Index tensors of the adapter. */
  fixed: Tensors<T>;
  /** The adapter that preferences are measured against. */
  reference: Tensors<T>;
};

const scalarFloat = { dtype: "float32", shape: [] } as const;

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
      { ...session, name: "train-step", inputs: { ...updateSpec, params: storedTypes, micro: microSpec } as never },
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
        const result = await program(feeds as never, run);
        return finish(inputs, Number(result.loss.data[0]), result as never, numbersOf(result.told as Params));
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
      inputs: { ...updateSpec, params: paramTypes, grads: paramTypes, key: microSpec.key } as never,
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
      return finish(inputs, loss, (await updater(feeds as never, run)) as never, told);
    },
    async close() {
      await gradients.close();
      await updater.close();
    },
  };
}

/** The gradients of micro-batches in this process, one added to the other. */
export async function compileGradients<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  shapes: Readonly<Record<string, { shape: readonly number[] }>>,
  options: Omit<TrainStepOptions, "optimiser"> & {
    /** Hears of each micro-batch that is done. */
    onMicroBatch?: (done: number) => void;
  },
): Promise<GradientSource> {
  const { session, isFrozen, trained, paramTypes, microSpec, microValues } = stepContext(base, method, shapes, options);
  const lossAndGrads = lossAndGradsOf(base, method, config, options);
  const program = await compile(
    (x: { params: Tensors; sofar: Tensors; micro: MicroInputs }) => {
      const { value: loss, grads, told } = lossAndGrads(x.params, x.micro);
      return { loss, told, grads: addTrees(grads, x.sofar) };
    },
    { ...session, name: "gradients", inputs: { params: paramTypes, sofar: paramTypes, micro: microSpec } as never },
  );
  return {
    async sum(all, micro, run) {
      const params = pick(all, (key) => !isFrozen(key));
      let grads: Params = mapTensors(trained, ({ shape }) => zeroValue("float32", shape));
      let loss = 0;
      const told: Record<string, number> = {};
      for (const [i, one] of micro.entries()) {
        const feeds = { params, sofar: grads, micro: microValues(all, one) };
        const result = await program(feeds as never, { signal: run?.signal });
        loss += Number(result.loss.data[0]);
        grads = result.grads as Params;
        for (const [name, share] of Object.entries(numbersOf(result.told as Params)))
          told[name] = (told[name] ?? 0) + share;
        options.onMicroBatch?.(i + 1);
      }
      return { loss, grads, told };
    },
    close: () => program.close(),
  };
}

/** What every graph of a step is made with. */
function stepContext<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  shapes: Readonly<Record<string, { shape: readonly number[] }>>,
  {
    packed = false,
    noise = {},
    objective,
    reference = {},
    device,
    threads,
    memory,
  }: Omit<TrainStepOptions, "optimiser">,
) {
  const weights = base.model.parameters.rearrange ? ("packed" as const) : ("mapped" as const);
  const isFrozen = (key: string) => method.isFrozen?.(key) ?? false;
  // In the order of their names: sums over all of them must not depend on where the tensors came from.
  const sorted = Object.fromEntries(Object.entries(shapes).sort(([a], [b]) => (a < b ? -1 : 1)));
  const trained = pick(sorted, (key) => !isFrozen(key));
  const microSpec: MicroInputs<TensorType> = {
    ...batchSpec({ packed, objective }),
    scale: scalarFloat,
    share: scalarFloat,
    key: { dtype: "int64", shape: [] },
    noise: typesOf(Object.fromEntries(Object.entries(noise).map(([site, shape]) => [site, { shape }]))),
    fixed: typesOf(pick(shapes, isFrozen)),
    reference: typesOf(mapTensors(reference, ({ dims }) => ({ shape: dims }))),
  };
  const microValues = (params: Params, { batch, scale, share, key, noise }: MicroBatch): MicroInputs<Value> => ({
    ...batchValues(batch, { packed }),
    scale: scalarValue(scale),
    share: scalarValue(share),
    key: keyValue(key),
    noise: { ...noise },
    fixed: pick(params, isFrozen),
    reference: { ...reference },
  });
  const session = { device, threads, memory, weights };
  return { session, isFrozen, trained, paramTypes: typesOf(trained), microSpec, microValues };
}

function lossAndGradsOf<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  options: Omit<TrainStepOptions, "optimiser">,
): (params: Tensors, x: MicroInputs) => { value: Tensor; grads: Tensors; told: Tensors } {
  const { noise = {} } = options;
  return (params, x) => {
    let told: Tensors = {};
    const found = valueAndGrad((tensors: Tensors) => {
      const drawn = new KeyedChance(x.key);
      const chance: Chance =
        Object.keys(noise).length > 0 ? { dropout: drawn.dropout, uniform: (site) => x.noise[site]! } : drawn;
      const {
        sum,
        penalty,
        told: sums = {},
      } = lossOf(base, method, config, { ...tensors, ...x.fixed }, x, chance, {
        ...options,
        withGradient: true,
        reference: options.reference && x.reference,
      });
      told = mapTensors(sums, (one) => mul(one, x.scale));
      const loss = mul(sum, x.scale);
      return penalty ? add(loss, mul(penalty, x.share)) : loss;
    })(params);
    return { ...found, told };
  };
}

const numbersOf = (values: Params): Record<string, number> =>
  mapTensors(values, ({ data }) => Number(data[0])) as Record<string, number>;

/** What the loss of a step is a mean over: supervised positions, pairs of answers, or judged answers. */
const unitsOf = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { pairs, judged, supervised }) => sum + (pairs ?? judged?.length ?? supervised), 0);

/** Positions of a step that enter its loss. */
export const supervisedOf = (batches: readonly Batch[]): number =>
  batches.reduce((sum, batch) => sum + batch.supervised, 0);

/** Streams that dropout and gates do not reach. */
const roundingStream = 1_000_000;

const keyValue = (key: number): Value => value([key], [], "int64");

const scalarValue = (x: number): Value => value(Float32Array.of(x), []);

function pick<T>(tensors: Readonly<Record<string, T>>, isWanted: (key: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).filter(([key]) => isWanted(key)));
}

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
