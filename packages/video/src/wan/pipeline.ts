import { existsSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, InputError, NotFoundError, Rng } from "@loam/core";
import { readTextFile } from "@loam/formats";
import {
  cast,
  compile,
  floats,
  mul,
  type Program,
  type Tensor,
  transpose,
  unsqueeze,
  type Value,
  value,
} from "@loam/graph";
import { type EncoderModel, Modules, openModel, openTokenizer, type Tokenizer } from "@loam/models";
import { z } from "zod";
import type { VelocityField } from "../diffusion/flow/samplers/sampler.ts";
import type { GeneratedClip } from "../model/generator.ts";
import type { ClipSize } from "../patches/patchify.ts";
import { denormaliseLatents, WanAutoencoderConfig, wanDecode } from "./autoencoder.ts";
import { type Component, openComponent } from "./component.ts";
import { frozenLora, loraHooks, readWanLora } from "./lora.ts";
import { promptIds } from "./prompt.ts";
import { flowSchedule } from "./scheduler.ts";
import { WanTransformerConfig, wanTransformer } from "./transformer.ts";

const IndexFile = z.looseObject({ _class_name: z.literal("WanPipeline") });

export interface WanRequest extends ClipSize {
  prompt: string;
  /** What the clip is guided away from. */
  negative?: string;
  seed?: number;
  steps?: number;
  /** At 1 and below the prompt alone decides. */
  guidance?: number;
  /** Words of a prompt, padding included; it was trained with 512. */
  textLength?: number;
  /** Latents to start from [C, F', H', W'], instead of noise from the seed. */
  latents?: Float32Array;
  /** Embeddings of prompt and negative prompt [textLength, E], instead of those of the text encoder. */
  embeddings?: { prompt: Float32Array; negative: Float32Array };
  signal?: AbortSignal;
  onStep?: (step: { step: number; steps: number; timestep: number; latents: Float32Array }) => void | Promise<void>;
}

/** What a clip is going to take. Memory is for the CPU, in bytes. */
export interface WanForecast {
  tokens: number;
  memory: { weights: number; activations: number; total: number };
  /** Floating-point operations of all steps. */
  flops: number;
}

/** A Wan 2.1 text-to-video pipeline, from its diffusers folder. */
export interface WanPipeline {
  forecast(request: Pick<WanRequest, "frames" | "height" | "width" | "steps" | "guidance">): WanForecast;
  generate(request: WanRequest): Promise<GeneratedClip>;
  close(): Promise<void>;
}

const defaults = { steps: 50, guidance: 5, textLength: 512, seed: 0 };

/**
 * Opens a folder as diffusers saves it: tokenizer, UMT5 encoder, transformer, autoencoder, scheduler.
 *
 * @param adapters LoRA folders in diffusers' layout, each with its weight
 * @throws {NotFoundError} {@link InputError} naming the file or field.
 */
export async function openWanPipeline(
  folder: string,
  { adapters = [], threads }: { adapters?: readonly { path: string; weight?: number }[]; threads?: number } = {},
): Promise<WanPipeline> {
  const path = join(folder, "model_index.json");
  if (!existsSync(path)) throw new NotFoundError("pipeline", folder, { hint: "give a folder with model_index.json" });
  if (!IndexFile.safeParse(JSON.parse(await readTextFile(path))).success)
    throw new InputError("bad_pipeline", `${path} is not that of a WanPipeline.`, {
      hint: "give the folder of a Wan text-to-video model as diffusers saves it",
    });
  const transformer = await openComponent(join(folder, "transformer"), WanTransformerConfig);
  const vae = await openComponent(join(folder, "vae"), WanAutoencoderConfig);
  const text = (await openModel(join(folder, "text_encoder"))) as EncoderModel;
  const tokenizer = await openTokenizer(join(folder, "tokenizer"));
  const schedule = JSON.parse(await readTextFile(join(folder, "scheduler", "scheduler_config.json")));
  const loras = await Promise.all(
    adapters.map(async ({ path, weight }) => ({ lora: await readWanLora(path), weight })),
  );
  const hooks = loraHooks(loras.map(({ lora, weight }) => frozenLora(lora, weight)));

  const latentSize = ({ frames, height, width }: ClipSize) => {
    const { scale_factor_temporal: time, scale_factor_spatial: space } = vae.config;
    const [, ph, pw] = transformer.config.patch_size;
    const [rows, columns] = [space * ph, space * pw];
    if ((frames - 1) % time !== 0 || frames < 1)
      throw new ArgumentError(
        "frames",
        frames,
        `1 + a multiple of ${time}`,
        `the nearest is ${1 + time * Math.round((frames - 1) / time)}`,
      );
    for (const [name, side, step] of [
      ["height", height, rows],
      ["width", width, columns],
    ] as const)
      if (side < step || side % step !== 0)
        throw new ArgumentError(
          name,
          side,
          `a multiple of ${step}`,
          `the nearest is ${Math.max(1, Math.round(side / step)) * step}`,
        );
    return [transformer.config.in_channels, (frames - 1) / time + 1, height / space, width / space] as const;
  };

  return {
    forecast: (request) => forecastWan(request, { transformer, vae, latent: latentSize(request) }),
    async generate({ prompt, negative = "", onStep, signal, ...request }) {
      const { steps, guidance, textLength, seed } = { ...defaults, ...request };
      const latent = latentSize(request);
      const size = latent.reduce((a, b) => a * b, 1);
      const { prompt: words, negative: none } =
        request.embeddings ?? (await embed(text, tokenizer, { prompt, negative, length: textLength, threads }));
      const rng = new Rng(seed);
      const start = request.latents ?? Float32Array.from({ length: size }, () => rng.normal());
      const { levels, timesteps, sampler } = flowSchedule(schedule, steps);
      const wordShape = [1, textLength, transformer.config.text_dim];
      const guided = guidance > 1;
      const program = (await compile(
        ({ x, t, words }: Record<"x" | "t" | "words", Tensor>) =>
          wanTransformer(new Modules(transformer.parameters, hooks), transformer.config, { x, t, words }),
        {
          name: "wan",
          threads,
          inputs: {
            x: { dtype: "float32", shape: [1, ...latent] },
            t: { dtype: "float32", shape: [1] },
            words: { dtype: "float32", shape: wordShape },
          } as never,
        },
      )) as unknown as Program<Record<"x" | "t" | "words", Value>, Value>;
      let latents: Float32Array;
      try {
        // A scheduler may tell two steps the same time, so that steps are counted, not looked up.
        let step = 0;
        const field: VelocityField = async (x) => {
          const t = value([timesteps[step++]!], [1]);
          const run = async (of: Float32Array) =>
            floats(await program({ x: value(x, [1, ...latent]), t, words: value(of, wordShape) }, { signal }));
          const conditional = await run(words);
          if (!guided) return conditional;
          const unconditional = await run(none);
          return conditional.map((v, i) => unconditional[i]! + guidance * (v - unconditional[i]!));
        };
        latents = await sampler(field, start, levels, {
          signal,
          onStep:
            onStep && (({ step, steps, x }) => onStep({ step, steps, timestep: timesteps[step - 1]!, latents: x })),
        });
      } finally {
        await program.close();
      }
      const data = await decodeLatents(vae, latents, latent, threads);
      const { frames, height, width } = request;
      return { frames, height, width, channels: 3, data };
    },
    close: async () => {},
  };
}

/** Embeddings of both prompts [length, E]; behind the end mark they are zero. */
async function embed(
  { architecture, config, parameters, padTokenId }: EncoderModel,
  tokenizer: Tokenizer,
  { prompt, negative, length, threads }: { prompt: string; negative: string; length: number; threads?: number },
): Promise<{ prompt: Float32Array; negative: Float32Array }> {
  const rows = [prompt, negative].map((of) => promptIds(tokenizer, of, { length, padId: padTokenId }));
  const program = (await compile(
    ({ ids, mask }: Record<"ids" | "mask", Tensor>) => {
      const hidden = architecture.forward(new Modules(parameters), config, { ids, mask }).at(-1)!;
      return mul(hidden, unsqueeze(cast(mask, "float32"), 2));
    },
    {
      name: "text",
      threads,
      inputs: { ids: { dtype: "int64", shape: [2, length] }, mask: { dtype: "bool", shape: [2, length] } } as never,
    },
  )) as unknown as Program<Record<"ids" | "mask", Value>, Value>;
  try {
    const out = floats(
      await program({
        ids: value(
          rows.flatMap(({ ids }) => ids),
          [2, length],
          "int64",
        ),
        mask: value(
          rows.flatMap(({ mask }) => mask),
          [2, length],
          "bool",
        ),
      }),
    );
    const half = out.length / 2;
    return { prompt: out.slice(0, half), negative: out.slice(half) };
  } finally {
    await program.close();
  }
}

/** Normalised latents as frames [F, C, H, W] in −1..1. */
async function decodeLatents(
  { config, parameters }: Component<WanAutoencoderConfig>,
  latents: Float32Array,
  shape: readonly number[],
  threads?: number,
): Promise<Float32Array> {
  const program = (await compile(
    ({ z }: { z: Tensor }) =>
      transpose(wanDecode(new Modules(parameters), config, denormaliseLatents(config, z)), [0, 2, 1, 3, 4]),
    { name: "decode", threads, inputs: { z: { dtype: "float32", shape: [1, ...shape] } } as never },
  )) as unknown as Program<{ z: Value }, Value>;
  try {
    return floats(await program({ z: value(latents, [1, ...shape]) })).slice();
  } finally {
    await program.close();
  }
}

function forecastWan(
  { steps = defaults.steps, guidance = defaults.guidance }: { steps?: number; guidance?: number },
  {
    transformer: { config, sizeBytes },
    vae,
    latent,
  }: { transformer: Component<WanTransformerConfig>; vae: Component<WanAutoencoderConfig>; latent: readonly number[] },
): WanForecast {
  const [, frames, height, width] = latent as [number, number, number, number];
  const [pt, ph, pw] = config.patch_size;
  const tokens = Math.floor(frames / pt) * Math.floor(height / ph) * Math.floor(width / pw);
  const D = config.num_attention_heads * config.attention_head_dim;
  const perToken = config.num_layers * (2 * D * (8 * D + 2 * config.ffn_dim) + 4 * tokens * D);
  // Scores of one layer, a few rows of tokens, and the widest stage of the decoder at full size.
  const scores = 4 * config.num_attention_heads * tokens ** 2;
  const pixels = frames * vae.config.scale_factor_temporal * height * width * vae.config.scale_factor_spatial ** 2;
  const activations = Math.max(scores + 4 * tokens * (6 * D + config.ffn_dim), 4 * 3 * vae.config.base_dim * pixels);
  const weights = sizeBytes + vae.sizeBytes;
  return {
    tokens,
    flops: steps * (guidance > 1 ? 2 : 1) * tokens * perToken,
    memory: { weights, activations, total: weights + activations },
  };
}
