import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OnProgress, Rng, throwIfCancelled, writeSafetensors } from "@loam/core";
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
import { architectureOf, type DecoderArchitecture, Modules } from "@loam/models";

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  vocab_size: 257,
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  eos_token_id: 256,
};
const [B, T] = [8, 128];

export interface SmallBaseOptions {
  seconds: number;
  /** Called after each step with its loss in nats a byte. */
  onStep?: (step: number, lossNats: number) => void;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Trains a byte-level Llama of half a million weights from nothing, on Loam's documents, and writes it as a Hugging Face
 * folder. What it says is babble in their style: it is for trying out fine-tuning where no model can be had.
 */
export async function makeSmallBase(
  folder: string,
  { seconds, onStep, onProgress, signal }: SmallBaseOptions,
): Promise<void> {
  const bytes = await readTexts();
  const architecture = architectureOf(config) as DecoderArchitecture;
  const readConfig = architecture.readConfig(config);
  const shapes = architecture.parameters(readConfig);
  const rng = new Rng(42);
  let params = initialWeights(shapes, rng);
  const types = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { dtype: "float32" as const, shape }]),
  );
  const optimiser = adamW({ weightDecay: 0.01 });
  let state = optimiser.initialState(types);
  const ids = { dtype: "int64", shape: [B, T] } as const;
  const step = await compile(
    (x: {
      params: Record<string, Tensor>;
      state: OptimiserState<Tensor>;
      ids: Tensor;
      next: Tensor;
      positions: Tensor;
      mask: Tensor;
    }) => {
      const { value: loss, grads } = valueAndGrad((tensors: Record<string, Tensor>) => {
        const modules = new Modules({ has: (name) => name in tensors, get: (name) => tensors[name]! });
        const embeddings = architecture.embed(modules, readConfig, x.ids, x.positions);
        const { hiddenStates } = architecture.forward(modules, readConfig, {
          embeddings,
          positions: x.positions,
          mask: x.mask,
        });
        const logits = architecture.logits(modules, readConfig, hiddenStates.at(-1)!); // [B, T, V]
        return crossEntropy(reshape(logits, [B * T, config.vocab_size]), reshape(x.next, [B * T]));
      })(x.params);
      return { loss, ...optimiser.update({ params: x.params, grads, state: x.state, learningRate: 3e-3 }) };
    },
    {
      inputs: {
        params: types,
        state: optimiser.stateSpec(types),
        ids,
        next: ids,
        positions: ids,
        mask: { dtype: "bool", shape: [B, T] },
      },
    },
  );
  const positions = value(
    BigInt64Array.from({ length: B * T }, (_, i) => BigInt(i % T)),
    [B, T],
  );
  const mask = value(new Uint8Array(B * T).fill(1), [B, T], "bool");
  try {
    const started = performance.now();
    for (let count = 1, elapsed = 0; elapsed < seconds; count++) {
      throwIfCancelled(signal, "Making a small base");
      const starts = Array.from({ length: B }, () => rng.integer(bytes.length - T - 1));
      const rows = (shift: number) =>
        value(
          BigInt64Array.from(
            starts.flatMap((from) => Array.from(bytes.subarray(from + shift, from + shift + T), BigInt)),
          ),
          [B, T],
        );
      const result = await step({ params, state, ids: rows(0), next: rows(1), positions, mask });
      params = result.params as Record<string, Value>;
      state = result.state as typeof state;
      elapsed = (performance.now() - started) / 1000;
      onStep?.(count, Number(result.loss.data[0]));
      const etaMs = Math.max(0, 1000 * (seconds - elapsed));
      onProgress?.({ task: "pretrain", unit: "second", done: Math.min(elapsed, seconds), total: seconds, etaMs });
    }
  } finally {
    await step.close();
  }
  await write(folder, params);
}

function initialWeights(shapes: Record<string, readonly number[]>, rng: Rng): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length }, () => (name.includes("norm") ? 1 : 0.05 * rng.normal()));
      return [name, value(data, shape)];
    }),
  );
}

/** The folder appears whole or not at all. */
async function write(folder: string, params: Record<string, Value>): Promise<void> {
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  await writeSafetensors(
    join(part, "model.safetensors"),
    Object.entries(params).map(([name, x]) => [name, { dtype: "F32", shape: x.dims, data: floats(x) }]),
    { metadata: { format: "pt" } },
  );
  await writeFile(join(part, "config.json"), JSON.stringify(config, null, 2));
  await writeFile(join(part, "tokenizer.json"), JSON.stringify(byteTokenizer()));
  await writeFile(join(part, "tokenizer_config.json"), JSON.stringify({ eos_token: "<|endoftext|>" }));
  await rm(folder, { recursive: true, force: true });
  await rename(part, folder);
}

/** The documents of the repository; of a published package, its README and the sample rows. */
async function readTexts(): Promise<Uint8Array> {
  const here = join(import.meta.dirname, "..");
  const parts: Uint8Array[] = [];
  for (const folder of ["../../docs", "../../docs/decisions", "../..", "."].map((path) => join(here, path)))
    for (const name of (await readdir(folder).catch(() => [])).sort())
      if (/^(?!CHANGELOG).*\.md$/.test(name)) parts.push(await readFile(join(folder, name)));
  parts.push(await readFile(join(here, "sample/garden.jsonl")));
  return Buffer.concat(parts);
}

/** A token for each byte, and one for the end: byte-level BPE without merges. */
function byteTokenizer(): object {
  const isPrintable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  let next = 256;
  const vocab = Object.fromEntries(
    Array.from({ length: 256 }, (_, b) => [String.fromCodePoint(isPrintable(b) ? b : next++), b]),
  );
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const end = { id: 256, content: "<|endoftext|>", special: true, single_word: false, lstrip: false, rstrip: false };
  return {
    version: "1.0",
    added_tokens: [{ ...end, normalized: false }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: { type: "BPE", vocab, merges: [] },
  };
}
