export {
  codecLoss,
  codecShapes,
  decode,
  encode,
  initialCodec,
  latentSize,
  sampleLatents,
} from "./codec/autoencoder.ts";
export type { CodecConfig } from "./codec/config.ts";
export { type TileOptions, tiled, type Volume } from "./codec/tiles.ts";
export type { ClipSource } from "./data/clip-source.ts";
export { openClipSource, openTestSource } from "./data/open-source.ts";
export { euler } from "./diffusion/flow/samplers/euler.ts";
export { heun } from "./diffusion/flow/samplers/heun.ts";
export type { SampleOptions, Sampler, VelocityField } from "./diffusion/flow/samplers/sampler.ts";
export { samplerNames } from "./diffusion/flow/samplers/table.ts";
export { unipc } from "./diffusion/flow/samplers/unipc.ts";
export { timeGrid } from "./diffusion/flow/times.ts";
export { gaussianLoss } from "./diffusion/gaussian/loss.ts";
export { ddimReverseStep, ddimStep, ddpmStep, gaussianProcess } from "./diffusion/gaussian/process.ts";
export { guide, guideChannels } from "./diffusion/guidance.ts";
export { type ImageDitConfig, imageDit } from "./dit/image-dit.ts";
export { openImageDit } from "./dit/open-image-dit.ts";
export { ditPresetNames, ditPresets } from "./dit/presets.ts";
export { packedVideoDit, placesOf, type VideoDitConfig, videoDit } from "./dit/video-dit.ts";
export { evaluateVideoModel, type VideoReport } from "./judge/evaluate-model.ts";
export { openJudge } from "./judge/frame-judge.ts";
export { trainJudge } from "./judge/train-judge.ts";
export { LtxTransformerConfig, ltxRope, ltxTransformer } from "./ltx/transformer.ts";
export { type Frames, toFrames } from "./media/frames.ts";
export { contactSheet, toStill } from "./media/pictures.ts";
export { readClip, readWholeClip } from "./media/read-clip.ts";
export { readPicture } from "./media/read-picture.ts";
export { clipFormatOf, encodeClip, writeClip, writePngs } from "./media/write-clip.ts";
export { type AttentionViewer, type Look, type LookRequest, openAttention } from "./model/attention.ts";
export { type ExtendOptions, type ExtendRequest, extendClip } from "./model/extend-clip.ts";
export { type ClipRequest, type GeneratedClip, openGenerator, type VideoGenerator } from "./model/generator.ts";
export { type PatchLatents, patchLatents } from "./model/patch-latents.ts";
export { randomVideoModel } from "./model/random-model.ts";
export { findVideoModel, shippedModels } from "./model/shipped.ts";
export { openVideoModel, type VideoModel, writeVideoModel } from "./model/video-model.ts";
export { packClips, wordSegments } from "./patches/packing.ts";
export { type ClipSize, patchGrid, patchify, unpatchify } from "./patches/patchify.ts";
export type { VideoForecast } from "./training/forecast.ts";
export {
  parseVideoRecipe,
  readVideoRecipe,
  type VideoRecipe,
  type VideoRecipeInput,
  videoRecipeJsonSchema,
} from "./training/recipe.ts";
export { samplePath } from "./training/sample-clips.ts";
export { readTrainingRecipe, trainVideo, videoForecast } from "./training/train.ts";
export type { TrainVideoOptions, TrainVideoResult } from "./training/training-run.ts";
export type { WanForecast } from "./wan/forecast.ts";
export { readWanLora, type WanLora, writeWanLora } from "./wan/lora.ts";
export { openWanPipeline, type WanPipeline, type WanRequest } from "./wan/pipeline.ts";
