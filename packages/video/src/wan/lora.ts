import { existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import { readSafetensors, toFloat32, writeSafetensors } from "@loam/formats";
import { add, constant, linear, mul, type Tensor } from "@loam/graph";
import type { ModuleHooks } from "@loam/models";

/** A LoRA of the transformer (arXiv:2106.09685), in the layout that diffusers loads. */
export interface WanLora {
  r: number;
  alpha: number;
  rslora: boolean;
  /** By module: `blocks.0.attn1.to_q`. A is [r, in], B is [out, r]. */
  layers: Record<string, LoraFactors<{ shape: readonly number[]; data: Float32Array }>>;
}

interface LoraFactors<T> {
  A: T;
  B: T;
}

const fileName = "pytorch_lora_weights.safetensors";
const pattern = /^transformer\.(.+)\.lora_([AB])\.weight$/;

/** What the product B·A is multiplied by: α/r, or α/√r with rank-stabilised LoRA. */
export const loraScale = ({ r, alpha, rslora }: Pick<WanLora, "r" | "alpha" | "rslora">): number =>
  rslora ? alpha / Math.sqrt(r) : alpha / r;

/**
 * Reads an adapter: a folder with `pytorch_lora_weights.safetensors`, or the file. Rank and α stand in its header; an adapter without
 * one has α = r.
 *
 * @throws {InputError} `bad_lora` naming the tensor that does not fit.
 */
export async function readWanLora(path: string): Promise<WanLora> {
  if (!existsSync(path)) throw new NotFoundError("adapter", path);
  const { tensors, metadata } = await readSafetensors(statSync(path).isDirectory() ? join(path, fileName) : path);
  const layers: Record<string, Partial<WanLora["layers"][string]>> = {};
  for (const [name, { dtype, shape, data }] of tensors) {
    const [, module, side] = pattern.exec(name) ?? [];
    if (!module)
      throw new InputError(
        "bad_lora",
        `${path}: tensor "${name}" is not of the form transformer.MODULE.lora_A.weight.`,
        { hint: "give an adapter as diffusers saves it (pytorch_lora_weights.safetensors)" },
      );
    (layers[module] ??= {})[side as "A" | "B"] = { shape, data: toFloat32(dtype, data) };
  }
  for (const [module, { A, B }] of Object.entries(layers))
    if (!A || !B || A.shape[0] !== B.shape[1])
      throw new InputError("bad_lora", `${path}: A and B of ${module} are [${A?.shape}] and [${B?.shape}].`, {
        hint: "save the adapter again; A is [r, I] and B [O, r]",
      });
  const [first] = Object.values(layers);
  if (!first)
    throw new InputError("bad_lora", `${path} holds no tensor.`, {
      hint: "give an adapter as diffusers saves it (pytorch_lora_weights.safetensors)",
    });
  const header = metadata.lora_adapter_metadata ? JSON.parse(metadata.lora_adapter_metadata) : {};
  const r = header["transformer.r"] ?? first.A!.shape[0]!;
  return {
    r,
    alpha: header["transformer.lora_alpha"] ?? r,
    rslora: header["transformer.use_rslora"] ?? false,
    layers: layers as WanLora["layers"],
  };
}

/** Writes an adapter as `WanPipeline.load_lora_weights` reads it. */
export async function writeWanLora(folder: string, { r, alpha, rslora, layers }: WanLora): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = Object.entries(layers).flatMap(([module, factors]) =>
    (["A", "B"] as const).map(
      (side) => [`transformer.${module}.lora_${side}.weight`, { dtype: "F32" as const, ...factors[side] }] as const,
    ),
  );
  const facts = {
    "transformer.peft_type": "LORA",
    "transformer.r": r,
    "transformer.lora_alpha": alpha,
    "transformer.use_rslora": rslora,
    "transformer.target_modules": [...new Set(Object.keys(layers).map(targetOf))].sort(),
  };
  await writeSafetensors(join(folder, fileName), tensors, {
    metadata: { format: "pt", lora_adapter_metadata: JSON.stringify(facts) },
  });
}

/** `to_q` of `blocks.0.attn1.to_q`, `ffn.net.2` of `blocks.1.ffn.net.2`. */
const targetOf = (module: string): string => module.replace(/^blocks\.\d+\.(attn\d\.)?/, "");

/** An adapter that is active, with factors as tensors: trained inputs, or {@link frozenLora}. */
export interface ActiveLora {
  scale: number;
  factors: Readonly<Record<string, LoraFactors<Tensor>>>;
}

/** An adapter's factors as constants; `weight` multiplies it. */
export const frozenLora = (lora: WanLora, weight = 1): ActiveLora => ({
  scale: loraScale(lora) * weight,
  factors: Object.fromEntries(
    Object.entries(lora.layers).map(([module, { A, B }]) => [
      module,
      { A: constant({ dtype: "float32", ...A }), B: constant({ dtype: "float32", ...B }) },
    ]),
  ),
});

/** Adds each adapter's s·B(Ax) to the linear layers that it has. */
export const loraHooks = (adapters: readonly ActiveLora[]): ModuleHooks => ({
  linear: (path, x, base) =>
    adapters.reduce((y, { scale, factors }) => {
      const layer = factors[path];
      return layer ? add(y, mul(scale, linear(linear(x, layer.A), layer.B))) : y;
    }, base(x)),
});
