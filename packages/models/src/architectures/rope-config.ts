import { InputError, show } from "@loam/core";
import type { ConfigJson } from "./architecture.ts";
import { requiredNumber } from "./config-fields.ts";

/**
 * Rotary frequencies of a config, scaled as it asks.
 *
 * transformers 4 writes `rope_theta` and `rope_scaling`, transformers 5 `rope_parameters`; Gemma 3 has one set per
 * kind of layer there, and `rope_local_base_freq` before.
 *
 * @param layerType which set, where there are several.
 * @returns D/2 numbers, radians per position.
 * @throws {InputError} `bad_config` for an unknown rope type.
 */
export function ropeInverseFrequencies(
  json: ConfigJson,
  headDim: number,
  layerType?: "full_attention" | "sliding_attention",
): number[] {
  const { theta, scaling } = ropeParameters(json, layerType);
  const frequencies = Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
  const kind = scaling.rope_type ?? scaling.type ?? "default";
  switch (kind) {
    case "default":
      return frequencies;
    case "linear": {
      const factor = requiredNumber(scaling, "factor");
      return frequencies.map((frequency) => frequency / factor);
    }
    case "llama3":
      return frequencies.map((frequency) => llama3Scaled(frequency, scaling));
    case "factors": // GGUF: each frequency by its own
      return frequencies.map((frequency, i) => frequency / (scaling.factors as number[])[i]!);
    default:
      throw new InputError(
        "bad_config",
        `config.json: rope type ${show(kind)} is not known; Loam implements default, linear, llama3.`,
      );
  }
}

/** The base of the frequencies and the fields that say how they are scaled. */
export function ropeParameters(
  json: ConfigJson,
  layerType?: "full_attention" | "sliding_attention",
): { theta: number; scaling: ConfigJson } {
  const parameters = json.rope_parameters as ConfigJson | undefined;
  if (parameters) {
    const own = (layerType && (parameters[layerType] as ConfigJson | undefined)) || parameters;
    return { theta: (own.rope_theta as number | undefined) ?? 10_000, scaling: own };
  }
  if (layerType === "sliding_attention") {
    return { theta: (json.rope_local_base_freq as number | undefined) ?? 10_000, scaling: {} };
  }
  return {
    theta: (json.rope_theta as number | undefined) ?? (layerType ? 1_000_000 : 10_000),
    scaling: (json.rope_scaling as ConfigJson | null | undefined) ?? {},
  };
}

/**
 * Llama 3.1: waves longer than the original context over `low_freq_factor` are stretched by `factor`, those shorter
 * than it over `high_freq_factor` stay, in between runs smoothly.
 */
function llama3Scaled(frequency: number, scaling: ConfigJson): number {
  const factor = requiredNumber(scaling, "factor");
  const low = requiredNumber(scaling, "low_freq_factor");
  const high = requiredNumber(scaling, "high_freq_factor");
  const context = requiredNumber(scaling, "original_max_position_embeddings");
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength > context / low) return frequency / factor;
  if (wavelength < context / high) return frequency;
  const smooth = (context / wavelength - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}
