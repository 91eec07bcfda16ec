import { existsSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, InputError, NotFoundError, Rng } from "@loam/core";
import { readTextFile } from "@loam/formats";
import { compile, floats, type Tensor, value } from "@loam/graph";
import {
  type EncoderModel,
  type LowBitFormat,
  Modules,
  openModel,
  openTokenizer,
  quantizeParameters,
} from "@loam/models";
import { z } from "zod";
import type { VelocityField } from "../diffusion/flow/samplers/sampler.ts";
import type { GeneratedClip } from "../model/generator.ts";
import type { ClipSize } from "../patches/patchify.ts";
import { WanAutoencoderConfig } from "./autoencoder.ts";
import { type Component, openComponent } from "./component.ts";
import { embedPrompts } from "./embed-prompts.ts";
import { packComponent, packedComponentBytes, textEncoderBytes } from "./few-bits.ts";
import { forecastWan, type WanForecast } from "./forecast.ts";
import { decodeLatents, encodePicture } from "./latents.ts";
import { frozenLora, loraHooks, readWanLora } from "./lora.ts";
import { flowSchedule } from "./scheduler.ts";
import { WanTransformerConfig, wanTransformer } from "./transformer.ts";

const IndexFile = z.looseObject({
  _class_name: z.enum(["WanPipeline", "WanImageToVideoPipeline"]),
  /** Each token has a time of its own, so that a picture can stand still while the rest is noise (Wan 2.2 TI2V). */
  expand_timesteps: z.boolean().default(false),
  /** A second transformer takes over at low noise (Wan 2.2 A14B). */
  boundary_ratio: z.null("a pair of transformers, one for high and one for low noise, is not supported").optional(),
});

export interface WanRequest extends ClipSize {
  prompt: string;
  /** A picture [C, H, W] in −1..1 that the clip begins with, for a model that takes one. */
  begin?: Float32Array;
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

/** A Wan 2.1 or 2.2 pipeline, from its diffusers folder. */
export interface WanPipeline {
  /** How fast its clips are shown; no file of the folder says it. */
  readonly framesPerSecond: number;
  /** Clips can begin with a picture. */
  readonly takesPicture: boolean;
  forecast(request: Pick<WanRequest, "frames" | "height" | "width" | "steps" | "guidance">): WanForecast;
  generate(request: WanRequest): Promise<GeneratedClip>;
  close(): Promise<void>;
}

export interface WanOptions {
  /** LoRA folders in diffusers' layout, each with its weight. */
  adapters?: readonly { path: string; weight?: number }[];
  /** Few bits for the text encoder's matrices and those of the transformer's blocks; computing stays float32. */
  quantize?: "none" | LowBitFormat;
  threads?: number;
}

const defaults = { steps: 50, guidance: 5, textLength: 512, seed: 0 };

function readIndex(path: string, text: string): z.output<typeof IndexFile> {
  const parsed = IndexFile.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError("bad_pipeline", `${path}: \`${issue!.path.join(".")}\`: ${issue!.message}.`, {
      hint: "Wan 2.1 text-to-video and Wan 2.2 TI2V folders are understood",
    });
  }
  if (parsed.data._class_name === "WanImageToVideoPipeline" && !parsed.data.expand_timesteps)
    throw new InputError("bad_pipeline", `${path}: an image encoder beside the text encoder is not supported.`, {
      hint: "Wan 2.2 TI2V takes a picture without one",
    });
  return parsed.data;
}

/**
 * Opens a folder as diffusers saves it: tokenizer, UMT5 encoder, transformer, autoencoder, scheduler.
 *
 * @throws {NotFoundError} {@link InputError} naming the file or field.
 */
export async function openWanPipeline(
  folder: string,
  { adapters = [], quantize = "none", threads }: WanOptions = {},
): Promise<WanPipeline> {
  const path = join(folder, "model_index.json");
  if (!existsSync(path)) throw new NotFoundError("pipeline", folder, { hint: "give a folder with model_index.json" });
  const index = readIndex(path, await readTextFile(path));
  const takesPicture = index.expand_timesteps;
  const transformer = await openComponent(join(folder, "transformer"), WanTransformerConfig);
  const vae = await openComponent(join(folder, "vae"), WanAutoencoderConfig);
  const text = (await openModel(join(folder, "text_encoder"))) as EncoderModel;
  const tokenizer = await openTokenizer(join(folder, "tokenizer"));
  const schedule = JSON.parse(await readTextFile(join(folder, "scheduler", "scheduler_config.json")));
  const loras = await Promise.all(
    adapters.map(async ({ path, weight }) => ({ lora: await readWanLora(path), weight })),
  );
  const hooks = loraHooks(loras.map(({ lora, weight }) => frozenLora(lora, weight)));

  let kept: Component<WanTransformerConfig> | undefined;
  /** The transformer as it is computed with. */
  const packed = async (signal?: AbortSignal) => {
    if (quantize === "none") return transformer;
    kept ??= await packComponent(transformer, { format: quantize, signal });
    return kept;
  };

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

  /** The first latent frame, held at a picture: what puts it back, and which tokens move (0 or 1). */
  async function stillFrame(begin: Float32Array, size: ClipSize) {
    if (!takesPicture)
      throw new InputError("no_picture", `${folder} makes clips of words alone: it takes no picture.`, {
        hint: "a Wan 2.2 TI2V folder takes one",
      });
    const [channels, frames, rows, columns] = latentSize(size);
    const [pt, ph, pw] = transformer.config.patch_size;
    if (begin.length !== 3 * size.height * size.width)
      throw new ArgumentError("begin", begin.length, `the ${3 * size.height * size.width} values of one frame`);
    if (pt !== 1)
      throw new InputError("no_picture", `${folder}: a patch spans ${pt} frames, so no frame stands alone.`, {
        hint: "leave the picture out",
      });
    const picture = await encodePicture(vae, begin, size, threads);
    const place = rows * columns;
    const perFrame = Math.floor(rows / ph) * Math.floor(columns / pw);
    return {
      tokens: Float32Array.from({ length: frames * perFrame }, (_, token) => (token < perFrame ? 0 : 1)),
      hold(latents: Float32Array): Float32Array {
        const held = latents.slice();
        for (let c = 0; c < channels; c++) held.set(picture.subarray(c * place, (c + 1) * place), c * frames * place);
        return held;
      },
    };
  }

  return {
    framesPerSecond: index.expand_timesteps ? 24 : 16,
    takesPicture,
    forecast(request) {
      const sizeBytes = quantize === "none" ? transformer.sizeBytes : packedComponentBytes(transformer, quantize);
      const parts = { transformer: { ...transformer, sizeBytes }, vae, textEncoder: textEncoderBytes(text, quantize) };
      return forecastWan({ ...defaults, ...request }, { ...parts, latent: latentSize(request) });
    },
    async generate({ prompt, negative = "", onStep, signal, ...request }) {
      const { steps, guidance, textLength, seed } = { ...defaults, ...request };
      const latent = latentSize(request);
      const size = latent.reduce((a, b) => a * b, 1);
      const { prompt: words, negative: none } =
        request.embeddings ??
        (await embedPrompts(
          // Packed where it is used: two billion numbers need not stay once the prompt is read.
          quantize === "none"
            ? text
            : { ...text, parameters: await quantizeParameters(text, { format: quantize, signal }) },
          tokenizer,
          { prompt, negative, length: textLength, threads },
        ));
      const rng = new Rng(seed);
      const start = request.latents ?? Float32Array.from({ length: size }, () => rng.normal());
      const { levels, timesteps, sampler } = flowSchedule(schedule, steps);
      const wordShape = [1, textLength, transformer.config.text_dim];
      const guided = guidance > 1;
      const still = request.begin && (await stillFrame(request.begin, request));
      const timeShape = still ? [1, still.tokens.length] : [1];
      const { parameters } = await packed(signal);
      const program = await compile(
        ({ x, t, words }: Record<"x" | "t" | "words", Tensor>) =>
          wanTransformer(new Modules(parameters, hooks), transformer.config, { x, t, words }),
        {
          name: "wan",
          threads,
          inputs: {
            x: { dtype: "float32", shape: [1, ...latent] },
            t: { dtype: "float32", shape: timeShape },
            words: { dtype: "float32", shape: wordShape },
          },
        },
      );
      let latents: Float32Array;
      try {
        // A scheduler may tell two steps the same time, so that steps are counted, not looked up.
        let step = 0;
        const field: VelocityField = async (x) => {
          const time = timesteps[step++]!;
          const t = value(still ? still.tokens.map((moves) => moves * time) : [time], timeShape);
          const given = value(still ? still.hold(x) : x, [1, ...latent]);
          const run = async (of: Float32Array) =>
            floats(await program({ x: given, t, words: value(of, wordShape) }, { signal }));
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
      const data = await decodeLatents(vae, still ? still.hold(latents) : latents, latent, threads);
      const { frames, height, width } = request;
      return { frames, height, width, channels: 3, data };
    },
    async close() {
      kept = undefined;
    },
  };
}
