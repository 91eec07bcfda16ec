import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OnProgress, ProgressMeter, Rng, throwIfCancelled } from "@loam/core";
import { writeSafetensors } from "@loam/formats";
import {
  adamW,
  compile,
  crossEntropy,
  floats,
  type OptimiserState,
  reshape,
  type Tensor,
  type Value,
  value,
  valueAndGrad,
} from "@loam/graph";
import { architectureOf, type DecoderArchitecture, Modules, openTokenizer } from "@loam/models";
import { endOfText, trainBytePairs } from "./byte-pairs.ts";
import { readProse } from "./prose.ts";

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  vocab_size: 1024,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  eos_token_id: 256,
};
const architecture = architectureOf(config) as DecoderArchitecture;
const modelConfig = architecture.readConfig(config);
const [B, T, V] = [8, 96, config.vocab_size];
const [peakLearningRate, warmUpSteps] = [6e-3, 20];

/** Steps of a small base that has learnt what it can: about two minutes of two cores. */
export const smallBaseSteps = 1500;

export interface SmallBaseOptions {
  steps?: number;
  /** Called after each step with its loss in nats a token. */
  onStep?: (step: number, lossNats: number) => void;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Trains a Llama of 0.7 million weights from nothing on Loam's documents and doc comments, with a byte-pair vocabulary of
 * the same text, and writes it as a Hugging Face folder, whole or not at all. What it says is babble in their style: it is
 * for trying out fine-tuning where no model can be had. The same text and steps give the same weights.
 *
 * @throws {CancelledError} after the step in hand; nothing is written then.
 */
export async function makeSmallBase(
  folder: string,
  { steps = smallBaseSteps, onStep, onProgress, signal }: SmallBaseOptions = {},
): Promise<void> {
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  try {
    const tokens = await writeTokenizer(part);
    const params = await train(tokens, { steps, onStep, onProgress, signal });
    await writeSafetensors(
      join(part, "model.safetensors"),
      Object.entries(params).map(([name, x]) => [name, { dtype: "F32", shape: x.dims, data: floats(x) }]),
      { metadata: { format: "pt" } },
    );
    await writeFile(join(part, "config.json"), JSON.stringify(config, null, 2));
    await rm(folder, { recursive: true, force: true });
    await rename(part, folder);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** Learns the vocabulary and returns the text in it. */
async function writeTokenizer(folder: string): Promise<number[]> {
  const texts = await readProse();
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(trainBytePairs(texts.join("\n"), V)));
  await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify({ eos_token: endOfText }));
  const tokenizer = await openTokenizer(folder);
  return texts.flatMap((text) => [...tokenizer.encode(text).ids, config.eos_token_id]);
}

async function train(
  tokens: readonly number[],
  { steps, onStep, onProgress, signal }: SmallBaseOptions & { steps: number },
): Promise<Record<string, Value>> {
  const rng = new Rng(42);
  let params = initialWeights(rng);
  const optimiser = adamW({ weightDecay: 0.01 });
  let state = optimiser.initialState(types);
  const step = await compileStep(optimiser);
  const meter = new ProgressMeter(onProgress, { task: "pretrain", unit: "step", total: steps });
  try {
    for (let count = 1; count <= steps; count++) {
      throwIfCancelled(signal, "Making a small base");
      const starts = Array.from({ length: B }, () => rng.integer(tokens.length - T - 1));
      const rows = (shift: number) => idsOf(starts.flatMap((from) => tokens.slice(from + shift, from + shift + T)));
      const learningRate = value([learningRateAt(count - 1, steps)], []);
      const result = await step({ params, state, ids: rows(0), next: rows(1), learningRate, positions, mask });
      params = result.params as Record<string, Value>;
      state = result.state as typeof state;
      const loss = Number(result.loss.data[0]);
      onStep?.(count, loss);
      meter.advance(1, `loss ${loss.toFixed(2)}`);
    }
  } finally {
    await step.close();
  }
  return params;
}

/** Warm-up, then half a cosine down to a twentieth. */
function learningRateAt(step: number, steps: number): number {
  const warmUp = Math.min(1, (step + 1) / warmUpSteps);
  return peakLearningRate * warmUp * (0.05 + 0.95 * Math.cos((Math.PI / 2) * (step / steps)) ** 2);
}

const shapes = architecture.parameters(modelConfig);
const types = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, { dtype: "float32" as const, shape }]),
);
const idsType = { dtype: "int64", shape: [B, T] } as const;
const idsOf = (ids: readonly number[]) => value(BigInt64Array.from(ids, BigInt), [B, T]);
const positions = idsOf(Array.from({ length: B * T }, (_, i) => i % T));
const mask = value(new Uint8Array(B * T).fill(1), [B, T], "bool");

interface StepInputs {
  params: Record<string, Tensor>;
  state: OptimiserState<Tensor>;
  ids: Tensor;
  next: Tensor;
  learningRate: Tensor;
  positions: Tensor;
  mask: Tensor;
}

function compileStep(optimiser: ReturnType<typeof adamW>) {
  return compile(
    ({ params, state, ids, next, learningRate, positions, mask }: StepInputs) => {
      const { value: loss, grads } = valueAndGrad((tensors: Record<string, Tensor>) => {
        const modules = new Modules({ has: (name) => name in tensors, get: (name) => tensors[name]! });
        const embeddings = architecture.embed(modules, modelConfig, ids, positions);
        const { hiddenStates } = architecture.forward(modules, modelConfig, { embeddings, positions, mask });
        const logits = architecture.logits(modules, modelConfig, hiddenStates.at(-1)!); // [B, T, V]
        return crossEntropy(reshape(logits, [B * T, V]), reshape(next, [B * T]));
      })(params);
      return { loss, ...optimiser.update({ params, grads, state, learningRate }) };
    },
    {
      inputs: {
        params: types,
        state: optimiser.stateSpec(types),
        ids: idsType,
        next: idsType,
        learningRate: { dtype: "float32", shape: [] },
        positions: idsType,
        mask: { dtype: "bool", shape: [B, T] },
      },
    },
  );
}

function initialWeights(rng: Rng): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length }, () => (name.includes("norm") ? 1 : 0.05 * rng.normal()));
      return [name, value(data, shape)];
    }),
  );
}
