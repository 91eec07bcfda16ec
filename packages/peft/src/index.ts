export { adaptedGenerator, openAdaptedGenerator, openAdapter } from "./adapted-generator.ts";
export { type Adapter, readAdapter, readAdapterConfig, writeAdapter } from "./adapter-files.ts";
export { type AdapterChoice, AdapterHost, openAdapterHost } from "./adapter-host.ts";
export { type ModuleParameters, parametersByModule } from "./adapter-parameters.ts";
export { baseModelOf } from "./base-model.ts";
export { combineAdapters, type WeightedAdapter, writePlainLora } from "./combine-adapters.ts";
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
export { type DatasetPreview, type PreviewedExample, type PreviewOptions, previewDataset } from "./data/preview.ts";
export {
  type PromptTemplate,
  type PromptTemplateName,
  promptTemplate,
  promptTemplateNames,
  renderExample,
  type Segment,
} from "./data/prompt-template.ts";
export { type AdapterDescription, describeAdapter, findAdapters } from "./describe-adapter.ts";
export { type AdapterDifference, diffAdapters, type TensorDifference } from "./diff-adapters.ts";
export { type ExportGgufAdapterOptions, exportGguf, type GgufAdapterReport } from "./export/gguf-adapter.ts";
export { type LoraFactors, loraFactorsOf } from "./export/lora-factors.ts";
export { exportMergedGguf } from "./export/merged-gguf.ts";
export { exportAdaptedOnnx } from "./export/merged-onnx.ts";
export { type ExportedProject, type ExportProjectOptions, exportProject } from "./export/project/project.ts";
export { type ProjectTarget, projectTargets } from "./export/project/targets.ts";
export { fitAdapter } from "./fit-adapter.ts";
export { type LinearLayer, linearLayersOf } from "./linear-layers.ts";
export { foldAdapters, type MergeOptions, mergeAdapter, mergedParameters, mergedWeights } from "./merge-adapter.ts";
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
} from "./method.ts";
export { type CombinationType, type CombineOptions, combinationTypes } from "./methods/lora/combine.ts";
export { quantizedModel } from "./quantized-model.ts";
export { recipeJsonSchema } from "./recipe-schema.ts";
export { adapterMethod, adapterMethods } from "./registry.ts";
export { latestCheckpoint, readTrained, type TrainingState, trainedTensors } from "./trainer/checkpoints.ts";
export { writing } from "./trainer/disk-errors.ts";
export { type Forecast, type ForecastOptions, forecast } from "./trainer/forecast.ts";
export { MetricsFile } from "./trainer/metrics-file.ts";
export { parseRecipe, Recipe, type RecipeInput, readRecipe } from "./trainer/recipe.ts";
export { parseFields, readYamlFields } from "./trainer/recipe-fields.ts";
export { type RunRecorder, recordAll } from "./trainer/recorder.ts";
export type { RunPlan } from "./trainer/run-plan.ts";
export { starterRecipe } from "./trainer/starter-recipe.ts";
export { latestStep, type SavedStep, saveStep } from "./trainer/step-folders.ts";
export type { StepTime } from "./trainer/step-time.ts";
export { TensorBoardWriter } from "./trainer/tensorboard.ts";
export { compileTrainStep, type TrainStep, type TrainStepOptions } from "./trainer/train-step.ts";
export { encodeExample, loadTrainingData, promptText, type TrainingData } from "./trainer/training-data.ts";
export { type TuneOptions, type TuneResult, tune } from "./trainer/tune.ts";
