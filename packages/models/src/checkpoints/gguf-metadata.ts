import { UnsupportedError } from "@loam/core";
import type { GgufField, GgufFloatType } from "@loam/formats";
import { ropeParameters } from "../architectures/rope-config.ts";
import type { DecoderModel } from "../model/model.ts";

/** `general.file_type`. */
const fileTypes: Record<GgufFloatType, number> = { F32: 0, F16: 1, BF16: 32 };

/** Fields of the configs that all architectures with a GGUF name have. */
interface CommonConfig {
  feedForwardSize: number;
  normEps: number;
  windows?: readonly (number | undefined)[];
  inverseFrequencies?: readonly number[];
}

/** `general.architecture` of a model. @throws {UnsupportedError} for one that GGUF files are not written for. */
export function ggufArchitecture({ architecture, name }: DecoderModel): string {
  if (architecture.ggufName) return architecture.ggufName;
  throw new UnsupportedError(`${name}: there is no GGUF architecture for ${architecture.modelTypes.join(", ")}.`, {
    hint: "write the model as a Hugging Face folder instead",
  });
}

/** What a model's config says, as llama.cpp reads it. @throws {UnsupportedError} for what llama.cpp cannot compute. */
export function ggufModelMetadata(model: DecoderModel, type: GgufFloatType): Record<string, GgufField> {
  const architecture = ggufArchitecture(model);
  const config = model.config as DecoderModel["config"] & CommonConfig;
  const json = model.checkpoint.config;
  const own = (fields: Record<string, GgufField | undefined>) =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([key, field]) => (field ? [[`${architecture}.${key}`, field] as const] : [])),
    );
  const u32 = (value: number): GgufField => ({ type: "u32", value });
  const f32 = (value: number): GgufField => ({ type: "f32", value });
  const common = {
    "general.architecture": { type: "string", value: architecture },
    "general.type": { type: "string", value: "model" },
    "general.name": { type: "string", value: model.name.split("/").filter(Boolean).at(-1) ?? model.name },
    "general.file_type": u32(fileTypes[type]),
    "general.quantization_version": u32(2),
    ...own({
      vocab_size: u32(config.vocabSize),
      context_length: u32(config.maxPositions),
      embedding_length: u32(config.hiddenSize),
      block_count: u32(config.layers),
      feed_forward_length: u32(config.feedForwardSize),
      "attention.head_count": u32(config.heads),
      "attention.head_count_kv": u32(config.keyValueHeads),
    }),
  } satisfies Record<string, GgufField>;
  if (architecture === "gpt2") {
    if (json.scale_attn_by_inverse_layer_idx === true || json.scale_attn_weights === false)
      throw unsupported(model, "attention scales other than 1/√headDim");
    if (!["gelu_new", undefined].includes(json.activation_function as string | undefined))
      throw unsupported(model, `the activation ${json.activation_function}`);
    return { ...common, ...own({ "attention.layer_norm_epsilon": f32(config.normEps) }) };
  }
  const text = { ...json, ...(json.text_config as object | undefined) };
  const { theta, scaling } = ropeParameters(text, architecture === "gemma3" ? "full_attention" : undefined);
  const kind = scaling.rope_type ?? scaling.type ?? "default";
  if (kind === "llama3" && architecture !== "llama") throw unsupported(model, "rope type llama3 outside Llama");
  const window = config.windows?.find((size) => size !== undefined);
  if (window !== undefined && architecture.startsWith("qwen"))
    throw unsupported(model, "sliding windows in Qwen models");
  return {
    ...common,
    ...own({
      "attention.layer_norm_rms_epsilon": f32(config.normEps),
      "attention.key_length": u32(config.headDim),
      "attention.value_length": u32(config.headDim),
      "rope.dimension_count": u32(config.headDim),
      "rope.freq_base": f32(theta),
      "rope.scaling.type": kind === "linear" ? { type: "string", value: "linear" } : undefined,
      "rope.scaling.factor": kind === "linear" ? f32(scaling.factor as number) : undefined,
      "attention.sliding_window": window === undefined ? undefined : u32(window),
      ...(architecture === "gemma3" && {
        "rope.freq_base_swa": f32(ropeParameters(text, "sliding_attention").theta),
        "attention.sliding_window_pattern": {
          type: "array",
          items: "u32",
          value: config.windows!.map((size) => (size === undefined ? 0 : 1)),
        },
      }),
    }),
  };
}

/** By how much each rotary frequency is divided, where the rule is one that GGUF stores only as its result. [D/2] */
export function ropeFactors(model: DecoderModel): Float32Array | undefined {
  const { theta, scaling } = ropeParameters(model.checkpoint.config);
  if (scaling.rope_type !== "llama3" && scaling.rope_type !== "factors" && scaling.type !== "llama3") return undefined;
  const { inverseFrequencies } = model.config as unknown as Required<CommonConfig>;
  const { headDim } = model.config;
  return Float32Array.from(inverseFrequencies, (frequency, i) => theta ** ((-2 * i) / headDim) / frequency);
}

function unsupported({ name }: DecoderModel, what: string): UnsupportedError {
  return new UnsupportedError(`${name}: llama.cpp does not compute ${what}.`, {
    hint: "use the Hugging Face folder or the ONNX export",
  });
}
