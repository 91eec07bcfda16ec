import { glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OnProgress, ProgressMeter, Rng, writeSafetensors } from "@loam/core";
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
  vocab_size: 1024,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  eos_token_id: 256,
};
const [B, T] = [8, 96];
const learningRate = 6e-3;

/**
 * Trains a Llama of two million weights from nothing on the English of this repository (its documents and doc comments),
 * with a byte-pair vocabulary learnt from the same text, and writes it as a Hugging Face folder.
 */
export async function pretrain(
  folder: string,
  { steps, onProgress }: { steps: number; onProgress: OnProgress },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const texts = await prose();
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(trainBytePairs(texts.join("\n"), config.vocab_size)));
  await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify({ eos_token: endOfText }));
  const tokenizer = await openTokenizer(folder);
  const tokens = texts.flatMap((text) => [...tokenizer.encode(text).ids, config.eos_token_id]);

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
      learningRate: Tensor;
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
      return { loss, ...optimiser.update({ params: x.params, grads, state: x.state, learningRate: x.learningRate }) };
    },
    {
      inputs: {
        params: types,
        state: optimiser.stateSpec(types),
        ids,
        next: ids,
        learningRate: { dtype: "float32", shape: [] },
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
  const meter = new ProgressMeter(onProgress, { task: "pretrain", unit: "step", total: steps });
  for (let count = 0; count < steps; count++) {
    const share = count / steps;
    const starts = Array.from({ length: B }, () => rng.integer(tokens.length - T - 1));
    const rows = (shift: number) =>
      value(
        BigInt64Array.from(
          starts.flatMap((at) => tokens.slice(at + shift, at + shift + T)),
          BigInt,
        ),
        [B, T],
      );
    const rate = learningRate * Math.min(1, (count + 1) / 20) * (0.05 + 0.95 * Math.cos((Math.PI / 2) * share) ** 2);
    const result = await step({
      params,
      state,
      ids: rows(0),
      next: rows(1),
      learningRate: value([rate], []),
      positions,
      mask,
    });
    params = result.params as Record<string, Value>;
    state = result.state as typeof state;
    meter.advance(1, `loss ${Number(result.loss.data[0]).toFixed(2)}`);
  }
  await step.close();
  await writeSafetensors(
    join(folder, "model.safetensors"),
    Object.entries(params).map(([name, x]) => [name, { dtype: "F32", shape: x.dims, data: floats(x) }]),
    { metadata: { format: "pt" } },
  );
  await writeFile(join(folder, "config.json"), JSON.stringify(config, null, 2));
}

/** The documents of the repository and the doc comments of its sources. */
async function prose(): Promise<string[]> {
  const files = await Array.fromAsync(glob(["docs/**/*.md", "packages/*/src/**/*.ts"], { cwd: root }));
  const texts = await Promise.all(
    files.sort().map(async (file) => {
      const text = await readFile(join(root, file), "utf8");
      if (file.endsWith(".md")) return [text];
      return Array.from(text.matchAll(/\/\*\*(.*?)\*\//gs), ([, comment]) => comment!.replace(/^\s*\* ?/gm, "").trim());
    }),
  );
  return texts.flat();
}
