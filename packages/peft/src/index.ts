export { chatSegments, type RenderChat } from "./data/chat-segments.ts";
export {
  type DatasetReport,
  datasetFiles,
  newReport,
  type ReadExamplesOptions,
  readExamples,
  type SkippedRow,
} from "./data/dataset.ts";
export { type EncodedExample, type EncodeOptions, encodeSegments, ignoreIndex } from "./data/encode.ts";
export {
  type ChatMessage,
  detectFormat,
  type Example,
  type ExampleFormat,
  exampleFormats,
  toExample,
} from "./data/example.ts";
export { type Batch, collate, packRows } from "./data/pack.ts";
export {
  type PromptTemplate,
  type PromptTemplateName,
  promptTemplate,
  promptTemplateNames,
  renderExample,
  type Segment,
} from "./data/prompt-template.ts";
export { writing } from "./disk/disk-errors.ts";
export { type ExportGgufAdapterOptions, exportGguf, type GgufAdapterReport } from "./export/gguf-adapter.ts";
export { type LoraFactors, loraFactorsOf } from "./export/lora-factors.ts";
export { exportMergedGguf } from "./export/merged-gguf.ts";
export { exportAdaptedOnnx } from "./export/merged-onnx.ts";
export { type ExportedProject, type ExportProjectOptions, exportProject } from "./export/project/project.ts";
export { type ProjectTarget, projectTargets } from "./export/project/targets.ts";
export { quantizedModel } from "./few-bits/quantized-model.ts";
export { type Adapter, readAdapter, readAdapterConfig, writeAdapter } from "./files/adapter-files.ts";
export { type ModuleParameters, parametersByModule } from "./files/adapter-parameters.ts";
export { type AdapterDifference, diffAdapters, type TensorDifference } from "./files/diff-adapters.ts";
export { fitAdapter } from "./files/fit-adapter.ts";
export { baseModelOf } from "./layers/base-model.ts";
export { type LinearLayer, linearLayersOf } from "./layers/linear-layers.ts";
export type {
  AdapterConfig,
  AdapterMethod,
  AdapterTensors,
  Attachment,
  BaseModel,
  Chance,
  Dropout,
  Keeper,
  TensorValue,
} from "./layers/method.ts";
export { combineAdapters, type WeightedAdapter, writePlainLora } from "./merging/combine-adapters.ts";
export {
  foldAdapters,
  type MergeOptions,
  mergeAdapter,
  mergedParameters,
  mergedWeights,
} from "./merging/merge-adapter.ts";
export { type CombinationType, type CombineOptions, combinationTypes } from "./methods/lora/combine.ts";
export { adapterMethod, adapterMethods } from "./methods/registry.ts";
export { type TruncatedSvd, truncatedSvd } from "./numbers/svd.ts";
export {
  ExportAdapterInput,
  ExportRecipeInput,
  exportAdapterOperation,
  exportRecipeOperation,
  type MergedModel,
  MergeInput,
  mergeFormat,
  mergeOperation,
} from "./operations/index.ts";
export { bytesWritten } from "./operations/output.ts";
export { adaptedGenerator, openAdaptedGenerator, openAdapter } from "./running/adapted-generator.ts";
export { type AdapterChoice, AdapterHost, openAdapterHost } from "./running/adapter-host.ts";
export { encodeExample, promptText } from "./trainer/example-segments.ts";
export { type Forecast, type ForecastOptions, forecast } from "./trainer/forecast/forecast.ts";
export type { StepTime } from "./trainer/forecast/step-time.ts";
export { type DatasetPreview, type PreviewedExample, type PreviewOptions, previewDataset } from "./trainer/preview.ts";
export { parseRecipe, Recipe, type RecipeInput, readRecipe } from "./trainer/recipe/recipe.ts";
export { parseFields, readYamlFields } from "./trainer/recipe/recipe-fields.ts";
export { recipeJsonSchema } from "./trainer/recipe/recipe-schema.ts";
export type { RunPlan } from "./trainer/recipe/run-plan.ts";
export { starterRecipe } from "./trainer/recipe/starter-recipe.ts";
export { type AdapterDescription, describeAdapter, findAdapters } from "./trainer/records/describe-adapter.ts";
export { MetricsFile } from "./trainer/records/metrics-file.ts";
export { type RunRecorder, recordAll } from "./trainer/records/recorder.ts";
export { TensorBoardWriter } from "./trainer/records/tensorboard.ts";
export type { Reward, WrittenAnswer } from "./trainer/reinforcement/reward.ts";
export { latestCheckpoint, readTrained, type TrainingState, trainedTensors } from "./trainer/saving/checkpoints.ts";
export { latestStep, type SavedStep, saveStep } from "./trainer/saving/step-folders.ts";
export { compileTrainStep, type TrainStep, type TrainStepOptions } from "./trainer/steps/train-step.ts";
export { loadTrainingData, type TrainingData } from "./trainer/training-data.ts";
export { type TuneOptions, type TuneResult, tune } from "./trainer/tune.ts";
