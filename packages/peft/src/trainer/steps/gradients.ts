import {
  add,
  addTrees,
  compile,
  mul,
  type Tensor,
  type TensorType,
  type Value,
  value,
  valueAndGrad,
  zeroValue,
} from "@loam/graph";
import type { Batch } from "../../data/pack.ts";
import type { AdapterConfig, AdapterMethod, BaseModel, Chance } from "../../layers/method.ts";
import { mapTensors, typesOf } from "../../numbers/tensor-value.ts";
import { KeyedChance } from "./chance.ts";
import { type BatchTensors, batchSpec, batchValues, lossOf } from "./train-loss.ts";
import type { TrainStepOptions } from "./train-step.ts";

/** Adapter tensors as the session holds them. */
export type Params = Readonly<Record<string, Value>>;

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

export interface GradientOptions {
  signal?: AbortSignal;
  /** What the gradients are for, as errors name it: `step 12`. */
  what?: string;
}

export type Tensors<T = Tensor> = Record<string, T>;

/** What a micro-batch brings into the graph. */
export type MicroInputs<T = Tensor> = BatchTensors<T> & {
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

export const scalarFloat = { dtype: "float32", shape: [] } as const;

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
    { ...session, name: "gradients", inputs: { params: paramTypes, sofar: paramTypes, micro: microSpec } },
  );
  return {
    async sum(all, micro, run) {
      const params = pick(all, (key) => !isFrozen(key));
      let grads: Params = mapTensors(trained, ({ shape }) => zeroValue("float32", shape));
      let loss = 0;
      const told: Record<string, number> = {};
      for (const [i, one] of micro.entries()) {
        const feeds = { params, sofar: grads, micro: microValues(all, one) };
        const result = await program(feeds, { signal: run?.signal });
        loss += Number(result.loss.data[0]);
        grads = result.grads;
        for (const [name, share] of Object.entries(numbersOf(result.told))) told[name] = (told[name] ?? 0) + share;
        options.onMicroBatch?.(i + 1);
      }
      return { loss, grads, told };
    },
    close: () => program.close(),
  };
}

/** What every graph of a step is made with. */
export function stepContext<C extends AdapterConfig>(
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

export function lossAndGradsOf<C extends AdapterConfig>(
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

export const numbersOf = (values: Params): Record<string, number> =>
  mapTensors(values, ({ data }) => Number(data[0])) as Record<string, number>;

export const keyValue = (key: number): Value => value([key], [], "int64");

export const scalarValue = (x: number): Value => value(Float32Array.of(x), []);

export function pick<T>(tensors: Readonly<Record<string, T>>, isWanted: (key: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).filter(([key]) => isWanted(key)));
}
