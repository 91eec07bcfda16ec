import { existsSync, readdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError } from "@loam/core";
import type { CheckpointTensor } from "./checkpoint.ts";
import type { OpenedCheckpoint } from "./open.ts";

/** "ak42", which opens the files of version 1 and later. */
const MAGIC = 0x616b3432;
const HEADER_BYTES_V0 = 28;
const HEADER_BYTES_V1 = 256;

/**
 * A llama2.c model (https://github.com/karpathy/llama2.c, export.py): float32, version 0 without and version 1 with a
 * magic number. Tensors of a kind lie together, layer after layer; they are mapped where they are.
 *
 * @throws {InputError} `bad_llama2c` for an unknown version or a size that does not fit the header.
 */
export async function openLlama2cCheckpoint(
  path: string,
  { tokenizer }: { tokenizer?: string } = {},
): Promise<OpenedCheckpoint> {
  const sizeBytes = statSync(path).size;
  const header = new DataView(new ArrayBuffer(HEADER_BYTES_V1));
  const file = await open(path);
  await file
    .read(new Uint8Array(header.buffer), 0, Math.min(HEADER_BYTES_V1, sizeBytes), 0)
    .finally(() => file.close());
  const bad = (problem: string, hint?: string) =>
    new InputError("bad_llama2c", `${path}: ${problem}`, { details: { path }, hint });

  const versioned = header.getUint32(0, true) === MAGIC;
  const version = versioned ? header.getInt32(4, true) : 0;
  if (version > 1)
    throw bad(`version ${version} of the llama2.c format is not read; expected 0 or 1.`, "export it with --version 1");
  const field = (i: number) => header.getInt32((versioned ? 8 : 0) + 4 * i, true);
  const [dim, hiddenDim, layers, heads, keyValueHeads, vocab, context] = Array.from({ length: 7 }, (_, i) =>
    field(i),
  ) as [number, number, number, number, number, number, number];
  // Version 0 says by a negative vocabulary that the output layer is stored too.
  const tied = versioned ? header.getUint8(36) === 1 : vocab > 0;
  const vocabSize = Math.abs(vocab);
  if (
    ![dim, hiddenDim, layers, heads, keyValueHeads, context, vocabSize].every((x) => x > 0 && x < 1e7) ||
    dim % heads !== 0
  ) {
    throw bad("the header holds no sensible sizes; this is no llama2.c model.");
  }
  const headDim = dim / heads;
  const keyValueSize = keyValueHeads * headDim;
  const rotaryTables = ["", ""].map(() => ({ shape: [context, headDim / 2] })); // version 0 keeps them; they are recomputed
  const perLayer = (name: string, shape: number[]) =>
    Array.from({ length: layers }, (_, i) => ({ name: `model.layers.${i}.${name}.weight`, shape }));
  const matrices = {
    attention: [
      ...perLayer("self_attn.q_proj", [dim, dim]),
      ...perLayer("self_attn.k_proj", [keyValueSize, dim]),
      ...perLayer("self_attn.v_proj", [keyValueSize, dim]),
      ...perLayer("self_attn.o_proj", [dim, dim]),
    ],
    feedForward: [
      ...perLayer("mlp.gate_proj", [hiddenDim, dim]),
      ...perLayer("mlp.down_proj", [dim, hiddenDim]),
      ...perLayer("mlp.up_proj", [hiddenDim, dim]),
    ],
  };
  const embeddings = { name: "model.embed_tokens.weight", shape: [vocabSize, dim] };
  const norms = {
    attention: perLayer("input_layernorm", [dim]),
    feedForward: perLayer("post_attention_layernorm", [dim]),
  };
  const last = { name: "model.norm.weight", shape: [dim] };
  const head = tied ? [] : [{ name: "lm_head.weight", shape: [vocabSize, dim] }];
  const order: { name?: string; shape: number[] }[] = versioned
    ? [
        ...norms.attention,
        ...norms.feedForward,
        last,
        embeddings,
        ...matrices.attention,
        ...matrices.feedForward,
        ...head,
      ]
    : [
        embeddings,
        ...norms.attention,
        ...matrices.attention,
        ...norms.feedForward,
        ...matrices.feedForward,
        last,
        ...rotaryTables,
        ...head,
      ];

  const tensors = new Map<string, CheckpointTensor>();
  let offsetBytes = versioned ? HEADER_BYTES_V1 : HEADER_BYTES_V0;
  for (const { name, shape } of order) {
    const lengthBytes = 4 * shape.reduce((a, b) => a * b, 1);
    if (offsetBytes + lengthBytes > sizeBytes) {
      throw bad(
        `tensor "${name}" [${shape}] ends at byte ${offsetBytes + lengthBytes}, but the file has ${sizeBytes}; it is truncated.`,
        "download the file again",
      );
    }
    if (name) tensors.set(name, { dtype: "float32", shape, source: { file: path, offsetBytes, lengthBytes } });
    offsetBytes += lengthBytes;
  }
  if (offsetBytes !== sizeBytes) throw bad(`${sizeBytes - offsetBytes} bytes follow the last tensor; expected none.`);
  const config = {
    model_type: "llama",
    vocab_size: vocabSize,
    hidden_size: dim,
    intermediate_size: hiddenDim,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    max_position_embeddings: context,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    tie_word_embeddings: tied,
    bos_token_id: 1,
    // The training scripts put <s> between stories; both marks end a text.
    eos_token_id: [1, 2],
    rope_pairing: "adjacent",
  };
  return { path, format: "llama2.c", config, tensors, tokenizerPath: tokenizer ?? tokenizerBeside(path) };
}

/** The one tokenizer file in the model's folder whose name says so. */
function tokenizerBeside(path: string): string | undefined {
  const folder = dirname(path);
  const candidates = readdirSync(folder).filter((name) => /^tok(enizer)?\d*\.(bin|model)$/.test(name));
  const exact = ["tokenizer.bin", "tokenizer.model"].find((name) => candidates.includes(name));
  const found = exact ?? (candidates.length === 1 ? candidates[0] : undefined);
  return found && existsSync(join(folder, found)) ? join(folder, found) : undefined;
}
