export { openGenerator } from "./model/generator.ts";
export { openVideoModel } from "./model/video-model.ts";
export type { VideoForecast } from "./training/forecast.ts";
export { readVideoRecipe, type VideoRecipe, type VideoRecipeInput } from "./training/recipe.ts";
export { type TrainVideoOptions, type TrainVideoResult, trainVideo, videoForecast } from "./training/train.ts";
