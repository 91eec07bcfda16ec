import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Rng, writeSafetensors } from "@loam/core";
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

const root = join(import.meta.dirname, "../..");
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
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  eos_token_id: 256,
};
const [B, T] = [8, 128];

/**
 * Trains a byte-level Llama of half a million weights from nothing, on the documents of this repository, and writes it as a
 * Hugging Face folder.
 */
export async function pretrain(
  folder: string,
  { seconds, log }: { seconds: number; log: (line: string) => void },
): Promise<void> {
  const bytes = await documents();
  const architecture = architectureOf(config) as DecoderArchitecture;
  const shapes = architecture.parameters(architecture.readConfig(config));
  const rng = new Rng(42);
  const isNorm = (name: string) => name.includes("norm");
  let params: Record<string, Value> = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [
        name,
        value(
          Float32Array.from({ length: size }, () => (isNorm(name) ? 1 : 0.05 * rng.normal())),
          shape,
        ),
      ];
    }),
  );
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
        const read = architecture.readConfig(config);
        const embeddings = architecture.embed(modules, read, x.ids, x.positions);
        const { hiddenStates } = architecture.forward(modules, read, {
          embeddings,
          positions: x.positions,
          mask: x.mask,
        });
        const logits = reshape(architecture.logits(modules, read, hiddenStates.at(-1)!), [B * T, config.vocab_size]);
        return crossEntropy(logits, reshape(x.next, [B * T]));
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
  const end = performance.now() + 1000 * seconds;
  for (let count = 0; performance.now() < end; count++) {
    const starts = Array.from({ length: B }, () => rng.integer(bytes.length - T - 1));
    const rows = (shift: number) =>
      value(
        BigInt64Array.from(
          starts.flatMap((start) => Array.from(bytes.subarray(start + shift, start + shift + T), BigInt)),
        ),
        [B, T],
      );
    const result = await step({ params, state, ids: rows(0), next: rows(1), positions, mask });
    params = result.params as Record<string, Value>;
    state = result.state as typeof state;
    if (count % 50 === 0) log(`  step ${count}: ${Number(result.loss.data[0]).toFixed(2)} nats a byte`);
  }
  await step.close();
  await mkdir(folder, { recursive: true });
  await writeSafetensors(
    join(folder, "model.safetensors"),
    Object.entries(params).map(([name, x]) => [name, { dtype: "F32", shape: x.dims, data: floats(x) }]),
    { metadata: { format: "pt" } },
  );
  await writeFile(join(folder, "config.json"), JSON.stringify(config, null, 2));
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(byteTokenizer()));
  await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify({ eos_token: "<|endoftext|>" }));
}

/** Every document of the repository, and the rows to learn the form of a question and an answer from. */
async function documents(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const folder of ["docs", "docs/decisions"])
    for (const name of (await readdir(join(root, folder))).sort())
      if (name.endsWith(".md")) parts.push(await readFile(join(root, folder, name)));
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
  return {
    version: "1.0",
    added_tokens: [
      {
        id: 256,
        content: "<|endoftext|>",
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      },
    ],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: { type: "BPE", vocab, merges: [] },
  };
}
