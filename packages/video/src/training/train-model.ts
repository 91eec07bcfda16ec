import { join } from "node:path";
import { InputError, Rng, show } from "@loam/core";
import { type LatentScale, workingSize } from "../codec/latent-space.ts";
import { codecHash, openVideoCodec, type VideoCodec } from "../codec/video-codec.ts";
import type { ClipSource } from "../data/clip-source.ts";
import { latentSource } from "../data/latent-source.ts";
import { locateData } from "../data/locate.ts";
import { openClipSource } from "../data/open-source.ts";
import { flowLoss } from "../diffusion/flow/loss.ts";
import { samplerOf } from "../diffusion/flow/samplers/table.ts";
import type { TimeDistribution } from "../diffusion/flow/times.ts";
import { initialVideoDit } from "../dit/initial.ts";
import { dropPrompts, videoDit } from "../dit/video-dit.ts";
import { modulesOf } from "../model/model-parameters.ts";
import { findVideoModel } from "../model/shipped.ts";
import {
  type VideoModel,
  type VideoModelConfig,
  videoModel,
  videoModelShapes,
  writeVideoModel,
} from "../model/video-model.ts";
import { patchGrid } from "../patches/patchify.ts";
import { initialLearnedWords, learnedPrompts } from "../text/learned-words.ts";
import { Vocabulary } from "../text/vocabulary.ts";
import { clipBatch, clipBatchSpec } from "./clip-batches.ts";
import { forecastTraining, type VideoForecast } from "./forecast.ts";
import { modelName } from "./model-name.ts";
import { recipeDifferences, type VideoRecipe } from "./recipe.ts";
import { writeSamples } from "./sample-clips.ts";
import {
  runTraining,
  type TrainingJob,
  type TrainVideoOptions,
  type TrainVideoResult,
  type Weights,
} from "./training-run.ts";

/** Trains a transformer, in pixels or in a codec's latents. */
export async function trainModel(recipe: VideoRecipe, options: TrainVideoOptions): Promise<TrainVideoResult> {
  const { besides } = options;
  const clips = await openClipSource(recipe.data, { besides });
  const codec = await codecOf(recipe, { besides });
  checkRecipe(recipe, clips, codec?.codec);
  const { signal, onProgress } = options;
  const latents =
    codec &&
    (await latentSource(clips, codec.codec, {
      ...{ folder: join(codec.folder, "latents"), clips: recipe.latent_clips, seed: recipe.seed },
      scaling: recipe.latent_scale,
      ...{ threads: recipe.threads, signal, onProgress },
    }));
  const started = recipe.start_from === undefined ? undefined : await findVideoModel(recipe.start_from);
  const job = modelJob(recipe, {
    clips,
    source: latents ?? clips,
    scale: latents?.scale,
    codec: codec?.codec,
    started,
  });
  return await runTraining(job, options);
}

/** What training a model takes; nothing starts. */
export async function modelForecast(
  recipe: VideoRecipe,
  { besides }: { besides?: string } = {},
): Promise<VideoForecast> {
  const clips = await openClipSource(recipe.data, { besides });
  const codec = await codecOf(recipe, { besides });
  checkRecipe(recipe, clips, codec?.codec);
  return forecastTraining(recipe, modelConfigOf(recipe, clips, { codec: codec?.codec }), {
    ...{ resumedFrom: 0, data: clips.describe(), codec: codec?.codec, clips },
  });
}

async function codecOf({ codec }: VideoRecipe, { besides }: { besides?: string }) {
  if (codec === undefined) return undefined;
  const folder = locateData(codec, { besides });
  return { folder, codec: await openVideoCodec(folder) };
}

/** Samples are made of words that captions have, by a sampler that there is: known before hours have passed; and so are sizes. */
function checkRecipe({ sample_prompts, sampling, model }: VideoRecipe, clips: ClipSource, codec?: VideoCodec): void {
  const vocabulary = new Vocabulary(clips);
  for (const prompt of sample_prompts) vocabulary.encode(prompt);
  samplerOf(sampling.sampler);
  for (const size of clips.sizes) workingSize({ patch: model.patch, codec: codec?.codec }, size);
}

interface ModelParts {
  /** Clips in pixels. */
  clips: ClipSource;
  /** What the transformer sees of them. */
  source: ClipSource;
  scale?: LatentScale;
  codec?: VideoCodec;
  /** The model that this one begins as. */
  started?: VideoModel;
}

function modelJob(
  recipe: VideoRecipe,
  { clips, source, scale, codec, started }: ModelParts,
): TrainingJob<ReturnType<typeof clipBatchSpec>, VideoRecipe> {
  const config = modelConfigOf(recipe, clips, { codec, scale });
  const { dit, predicts, words, maxWords } = config;
  if (started) checkStart(started, { config, codec });
  const batches = {
    ...{ source, vocabulary: new Vocabulary({ words, maxWords }), batchSize: recipe.batch_size, seed: recipe.seed },
    ...{ times: timesOf(recipe), timeShift: recipe.times.shift, promptDropout: recipe.prompt_dropout },
  };
  const modelOf = (weights: Weights) => videoModel(config, weights, { codec });
  return {
    name: "video-step",
    recipe,
    differences: (saved) => recipeDifferences(saved, recipe),
    dataHash: source.hash,
    sizes: source.sizes,
    shapes: videoModelShapes(config),
    initial() {
      if (started) return Object.fromEntries(Object.entries(started.weights).map(([name, { data }]) => [name, data]));
      const rng = new Rng(recipe.seed);
      return {
        ...initialVideoDit(dit, rng),
        ...initialLearnedWords({ words: words.length, maxWords }, dit.textDim, rng),
      };
    },
    batchSpec: (size) => clipBatchSpec(batches, size),
    batch: (step, size) => clipBatch(batches, step, size),
    loss(params, { x, eps, t, ids, mask, drop }) {
      const modules = modulesOf(params);
      const prompts = dropPrompts(modules, learnedPrompts(modules, { ids, mask }), drop);
      const predict = (xt: typeof x) => videoDit(modules, dit, { x: xt, t, prompts });
      return flowLoss({ x, eps, t }, { prediction: predicts, predict });
    },
    tokensPerStep(size) {
      const [f, h, w] = patchGrid(size, dit.patch);
      return recipe.batch_size * f * h * w;
    },
    plan: (resumedFrom) => forecastTraining(recipe, config, { resumedFrom, data: source.describe(), codec, clips }),
    sample: async (weights, step) =>
      recipe.sample_prompts.length === 0
        ? []
        : await writeSamples(recipe.output, {
            ...{ model: modelOf(weights), step, prompts: recipe.sample_prompts, threads: recipe.threads },
          }),
    async write(weights) {
      await writeVideoModel(recipe.output, modelOf(weights));
      return {};
    },
  };
}

/** @throws {InputError} `other_model` naming what of a model is not as the recipe wants it. */
function checkStart(
  model: VideoModel,
  { config: wanted, codec }: { config: VideoModelConfig; codec?: VideoCodec },
): void {
  const fields = ["dit", "predicts", "words", "maxWords"] as const;
  const others = fields
    .filter((field) => JSON.stringify(model.config[field]) !== JSON.stringify(wanted[field]))
    .map((field) => ({
      field: field as string,
      said: `${field} is ${show(model.config[field])} there and ${show(wanted[field])} here`,
    }));
  const hashOf = (space?: VideoCodec) => space && codecHash(space);
  if (hashOf(model.codec) !== hashOf(codec))
    others.push({ field: "codec", said: "its latents are those of another codec" });
  if (others.length === 0) return;
  const said = others.map((other) => other.said).join("; ");
  throw new InputError("other_model", `\`start_from\`: ${model.config.name} is another kind of model: ${said}.`, {
    details: { fields: others.map(({ field }) => field) },
    hint: "take the `model` and the `data` of its recipe",
  });
}

function timesOf({ times: { distribution, mean, std, scale } }: VideoRecipe): TimeDistribution {
  if (distribution === "logit-normal") return { name: distribution, mean, std };
  return distribution === "mode" ? { name: distribution, scale } : { name: distribution };
}

/** What the model folder's `config.json` will say. */
function modelConfigOf(
  { model, sampling, output, sample_prompts, frames_per_second }: VideoRecipe,
  clips: ClipSource,
  { codec, scale }: { codec?: VideoCodec; scale?: LatentScale },
): VideoModelConfig {
  return {
    model_type: "loam-video",
    version: 1,
    name: modelName(output),
    dit: {
      channels: codec?.codec.latent ?? clips.channels,
      patch: model.patch,
      hidden: model.hidden,
      depth: model.depth,
      heads: model.heads,
      mlpRatio: model.mlp_ratio,
      textDim: model.text_dim,
      positions: model.positions,
      attention: model.attention,
    },
    predicts: model.predicts,
    words: [...clips.words],
    maxWords: clips.maxWords,
    sizes: [...clips.sizes],
    framesPerSecond: frames_per_second,
    sampling,
    examples: sample_prompts,
    ...(scale && { latents: { mean: [...scale.mean], std: [...scale.std] } }),
  };
}
